import { throwIfCancelled } from '../cancel.ts';
import { isKvError } from '../errors.ts';
import type { KvStore } from '../store.ts';
import type { BackupStore } from './backup.ts';
import type { BackupSubject } from './backupFormat.ts';

/** Keys are read in batches of this many. */
const BATCH = 500;

export interface DeleteBackup {
  readonly id: string;
  /** Size on disk. */
  readonly bytes: number;
  /** How many of the keys exist. */
  readonly keys: number;
}

export interface BackUpOptions {
  readonly signal: AbortSignal;
  readonly report?: (done: number) => void;
}

/**
 * Backs up keys that are about to be deleted. `undefined` when they are more than the backups may take: such a delete
 * cannot be undone. Throws when the backup cannot be written or read for another reason; nothing has been deleted then.
 */
export async function backUpForDelete(
  backups: BackupStore,
  subject: Omit<BackupSubject, 'kind'>,
  store: KvStore,
  keys: readonly string[],
  { signal, report }: BackUpOptions,
): Promise<DeleteBackup | undefined> {
  const writer = await backups.begin({ ...subject, kind: 'delete' });
  try {
    for (let start = 0; start < keys.length; start += BATCH) {
      throwIfCancelled(signal);
      for await (const { key, ...before } of store.getMany(keys.slice(start, start + BATCH), signal)) {
        await writer.add({ key, before });
      }
      report?.(Math.min(start + BATCH, keys.length));
    }
    await writer.commit();
    return { id: writer.id, bytes: writer.bytes, keys: writer.keys };
  } catch (error) {
    await writer.abandon();
    if (isKvError(error, 'tooLarge')) return undefined;
    throw error;
  }
}
