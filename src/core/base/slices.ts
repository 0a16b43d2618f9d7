/**
 * The longest time, in milliseconds, that work may block the extension host's thread before everything else gets a
 * turn.
 */
const SLICE_MS = 8;

/**
 * Cuts long work into slices. The work calls `pause` between its steps, which really pauses only when the current slice
 * has lasted long enough. Parts of the work that run concurrently share the slices.
 */
export class Slices {
  readonly #sliceMs: number;
  #since = performance.now();
  #next: Promise<void> | undefined;

  constructor(sliceMs = SLICE_MS) {
    this.#sliceMs = sliceMs;
  }

  /** Resolves when the work may go on: immediately, or after other work had its turn. */
  async pause(): Promise<void> {
    // If several callers wait, the first to resume may use up the new slice.
    while (performance.now() - this.#since > this.#sliceMs) {
      this.#next ??= this.#turn();
      await this.#next;
    }
  }

  async #turn(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#since = performance.now();
    this.#next = undefined;
  }

  /** Runs a generator to its result, with a pause between its steps. */
  async run<T>(steps: Iterator<void, T>): Promise<T> {
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
      await this.pause();
    }
  }
}

/** Like {@link Slices.run}, but without pauses. */
export function runAtOnce<T>(steps: Iterator<void, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
