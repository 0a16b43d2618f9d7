import { isKvError } from '../../core/base/errors.ts';
import type { BulkOutcome } from '../../core/store/store.ts';

/** Turns a cancellation while keys were counted or backed up into an outcome: nothing was changed by then. */
export async function cancelledAsOutcome<T>(work: Promise<T>): Promise<T | BulkOutcome> {
  try {
    return await work;
  } catch (error) {
    if (!isKvError(error, 'cancelled')) throw error;
    return { done: 0, skipped: 0, failed: [], cancelled: true };
  }
}
