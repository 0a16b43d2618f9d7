import * as l10n from '@vscode/l10n';
import type { KvEntry } from './entry.ts';
import { KvError } from './errors.ts';
import type { BulkOptions, BulkOutcome, KvStore } from './store.ts';

/** Entries are read and written in batches of this many, to keep few values in memory. */
const BATCH = 100;

/**
 * Gives keys another expiration (Unix seconds; `undefined` for none), with their values and metadata as they are.
 * Missing keys are in `failed`.
 */
export async function setExpirations(
  store: KvStore,
  keys: readonly string[],
  expiration: number | undefined,
  { signal, report }: BulkOptions,
): Promise<BulkOutcome> {
  const failed: BulkOutcome['failed'][number][] = [];
  let done = 0;
  for (let start = 0; start < keys.length; start += BATCH) {
    if (signal?.aborted) return { done, skipped: 0, failed, cancelled: true };
    const batch = keys.slice(start, start + BATCH);
    const entries: KvEntry[] = [];
    for await (const { expiration: _, ...entry } of store.getMany(batch)) {
      entries.push({ ...entry, ...(expiration !== undefined && { expiration }) });
    }
    const found = new Set(entries.map((entry) => entry.key));
    for (const key of batch) {
      if (!found.has(key)) {
        failed.push({
          key,
          error: new KvError('notFound', l10n.t('“{0}” does not exist: it was deleted or has expired.', key)),
        });
      }
    }
    const outcome = await store.putMany(entries, signal ? { signal } : {});
    done += outcome.done;
    failed.push(...outcome.failed);
    if (outcome.cancelled) return { done, skipped: 0, failed, cancelled: true };
    report?.(start + batch.length);
  }
  return { done, skipped: 0, failed, cancelled: false };
}
