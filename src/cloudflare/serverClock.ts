import type { Timing } from '../core/base/timing.ts';
import { nowSeconds } from '../core/entry/entry.ts';
import type { LifetimeClock } from '../core/entry/lifetimeClock.ts';

/** The time of the machine may be corrected by so much at once, in milliseconds. */
const CORRECTION_MS = 5000;

/**
 * The time by the server's clock, as the `Date` of its answers shows it, which has whole seconds. Before the first
 * answer it is the time of this machine.
 */
export class ServerClock implements LifetimeClock {
  readonly #timing: Pick<Timing, 'now'>;
  /** The server's milliseconds since 1970 when the monotonic clock was 0. */
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

  /** Unix seconds; up to a second less than the server has, and what an answer takes on its way. */
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
