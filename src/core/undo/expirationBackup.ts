import { throwIfCancelled } from '../cancel.ts';
import type { KvEntry } from '../entry.ts';
import { isKvError } from '../errors.ts';
import type { BulkOptions, KvStore } from '../store.ts';
import type { EntrySource } from '../transfer/putEntries.ts';
import type { BackupStore } from './backup.ts';
import type { BackupSubject } from './backupFormat.ts';
import { entryDigest, stateOf } from './entryDigest.ts';

/** Keys are read in batches of this many. */
const BATCH = 500;

export interface ExpirationBackup {
  readonly id: string;
  /** How many of the keys exist. */
  readonly keys: number;
  /** The entries as they were backed up, where reading the store again costs more than they may be out of date. */
  readonly entries: EntrySource;
}

/**
 * Backs up keys that are about to be given another expiration (Unix seconds; `undefined` for none). `undefined` when they
 * are more than the backups may take. Throws when the backup cannot be made for another reason; nothing has been changed
 * then.
 */
export async function backUpForExpiration(
  backups: BackupStore,
  subject: Omit<BackupSubject, 'kind'>,
  store: KvStore,
  { keys, expiration }: { readonly keys: readonly string[]; readonly expiration: number | undefined },
  { signal, report }: BulkOptions,
): Promise<ExpirationBackup | undefined> {
  const writer = await backups.begin({ ...subject, kind: 'overwrite' });
  try {
    for (let start = 0; start < keys.length; start += BATCH) {
      throwIfCancelled(signal);
      for await (const entry of store.getMany(keys.slice(start, start + BATCH), signal)) {
        const after = entryDigest(withExpiration(entry, expiration));
        await writer.add({ key: entry.key, before: stateOf(entry), ...(after !== undefined && { after }) });
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
  return { id: writer.id, keys: writer.keys, entries };
}

export const withExpiration = ({ expiration: _, ...entry }: KvEntry, expiration: number | undefined): KvEntry => ({
  ...entry,
  ...(expiration !== undefined && { expiration }),
});
