/** Larger values are not kept. */
export const MOST_KEPT_BYTES = 64_000;
const MOST_KEPT_IN_ALL = 16_000_000;

/** Small values by file name, so that they can be seen after they were replaced. The oldest are dropped first. */
export class KeptValues {
  readonly #values = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly #most: number;
  #bytes = 0;

  constructor(most = MOST_KEPT_IN_ALL) {
    this.#most = most;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether adding a value of this size would drop another one. */
  isFullFor(size: number): boolean {
    return this.#bytes + size > this.#most;
  }

  add(name: string, value: Uint8Array<ArrayBuffer>): void {
    if (value.length > MOST_KEPT_BYTES || this.#values.has(name)) return;
    this.#values.set(name, value);
    this.#bytes += value.length;
    for (const [oldest, { length }] of this.#values) {
      if (this.#bytes <= this.#most) break;
      this.#values.delete(oldest);
      this.#bytes -= length;
    }
  }

  get(name: string): Uint8Array<ArrayBuffer> | undefined {
    return this.#values.get(name);
  }

  clear(): void {
    this.#values.clear();
    this.#bytes = 0;
  }
}
