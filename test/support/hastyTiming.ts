import { throwIfCancelled } from '../../src/core/base/cancel.ts';
import { realTiming, type Timing } from '../../src/core/base/timing.ts';

/** Real time, except that sleeps end at once: their time counts as passed for everyone who uses the same timing. */
export class HastyTiming implements Timing {
  #ahead = 0;
  /** Every requested sleep, in milliseconds. */
  readonly sleeps: number[] = [];
  /** Called whenever somebody sleeps, to simulate what happens meanwhile. */
  meanwhile: ((ms: number) => unknown) | undefined;

  now(): number {
    return performance.now() + this.#ahead;
  }

  /** Milliseconds since 1970, for a server that uses the same time. */
  get wallTime(): number {
    return Date.now() + this.#ahead;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    throwIfCancelled(signal);
    this.sleeps.push(ms);
    await this.meanwhile?.(ms);
    const end = this.now() + ms;
    // Lets others run, as a real sleep would.
    await new Promise((resolve) => setImmediate(resolve));
    throwIfCancelled(signal);
    this.#ahead = Math.max(this.#ahead, end - performance.now());
  }

  /** In real time, because alarms are for what takes too long, not for sleeps. */
  alarm(ms: number, ring: () => void): () => void {
    return realTiming.alarm(ms, ring);
  }

  /** Moves the time forward. */
  pass(ms: number): void {
    this.#ahead += ms;
  }
}
