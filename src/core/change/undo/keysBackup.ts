import { throwIfCancelled } from '../../base/cancel.ts';
import { isKvError } from '../../base/errors.ts';
import type { KvEntry } from '../../entry/entry.ts';
import { type EntryState, entryDigest, stateOf } from '../../entry/entryDigest.ts';
import type { EntrySource } from '../../store/entrySource.ts';
import type { KvStore } from '../../store/store.ts';
import type { BackupStore } from './backup.ts';
import type { BackupSubject } from './backupFormat.ts';

/** Keys are read in batches of this many. */
const BATCH = 500;

export interface KeysBackup {
  readonly id: string;
  /** Size on disk. */
  readonly bytes: number;
  /** How many of the keys exist. */
  readonly keys: number;
  /** The entries as they were backed up, where reading the store again costs more than they may be out of date. */
  readonly entries: EntrySource;
}

export interface BackUpKeysOptions {
  readonly signal: AbortSignal;
  readonly report?: (done: number) => void;
  /** What becomes of an entry; it is deleted when absent. */
  readonly after?: (entry: KvEntry) => EntryState;
}

/**
 * Backs up keys of a store that are about to be deleted or changed. `undefined` when they are more than the backups may
 * take: what is done to them cannot be undone. Throws when the backup cannot be written or read for another reason;
 * nothing has been changed then.
 */
export async function backUpKeys(
  backups: BackupStore,
  subject: BackupSubject,
  store: KvStore,
  keys: readonly string[],
  { signal, report, after }: BackUpKeysOptions,
): Promise<KeysBackup | undefined> {
  const writer = await backups.begin(subject);
  try {
    for (let start = 0; start < keys.length; start += BATCH) {
      throwIfCancelled(signal);
      for await (const entry of store.getMany(keys.slice(start, start + BATCH), signal)) {
        const digest = entryDigest(after?.(entry));
        await writer.add({
          ...{ key: entry.key, before: stateOf(entry) },
          ...(digest !== undefined && { after: digest }),
        });
      }
      report?.(Math.min(start + BATCH, keys.length));
    }
    await writer.commit();
  } catch (error) {
    await writer.abandon();
    if (isKvError(error, 'tooLarge')) return undefined;
    throw error;
  }
  async function* entries(): AsyncGenerator<KvEntry> {
    for await (const { key, before } of backups.read(writer.id)) if (before) yield { key, ...before };
  }
  return { id: writer.id, bytes: writer.bytes, keys: writer.keys, entries };
}
