import { isKvError, type KvError } from '../core/base/errors.ts';
import type { KvEntry } from '../core/entry/entry.ts';
import type { BulkOptions, BulkOutcome } from '../core/store/store.ts';
import { batches } from './batches.ts';
import type { LocalWriter, WriteOptions, WriteResult } from './localWriter.ts';

export interface BatchesResult {
  readonly outcome: BulkOutcome;
  /** Keys of batches of which anything was written. */
  readonly touched: readonly string[];
}

/** Writes any number of entries, one batch after another. */
export const putInBatches = async (
  writer: LocalWriter,
  entries: readonly KvEntry[],
  options?: BulkOptions,
): Promise<BatchesResult> =>
  await inBatches(
    batches(entries, (entry) => entry.value.length),
    (entry) => entry.key,
    (group, within) => writer.put(group, { durable: false, ...within }),
    options,
  );

/** Deletes any number of keys, one batch after another. */
export const deleteInBatches = async (
  writer: LocalWriter,
  keys: readonly string[],
  options?: BulkOptions,
): Promise<BatchesResult> =>
  await inBatches(
    batches(keys),
    (key) => key,
    (group, within) => writer.delete(group, { durable: false, ...within }),
    options,
  );

async function inBatches<T>(
  groups: Iterable<readonly T[]>,
  keyOf: (item: T) => string,
  write: (group: readonly T[], within: Omit<WriteOptions, 'durable'>) => Promise<WriteResult>,
  { signal, report }: BulkOptions = {},
): Promise<BatchesResult> {
  const failed: { key: string; error: KvError }[] = [];
  const touched: string[] = [];
  let seen = 0;
  let cancelled = false;
  let stopped: WriteResult['stopped'];
  for (const group of groups) {
    if (stopped === undefined && signal?.aborted) cancelled = true;
    if (cancelled) break;
    if (stopped !== undefined) {
      const error = stopped;
      failed.push(...group.map((item) => ({ key: keyOf(item), error: error(keyOf(item)) })));
      seen += group.length;
    } else {
      const before = seen;
      const result = await write(group, { signal, report: (done) => report?.(before + done) });
      const given = result.failed.filter(({ error }) => isKvError(error, 'cancelled')).length;
      for (const { index, error } of result.failed) {
        const [item] = group.slice(index, index + 1);
        if (item !== undefined && !isKvError(error, 'cancelled')) failed.push({ key: keyOf(item), error });
      }
      if (result.failed.length < group.length) touched.push(...group.map(keyOf));
      stopped = result.stopped;
      cancelled = given > 0;
      seen += group.length - given;
    }
    report?.(seen);
  }
  return { outcome: { done: seen - failed.length, skipped: 0, failed, cancelled }, touched };
}
