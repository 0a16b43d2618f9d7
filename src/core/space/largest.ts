/** The `most` largest of many items, without keeping the others. */
export class Largest<T> {
  readonly #most: number;
  readonly #sizeOf: (item: T) => number;
  #items: T[] = [];
  /** What is smaller is certainly not among them. */
  #least = Number.NEGATIVE_INFINITY;

  constructor(most: number, sizeOf: (item: T) => number) {
    this.#most = most;
    this.#sizeOf = sizeOf;
  }

  /** Whether an item of this size would be taken. */
  takes(size: number): boolean {
    return size > this.#least;
  }

  add(item: T): void {
    if (!this.takes(this.#sizeOf(item))) return;
    this.#items.push(item);
    // Sorted now and then, so that each costs little.
    if (this.#items.length >= this.#most * 2) this.#cut();
  }

  /** The largest first; of the same size, the first that came. */
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
