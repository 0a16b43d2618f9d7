import { setTimeout as wait } from 'node:timers/promises';
import { throwIfCancelled } from './cancel.ts';

/** The clock, and waiting by it; tests bring their own. */
export interface Timing {
  /** Milliseconds of a monotonic clock: only differences mean anything, and setting the time changes none of them. */
  now(): number;
  /** Rejects with kind `cancelled` as soon as the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Rings once when so long has passed; what it gives turns it off. */
  alarm(ms: number, ring: () => void): () => void;
}

/** The real one. */
export const realTiming: Timing = {
  now: () => performance.now(),
  async sleep(ms, signal) {
    try {
      await wait(ms, undefined, signal ? { signal } : {});
    } catch (error) {
      throwIfCancelled(signal);
      throw error;
    }
  },
  alarm(ms, ring) {
    const timer = setTimeout(ring, ms);
    return () => clearTimeout(timer);
  },
};
