import { setTimeout as wait } from 'node:timers/promises';
import { throwIfCancelled } from './cancel.ts';

/** The clock and its timers; tests bring their own. */
export interface Timing {
  /**
   * Milliseconds of a monotonic clock. Only differences are meaningful; changing the system time does not affect them.
   */
  now(): number;
  /** Rejects with kind `cancelled` as soon as the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `ring` once after this many milliseconds. The function returned turns the alarm off. */
  alarm(ms: number, ring: () => void): () => void;
}

/** The real clock and timers. */
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
