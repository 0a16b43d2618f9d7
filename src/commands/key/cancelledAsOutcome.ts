import { isKvError } from '../../core/base/errors.ts';
import type { BulkOutcome } from '../../core/store/store.ts';

/** Cancelled while keys were counted or backed up: nothing has been changed by then. */
export async function cancelledAsOutcome<T>(work: Promise<T>): Promise<T | BulkOutcome> {
  try {
    return await work;
  } catch (error) {
    if (!isKvError(error, 'cancelled')) throw error;
    return { done: 0, skipped: 0, failed: [], cancelled: true };
  }
}
