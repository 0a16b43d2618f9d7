/** Keeps the `most` largest of many items, without holding the others. */
export class Largest<T> {
  readonly #most: number;
  readonly #sizeOf: (item: T) => number;
  #items: T[] = [];
  /** Smaller items are certainly not among the largest. */
  #least = Number.NEGATIVE_INFINITY;

  constructor(most: number, sizeOf: (item: T) => number) {
    this.#most = most;
    this.#sizeOf = sizeOf;
  }

  /** Whether an item of this size would be kept. */
  takes(size: number): boolean {
    return size > this.#least;
  }

  add(item: T): void {
    if (!this.takes(this.#sizeOf(item))) return;
    this.#items.push(item);
    // Sorts only from time to time, to keep each call cheap.
    if (this.#items.length >= this.#most * 2) this.#cut();
  }

  /** The largest first. Items of equal size are in the order in which they came. */
  get items(): readonly T[] {
    this.#cut();
    return this.#items;
  }

  #cut(): void {
    this.#items.sort((a, b) => this.#sizeOf(b) - this.#sizeOf(a));
    this.#items = this.#items.slice(0, this.#most);
    const last = this.#items.at(-1);
    if (this.#items.length === this.#most && last !== undefined) this.#least = this.#sizeOf(last);
  }
}
