import * as l10n from '@vscode/l10n';
import { throwIfCancelled } from '../base/cancel.ts';
import { isKvError, KvError } from '../base/errors.ts';
import type { BackupStore } from '../change/undo/backup.ts';
import type { BackupSubject } from '../change/undo/backupFormat.ts';
import type { EarlierStart } from '../change/undo/earlierBackup.ts';
import type { KvEntry } from '../entry/entry.ts';
import { entryDigest, stateOf } from '../entry/entryDigest.ts';
import { KeySet } from '../keys/keySet.ts';
import { type BatchLimits, inBatches } from '../store/batches.ts';
import type { EntrySource } from '../store/entrySource.ts';
import { keyCount } from '../store/names.ts';
import type { BulkOptions, BulkOutcome, KvStore } from '../store/store.ts';
import { EntriesByKey } from './entriesByKey.ts';
import { RefusedEntries } from './refusedEntries.ts';

export interface PutPlan {
  readonly total: number;
  /** Of all values. */
  readonly bytes: number;
  readonly existing: ExistingKeys;
  /** Keys that need no writing: an earlier start of the same work has made them what they are to be. */
  readonly settled: Pick<ExistingKeys, 'count' | 'has'>;
  /** Whether an entry is as it was planned; absent where that is certain. */
  readonly isPlanned?: (entry: KvEntry) => boolean;
  /** Id of the backup by which the writing can be undone; absent when it is larger than the backups may take. */
  readonly undo?: string;
  /** That backup takes back what earlier starts of the same work have written too. */
  readonly continues: boolean;
}

/** Keys that the target has already. */
export interface ExistingKeys {
  readonly count: number;
  /** The first three, to name. */
  readonly first: readonly string[];
  has(key: string): boolean;
}

export interface PlanOptions extends BulkOptions {
  /** How much is read together. */
  readonly limits?: BatchLimits;
  /** Throws `conflict` at the first key that the target has already. */
  readonly refuseExisting?: boolean;
  /** Work is taken up again: a key that the target has just so is {@link PutPlan.settled}, not existing. */
  readonly resuming?: boolean;
  /** Somebody may write to where the entries come from before they are gone through again. */
  readonly mayChange?: boolean | undefined;
  /** The start before this one, when it stopped before its end. */
  readonly earlier?: EarlierStart | undefined;
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
  { signal, report, limits, refuseExisting = false, resuming = false, mayChange = false, earlier }: PlanOptions = {},
): Promise<PutPlan> {
  const existing = new KeySet();
  const settled = new KeySet();
  const planned = mayChange ? new KeySet() : undefined;
  const first: string[] = [];
  let [total, bytes] = [0, 0];
  let writer: Awaited<ReturnType<BackupStore['begin']>> | undefined = await backups.begin(subject, earlier);
  const orWithout = async (backUp: Promise<void> | undefined): Promise<void> => {
    try {
      await backUp;
    } catch (error) {
      if (!isKvError(error, 'tooLarge')) throw error;
      writer = undefined;
    }
  };
  try {
    for await (const batch of inBatches(source(signal), sizeOf, limits)) {
      throwIfCancelled(signal);
      report?.(total);
      total += batch.length;
      for (const entry of batch) bytes += sizeOf(entry);
      // What is there may be far larger than what replaces it.
      const there = new EntriesByKey(
        target,
        batch.map(({ key }) => key),
        signal,
      );
      try {
        for (const { key, ...state } of batch) {
          const old = await there.take(key);
          const after = entryDigest(state);
          planned?.add(stateText(key, after));
          if (resuming && old && entryDigest(old) === after) {
            settled.add(key);
            continue;
          }
          if (old && refuseExisting) throw exists(key);
          if (old && existing.add(key) && first.length < 3) first.push(key);
          const line = { key, ...(old && { before: stateOf(old) }), ...(after !== undefined && { after }) };
          await orWithout(writer?.add(line));
        }
      } finally {
        await there.close();
      }
      report?.(total);
    }
    await orWithout(writer?.commit());
    return {
      total,
      bytes,
      existing: { count: existing.size, first, has: (key) => existing.has(key) },
      settled: { count: settled.size, has: (key) => settled.has(key) },
      ...(planned && { isPlanned: (entry: KvEntry) => planned.has(stateText(entry.key, entryDigest(entry))) }),
      ...(writer && { undo: writer.id }),
      continues: writer?.continues === true,
    };
  } catch (error) {
    await writer?.abandon();
    throw error;
  }
}

const stateText = (key: string, digest: string | undefined): string => `${digest} ${key}`;

const exists = (key: string): KvError =>
  new KvError('conflict', l10n.t('Nothing was written: “{0}” exists already. Choose to overwrite or to skip it.', key));

export interface PutOptions extends BulkOptions {
  /** How much is written together. */
  readonly limits?: BatchLimits;
  /** Keys that count as `skipped`. */
  readonly skip?: Pick<ExistingKeys, 'has'>;
  /** Keys that count as `done` without being written. */
  readonly settled?: Pick<ExistingKeys, 'has'>;
  /** Any other entry has failed: it is not what was checked, asked about and backed up. */
  readonly isPlanned?: PutPlan['isPlanned'] | undefined;
}

/**
 * Writes the entries batch by batch. An error before anything was done is thrown; after that it stands in `failed` for
 * every key that was still to come. A source that breaks off is thrown too, and then the message says what was written.
 */
export async function putEntries(source: EntrySource, target: KvStore, options: PutOptions): Promise<BulkOutcome> {
  const putting = new Putting(target, options);
  try {
    for await (const batch of inBatches(source(options.signal), sizeOf, options.limits)) {
      await putting.put(batch);
      if (putting.outcome.cancelled) break;
    }
    return putting.outcome;
  } catch (error) {
    if (!isKvError(error)) throw error;
    if (error.kind === 'cancelled') return { ...putting.outcome, cancelled: true };
    if (putting.outcome.done === 0) throw error;
    const written = l10n.t('Before that, {0} had been written.', keyCount(putting.outcome.done));
    throw new KvError(error.kind, `${error.message} ${written}`);
  }
}

const changed = (key: string): KvError =>
  new KvError(
    'conflict',
    l10n.t('“{0}” was not written: it was changed meanwhile, where it comes from. Do it once more.', key),
  );

/** One writing, and how far it is. */
class Putting {
  readonly #target: KvStore;
  readonly #options: PutOptions;
  readonly #refused = new RefusedEntries();
  readonly #failed: BulkOutcome['failed'][number][] = [];
  #done = 0;
  #skipped = 0;
  #cancelled = false;
  /** Why nothing more can be written. */
  #broken: KvError | undefined;

  constructor(target: KvStore, options: PutOptions) {
    this.#target = target;
    this.#options = options;
  }

  get outcome(): BulkOutcome {
    return { done: this.#done, skipped: this.#skipped, failed: this.#failed, cancelled: this.#cancelled };
  }

  async put(batch: readonly KvEntry[]): Promise<void> {
    const { skip, settled, isPlanned, signal, report } = this.#options;
    throwIfCancelled(signal);
    const planned = isPlanned ? batch.filter(isPlanned) : batch;
    if (planned.length < batch.length) {
      const known = new Set(planned);
      for (const entry of batch)
        if (!known.has(entry)) this.#failed.push({ key: entry.key, error: changed(entry.key) });
    }
    const left = planned.filter(({ key }) => !settled?.has(key));
    const wanted = left.filter(({ key }) => !skip?.has(key));
    this.#done += planned.length - left.length;
    this.#skipped += left.length - wanted.length;
    if (wanted.length > 0) this.#count(await this.#write(wanted), wanted);
    report?.(this.#done + this.#skipped + this.#failed.length);
  }

  async #write(entries: readonly KvEntry[]): Promise<BulkOutcome> {
    const { signal } = this.#options;
    try {
      if (this.#broken) throw this.#broken;
      return await this.#target.putMany(entries, signal ? { signal } : {});
    } catch (error) {
      if (!isKvError(error) || error.kind === 'cancelled' || this.#done === 0) throw error;
      this.#broken = error;
      return { done: 0, skipped: 0, failed: entries.map(({ key }) => ({ key, error })), cancelled: false };
    }
  }

  #count({ done, skipped, failed, cancelled }: BulkOutcome, entries: readonly KvEntry[]): void {
    this.#done += done;
    this.#skipped += skipped;
    this.#failed.push(...failed);
    this.#cancelled = cancelled;
    this.#refused.keep(failed, entries);
  }
}

const sizeOf = ({ value }: KvEntry): number => value.length;
