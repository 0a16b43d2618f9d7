const MOST = 200;

/** Remembers where the pages of listings start: the last key before each page, by cursor. Only the newest are kept. */
export class Cursors {
  readonly #last = new Map<string, string | undefined>();

  /** `key` is `undefined` if it is not known. */
  add(cursor: string, key: string | undefined): void {
    this.#last.delete(cursor);
    this.#last.set(cursor, key);
    if (this.#last.size > MOST) for (const oldest of this.#last.keys()) return void this.#last.delete(oldest);
  }

  lastBefore(cursor: string): string | undefined {
    return this.#last.get(cursor);
  }
}
