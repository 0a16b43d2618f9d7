import type { Timing } from '../core/base/timing.ts';
import { nowSeconds } from '../core/entry/entry.ts';
import type { LifetimeClock } from '../core/entry/lifetimeClock.ts';

/**
 * The time by the server's clock, as the `Date` of its answers shows it, which has whole seconds. Before the first
 * answer it is the time of this machine.
 */
export class ServerClock implements LifetimeClock {
  readonly #timing: Pick<Timing, 'now'>;
  /** The server's milliseconds since 1970 when the monotonic clock was 0. */
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

  /** Unix seconds; up to a second less than the server has, and what an answer takes on its way. */
  now(): number {
    return this.#offset === undefined ? nowSeconds() : Math.floor((this.#offset + this.#timing.now()) / 1000);
  }
}
