import type { Timing } from '../core/base/timing.ts';
import { nowSeconds } from '../core/entry/entry.ts';
import type { LifetimeClock } from '../core/entry/lifetimeClock.ts';

/**
 * The server's time according to the `Date` header of its answers, which has whole seconds. Before the first answer, it
 * is this machine's time.
 */
export class ServerClock implements LifetimeClock {
  readonly #timing: Pick<Timing, 'now'>;
  /** The server's time in Unix milliseconds when the monotonic clock was 0. */
  #offset: number | undefined;

  constructor(timing: Pick<Timing, 'now'>) {
    this.#timing = timing;
  }

  observe(headers: Headers): void {
    const date = Date.parse(headers.get('date') ?? '');
    if (Number.isFinite(date)) this.#offset = date - this.#timing.now();
  }

  get isKnown(): boolean {
    return this.#offset !== undefined;
  }

  /** Unix seconds. Behind the server's clock by up to a second, plus the time that an answer takes. */
  now(): number {
    return this.#offset === undefined ? nowSeconds() : Math.floor((this.#offset + this.#timing.now()) / 1000);
  }
}
