import { throwIfCancelled, untilCancelled } from '../../src/core/base/cancel.ts';
import type { Timing } from '../../src/core/base/timing.ts';

/** A clock that the test controls. */
export class ManualTiming implements Timing {
  #now = 1_000_000;
  #sleeping: { readonly until: number; readonly wake: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    throwIfCancelled(signal);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#sleeping.push({ until: this.#now + ms, wake: resolve });
    await untilCancelled(promise, signal);
  }

  alarm(ms: number, ring: () => void): () => void {
    const alarm = { until: this.#now + ms, wake: ring };
    this.#sleeping.push(alarm);
    return () => {
      this.#sleeping = this.#sleeping.filter((other) => other !== alarm);
    };
  }

  /** In how many milliseconds each sleep ends and each alarm fires. */
  get pending(): readonly number[] {
    return this.#sleeping.map(({ until }) => until - this.#now);
  }

  /** Moves the clock forward and wakes sleepers in order; resolves when what they do at once is done. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (;;) {
      const next = this.#sleeping.filter(({ until }) => until <= end).sort((a, b) => a.until - b.until)[0];
      if (next === undefined) break;
      this.#sleeping = this.#sleeping.filter((sleeper) => sleeper !== next);
      this.#now = Math.max(this.#now, next.until);
      next.wake();
      await settle();
    }
    this.#now = end;
  }
}

/** Lets everything run that waits only for promises. */
export const settle = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
};
