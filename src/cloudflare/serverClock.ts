import type { Timing } from '../core/base/timing.ts';
import { nowSeconds } from '../core/entry/entry.ts';
import type { LifetimeClock } from '../core/entry/lifetimeClock.ts';

/** The time of the machine may be corrected by so much at once, in milliseconds. */
const CORRECTION_MS = 5000;

/**
 * The server's time according to the `Date` header of its answers, which has whole seconds. Before the first answer, it
 * is this machine's time.
 */
export class ServerClock implements LifetimeClock {
  readonly #timing: Pick<Timing, 'now'>;
  /** The server's time in Unix milliseconds when the monotonic clock was 0. */
  #offset: number | undefined;
  /** The same of the machine, with the last answer. */
  #machineOffset = 0;

  constructor(timing: Pick<Timing, 'now'>) {
    this.#timing = timing;
  }

  observe(headers: Headers): void {
    const date = Date.parse(headers.get('date') ?? '');
    if (!Number.isFinite(date)) return;
    this.#offset = date - this.#timing.now();
    this.#machineOffset = this.#machineNow();
  }

  get isKnown(): boolean {
    return this.#offset !== undefined && this.#slept() === 0;
  }

  /** Unix seconds. Behind the server's clock by up to a second, plus the time that an answer takes. */
  now(): number {
    if (this.#offset === undefined) return nowSeconds();
    return Math.floor((this.#offset + this.#timing.now() + this.#slept()) / 1000);
  }

  /** In milliseconds. The monotonic clock may stand still meanwhile; or else the machine was set forward. */
  #slept(): number {
    const slept = this.#machineNow() - this.#machineOffset;
    return slept > CORRECTION_MS ? slept : 0;
  }

  #machineNow(): number {
    return Date.now() - this.#timing.now();
  }
}
