import { throwIfCancelled } from '../../src/core/base/cancel.ts';
import { realTiming, type Timing } from '../../src/core/base/timing.ts';

/** Real time, except that nobody waits: what would be slept has passed at once, for all who use the same timing. */
export class HastyTiming implements Timing {
  #ahead = 0;
  /** Every sleep that was asked for, in milliseconds. */
  readonly sleeps: number[] = [];
  /** Called whenever somebody waits: what happens meanwhile. */
  meanwhile: ((ms: number) => unknown) | undefined;

  now(): number {
    return performance.now() + this.#ahead;
  }

  /** Milliseconds since 1970, for a server that lives by the same time. */
  get wallTime(): number {
    return Date.now() + this.#ahead;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    throwIfCancelled(signal);
    this.sleeps.push(ms);
    await this.meanwhile?.(ms);
    const end = this.now() + ms;
    // Others get their turn, as they would.
    await new Promise((resolve) => setImmediate(resolve));
    throwIfCancelled(signal);
    this.#ahead = Math.max(this.#ahead, end - performance.now());
  }

  /** In real time: it is for what takes too long, not for what waits. */
  alarm(ms: number, ring: () => void): () => void {
    return realTiming.alarm(ms, ring);
  }

  /** Lets time pass. */
  pass(ms: number): void {
    this.#ahead += ms;
  }
}
