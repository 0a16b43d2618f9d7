import type { FoundFiles } from './findConfigs.ts';

/** Passes on the first value at once, then the newest one at most once per interval. */
export class Showing {
  readonly #everyMs: number;
  readonly #show: (files: FoundFiles) => Promise<void>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #next: (() => FoundFiles) | undefined;

  constructor(everyMs: number, show: (files: FoundFiles) => Promise<void>) {
    this.#everyMs = everyMs;
    this.#show = show;
  }

  show(files: () => FoundFiles): void {
    this.#next = files;
    if (this.#timer === undefined) this.#pass();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#next = undefined;
  }

  #pass(): void {
    const files = this.#next;
    this.#next = undefined;
    this.#timer = files && setTimeout(() => this.#pass(), this.#everyMs);
    // The end of the search reports errors.
    if (files) this.#show(files()).catch(() => {});
  }
}
