import type { KvEntry } from '../entry/entry.ts';
import type { BatchLimits } from '../store/batches.ts';
import type { EntrySource } from '../store/entrySource.ts';
import { distinct, notThere, selectedEntries } from '../store/selection.ts';
import type { BulkOptions, BulkOutcome, KvStore } from '../store/store.ts';
import { putEntries } from './putEntries.ts';

export interface SetExpirationsOptions extends BulkOptions {
  /** How much is written together. */
  readonly limits?: BatchLimits;
  /** The entries of the keys, where they have been read already. */
  readonly entries?: EntrySource | undefined;
}

/**
 * Gives keys another expiration (Unix seconds; `undefined` for none), with their values and metadata as they are.
 * Missing keys are in `failed`.
 */
export async function setExpirations(
  store: KvStore,
  keys: readonly string[],
  expiration: number | undefined,
  { entries: known, ...options }: SetExpirationsOptions,
): Promise<BulkOutcome> {
  const missing = new Set(keys);
  const read = known ?? ((signal) => selectedEntries(store, distinct({ keys, prefixes: [] }), signal));
  async function* entries(signal: AbortSignal | undefined): AsyncGenerator<KvEntry> {
    for await (const entry of read(signal)) {
      missing.delete(entry.key);
      yield withExpiration(entry, expiration);
    }
  }
  const outcome = await putEntries(entries, store, options);
  if (outcome.cancelled) return outcome;
  return { ...outcome, failed: [...[...missing].map((key) => ({ key, error: notThere(key) })), ...outcome.failed] };
}

export const withExpiration = ({ expiration: _, ...entry }: KvEntry, expiration: number | undefined): KvEntry => ({
  ...entry,
  ...(expiration !== undefined && { expiration }),
});
