/**
 * A text built from pieces. JavaScript keeps concatenated strings as a tree, and a slice keeps the whole string that it
 * was cut from. This takes little more memory than the text itself.
 */
export class TextPieces {
  #settled: string[] = [];
  #pieces: string[] = [];

  add(piece: string): void {
    this.#pieces.push(piece);
  }

  /** Joins the pieces so far. Call it from time to time. */
  settle(): void {
    if (this.#pieces.length === 0) return;
    this.#settled.push(this.#joined());
  }

  /** Returns the text and starts a new one. */
  take(): string {
    if (this.#settled.length === 0) return this.#joined();
    this.settle();
    const text = this.#settled.join('');
    this.#settled = [];
    return text;
  }

  #joined(): string {
    const text = this.#pieces.length === 1 ? detached(this.#pieces[0] ?? '') : this.#pieces.join('');
    this.#pieces.length = 0;
    return text;
  }
}

/** A copy of a text that does not keep alive the string it was cut from. */
const detached = (text: string): string => ` ${text}`.slice(1);
