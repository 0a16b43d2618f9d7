/** Real configs take a few thousand steps; this many take well under a second. */
const MOST_STEPS = 100_000;

/**
 * Limits the work of reading one config, because a short file can say very much: each list may contain the one before
 * it twice. What is left when the steps are used up counts as unknown.
 */
export class Steps {
  #left = MOST_STEPS;

  /** Whether these steps may still be taken. Once that is false, it stays so. */
  take(count = 1): boolean {
    this.#left -= count;
    return this.#left >= 0;
  }
}
