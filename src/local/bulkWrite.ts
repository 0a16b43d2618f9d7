import type { KvEntry } from '../core/entry/entry.ts';
import type { KeyFailure, WriteOptions, WriteOutcome } from '../core/store/store.ts';
import { batches } from './batches.ts';
import type { BatchOptions, LocalWriter, WriteResult } from './localWriter.ts';

export interface BatchesResult {
  readonly outcome: WriteOutcome;
  /** The keys of all batches of which anything was written. */
  readonly touched: readonly string[];
}

/** Writes any number of entries, one batch after another. */
export const putInBatches = async (
  writer: LocalWriter,
  entries: readonly KvEntry[],
  options?: WriteOptions,
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
  options?: WriteOptions,
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
  write: (group: readonly T[], within: Omit<BatchOptions, 'durable'>) => Promise<WriteResult>,
  { signal, report, expected }: WriteOptions = {},
): Promise<BatchesResult> {
  const failed: KeyFailure[] = [];
  const touched: string[] = [];
  const untried: string[] = [];
  let seen = 0;
  let cancelled = false;
  let stopped: WriteResult['stopped'];
  for (const group of groups) {
    const keys = group.map(keyOf);
    if (stopped === undefined && signal?.aborted) cancelled = true;
    if (cancelled) {
      untried.push(...keys);
      continue;
    }
    if (stopped !== undefined) {
      const error = stopped;
      failed.push(...keys.map((key) => ({ key, error: error(key) })));
      seen += group.length;
    } else {
      const before = seen;
      const result = await write(group, { signal, expected, report: (done) => report?.(before + done) });
      const givenUp = result.failed.filter(({ error }) => error.kind === 'cancelled');
      for (const { index, error } of result.failed) {
        const key = keys[index];
        if (key === undefined || error.kind === 'cancelled') continue;
        failed.push({ key, error, ...(error.uncertain && { uncertain: true }) });
      }
      const isTouched = result.failed.length < group.length || result.failed.some(({ error }) => error.uncertain);
      if (isTouched) touched.push(...keys);
      for (const { index } of givenUp) untried.push(...keys.slice(index, index + 1));
      stopped = result.stopped;
      cancelled = givenUp.length > 0;
      seen += group.length - givenUp.length;
    }
    report?.(seen);
  }
  const outcome = { done: seen - failed.length, skipped: 0, failed, cancelled };
  return { outcome: untried.length > 0 ? { ...outcome, untried } : outcome, touched };
}
