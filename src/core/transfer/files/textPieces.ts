/**
 * A text that comes in pieces. JavaScript keeps one to which many were added as a tree of them all, and one that was
 * cut out of a larger one together with that: here it takes little more than its own size.
 */
export class TextPieces {
  #settled: string[] = [];
  #pieces: string[] = [];

  add(piece: string): void {
    this.#pieces.push(piece);
  }

  /** Makes one of the pieces so far; to be called every now and then. */
  settle(): void {
    if (this.#pieces.length === 0) return;
    this.#settled.push(this.#joined());
  }

  /** The text; the next one begins. */
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

/** The same text on its own, and not as a part of the one that it was cut out of. */
const detached = (text: string): string => ` ${text}`.slice(1);
