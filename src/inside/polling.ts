import type { Timing } from '../core/base/timing.ts';

/** Requests a minute for looking at jobs, however many there are and however often anybody asks. */
const PER_MINUTE = 6;
const MINUTE_MS = 60_000;
/** What the first look may cost, in requests. */
const MOST_OF_ONE = 3;

/** Keeps looking at jobs within its share of the account's request limit. */
export class Polling {
  readonly #timing: Timing;
  #asked: number[] = [];
  /** The cost of the last look; the next one costs about the same. */
  #cost = MOST_OF_ONE;

  constructor(timing: Timing) {
    this.#timing = timing;
  }

  /** Whether another look may be taken now. */
  mayAsk(): boolean {
    const now = this.#timing.now();
    this.#asked = this.#asked.filter((at) => at > now - MINUTE_MS);
    return this.#asked.length + this.#cost <= PER_MINUTE;
  }

  /** After a user's request its result should show soon, whatever was looked at before. */
  forgive(): void {
    this.#asked = [];
  }

  asked(requests: number): void {
    const now = this.#timing.now();
    this.#cost = Math.min(PER_MINUTE, Math.max(2, requests));
    this.#asked.push(...Array.from({ length: requests }, () => now));
  }
}
