import type { BatchLimits } from './batches.ts';
import type { KvEntry } from './entry.ts';
import type { BulkOptions, BulkOutcome, KvStore } from './store.ts';
import { putEntries } from './transfer/putEntries.ts';
import { distinct, selectedEntries } from './transfer/selection.ts';

export interface SetExpirationsOptions extends BulkOptions {
  /** How much is written together. */
  readonly limits?: BatchLimits;
}

/**
 * Gives keys another expiration (Unix seconds; `undefined` for none), with their values and metadata as they are.
 * Missing keys are in `failed`.
 */
export async function setExpirations(
  store: KvStore,
  keys: readonly string[],
  expiration: number | undefined,
  options: SetExpirationsOptions,
): Promise<BulkOutcome> {
  const missing: BulkOutcome['failed'][number][] = [];
  async function* entries(signal: AbortSignal | undefined): AsyncGenerator<KvEntry> {
    const selection = distinct({ keys, prefixes: [] });
    for await (const { expiration: _, ...entry } of selectedEntries(store, selection, signal, (failure) =>
      missing.push(failure),
    )) {
      yield { ...entry, ...(expiration !== undefined && { expiration }) };
    }
  }
  const outcome = await putEntries(entries, store, options);
  return { ...outcome, failed: [...missing, ...outcome.failed] };
}
