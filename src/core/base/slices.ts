/**
 * So long may the host's thread be kept at a time, in milliseconds: everything else that runs there waits meanwhile.
 */
const SLICE_MS = 8;

/**
 * Cuts long work into slices: between its steps the work asks for a pause, which is one whenever a slice has lasted
 * long enough. All parts of a work that run at once share the slices.
 */
export class Slices {
  readonly #sliceMs: number;
  #since = performance.now();
  #next: Promise<void> | undefined;

  constructor(sliceMs = SLICE_MS) {
    this.#sliceMs = sliceMs;
  }

  /** Resolves when the work may go on: at once, or when the others have had their turn. */
  async pause(): Promise<void> {
    // Of many that wait, the first may use up the new slice.
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

  /** Carries out steps that are made to be cut, those of a generator, to its result. */
  async run<T>(steps: Iterator<void, T>): Promise<T> {
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
      await this.pause();
    }
  }
}

/** The same without pauses. */
export function runAtOnce<T>(steps: Iterator<void, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
