import type { Timing } from '../core/base/timing.ts';

/** So many requests a minute for looking at jobs, however many there are and however often somebody asks. */
const PER_MINUTE = 6;
const MINUTE_MS = 60_000;
/** What the first look may take. */
const MOST_OF_ONE = 3;

/** Keeps looking at jobs within its share of the account's requests. */
export class Polling {
  readonly #timing: Timing;
  #asked: number[] = [];
  /** What the last look took: the next one takes as much, more or less. */
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

  /** What a person asks for is seen soon, whatever was looked at before. */
  forgive(): void {
    this.#asked = [];
  }

  asked(requests: number): void {
    const now = this.#timing.now();
    this.#cost = Math.min(PER_MINUTE, Math.max(2, requests));
    this.#asked.push(...Array.from({ length: requests }, () => now));
  }
}
