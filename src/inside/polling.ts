import type { Timing } from '../core/base/timing.ts';

/** So many requests a minute for looking at jobs, however many there are and however often somebody asks. */
const PER_MINUTE = 6;
const MINUTE_MS = 60_000;
/** What one look may take. */
const MOST_OF_ONE = 3;

/** Keeps looking at jobs within its share of the account's requests. */
export class Polling {
  readonly #timing: Timing;
  #asked: number[] = [];

  constructor(timing: Timing) {
    this.#timing = timing;
  }

  /** Whether another look may be taken now. */
  mayAsk(): boolean {
    const now = this.#timing.now();
    this.#asked = this.#asked.filter((at) => at > now - MINUTE_MS);
    return this.#asked.length + MOST_OF_ONE <= PER_MINUTE;
  }

  /** What a person asks for is seen soon, whatever was looked at before. */
  forgive(): void {
    this.#asked = [];
  }

  asked(requests: number): void {
    const now = this.#timing.now();
    this.#asked.push(...Array.from({ length: requests }, () => now));
  }
}
