import * as l10n from '@vscode/l10n';
import { throwIfCancelled } from '../cancel.ts';
import type { KvEntry } from '../entry.ts';
import { isKvError, KvError } from '../errors.ts';
import type { BulkOptions, BulkOutcome, KvStore } from '../store.ts';
import type { BackupStore } from '../undo/backup.ts';
import type { BackupSubject } from '../undo/backupFormat.ts';
import { entryDigest } from '../undo/entryDigest.ts';
import { KeySet } from './files/keySet.ts';

/** Batches end at this many entries or bytes, whichever comes first, so that memory stays flat. */
const BATCH_ENTRIES = 500;
const BATCH_BYTES = 8_000_000;

/** Entries that can be gone through more than once: first to plan, then to write. */
export type EntrySource = (signal: AbortSignal | undefined) => AsyncIterable<KvEntry>;

export interface PutPlan {
  readonly total: number;
  readonly existing: ExistingKeys;
  /** Id of the backup by which the writing can be undone; absent when it is larger than the backups may take. */
  readonly undo?: string;
}

/** Keys that the target has already. */
export interface ExistingKeys {
  readonly count: number;
  /** The first three, to name. */
  readonly first: readonly string[];
  has(key: string): boolean;
}

export interface PlanOptions extends BulkOptions {
  /** Throws `conflict` at the first key that the target has already. */
  readonly refuseExisting?: boolean;
}

/**
 * Goes through the entries to the end, finds out what writing them would overwrite, and backs that up. Nothing is
 * written to the target. When the entries or the target throw, there is no backup.
 */
export async function planPut(
  source: EntrySource,
  target: KvStore,
  backups: BackupStore,
  subject: BackupSubject,
  { signal, report, refuseExisting = false }: PlanOptions = {},
): Promise<PutPlan> {
  const existing = new KeySet();
  const first: string[] = [];
  let total = 0;
  let writer: Awaited<ReturnType<BackupStore['begin']>> | undefined = await backups.begin(subject);
  try {
    for await (const batch of batches(source(signal))) {
      throwIfCancelled(signal);
      total += batch.length;
      const keys = batch.map(({ key }) => key);
      const before = new Map<string, KvEntry>();
      for await (const entry of target.getMany(keys, signal)) before.set(entry.key, entry);
      const [taken] = before.keys();
      if (refuseExisting && taken !== undefined) throw exists(taken);
      for (const { key, ...state } of batch) {
        const { key: _, ...old } = before.get(key) ?? { key };
        if (before.has(key) && existing.add(key) && first.length < 3) first.push(key);
        const after = entryDigest(state);
        const line = { key, ...('value' in old && { before: old }), ...(after !== undefined && { after }) };
        try {
          await writer?.add(line);
        } catch (error) {
          if (!isKvError(error, 'tooLarge')) throw error;
          writer = undefined;
        }
      }
      report?.(total);
    }
    await writer?.commit();
    const has = (key: string): boolean => existing.has(key);
    return { total, existing: { count: existing.size, first, has }, ...(writer && { undo: writer.id }) };
  } catch (error) {
    await writer?.abandon();
    throw error;
  }
}

const exists = (key: string): KvError =>
  new KvError('conflict', l10n.t('Nothing was written: “{0}” exists already. Choose to overwrite or to skip it.', key));

/** Writes the entries, without those that `skip` has. */
export async function putEntries(
  source: EntrySource,
  target: KvStore,
  { skip, signal, report }: BulkOptions & { readonly skip?: Pick<ExistingKeys, 'has'> },
): Promise<BulkOutcome> {
  const failed: BulkOutcome['failed'][number][] = [];
  let done = 0;
  let skipped = 0;
  for await (const batch of batches(source(signal))) {
    if (signal?.aborted) return { done, skipped, failed, cancelled: true };
    const wanted = batch.filter(({ key }) => !skip?.has(key));
    skipped += batch.length - wanted.length;
    const outcome = await target.putMany(wanted, signal ? { signal } : {});
    done += outcome.done;
    skipped += outcome.skipped;
    failed.push(...outcome.failed);
    if (outcome.cancelled) return { done, skipped, failed, cancelled: true };
    report?.(done + skipped + failed.length);
  }
  return { done, skipped, failed, cancelled: false };
}

async function* batches(entries: AsyncIterable<KvEntry>): AsyncGenerator<readonly KvEntry[]> {
  let batch: KvEntry[] = [];
  let bytes = 0;
  for await (const entry of entries) {
    batch.push(entry);
    bytes += entry.value.length;
    if (batch.length < BATCH_ENTRIES && bytes < BATCH_BYTES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}
