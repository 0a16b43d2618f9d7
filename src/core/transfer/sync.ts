import { throwIfCancelled } from '../base/cancel.ts';
import { errorText, isKvError, KvError } from '../base/errors.ts';
import type { BackupStore } from '../change/undo/backup.ts';
import type { BackupSubject } from '../change/undo/backupFormat.ts';
import type { BackupWriter } from '../change/undo/backupWriter.ts';
import type { EarlierStart } from '../change/undo/earlierBackup.ts';
import type { KvEntry } from '../entry/entry.ts';
import { entryDigest, stateOf } from '../entry/entryDigest.ts';
import { batchLimits, inBatches } from '../store/batches.ts';
import type { BulkOptions, BulkOutcome, KvStore } from '../store/store.ts';
import { Comparison, type ComparisonCounts, type ComparisonOptions, type Difference } from './compare.ts';
import { EntriesByKey } from './entriesByKey.ts';
import { RefusedEntries } from './refusedEntries.ts';

/** Both sides are read in batches of this many keys. */
const READ_KEYS = 500;
/** Values that were read for the backup are kept up to so many bytes, and need not be read again. */
const KEPT_BYTES = 32_000_000;

/** What a sync would do, in UTF-8 byte order. */
export interface SyncPlan {
  readonly counts: ComparisonCounts;
  readonly differences: readonly Difference[];
  /** Single keys that were to be copied and that the side they come from does not have. */
  readonly missing: readonly string[];
}

/** Compares; throws `cancelled` when it was. */
export async function planSync(from: KvStore, to: KvStore, options: ComparisonOptions): Promise<SyncPlan> {
  const comparison = new Comparison(from, to, options);
  const differences: Difference[] = [];
  for await (const difference of comparison) differences.push(difference);
  return { counts: comparison.counts, differences, missing: comparison.missing };
}

/** Carries a plan out: the backup first, then the writing. */
export class Sync {
  readonly #from: KvStore;
  readonly #to: KvStore;
  readonly #writes: readonly string[];
  readonly #removals: readonly string[];
  readonly #kept = new Map<string, KvEntry>();
  #keptBytes = 0;
  /** Keys that had vanished from the side they come from when they were to be backed up. */
  readonly #vanished = new Set<string>();

  constructor(from: KvStore, to: KvStore, { differences }: Pick<SyncPlan, 'differences'>, deleteExtra: boolean) {
    this.#from = from;
    this.#to = to;
    this.#writes = differences.filter(({ kind }) => kind !== 'remove').map(({ key }) => key);
    this.#removals = deleteExtra ? differences.filter(({ kind }) => kind === 'remove').map(({ key }) => key) : [];
  }

  /** Every key that it writes or removes. */
  get keys(): readonly string[] {
    return [...this.#writes, ...this.#removals];
  }

  /**
   * Backs up what is there, so that the sync can be undone, together with the `earlier` start that stopped before its
   * end: resolves to the backup, or to `undefined` when it is larger than backups may be. Throws when the backup cannot be
   * made for another reason. Nothing is changed.
   */
  async backUp(
    backups: BackupStore,
    subject: Omit<BackupSubject, 'kind'>,
    { signal, report, earlier }: BulkOptions & { readonly earlier?: EarlierStart | undefined },
  ): Promise<Pick<BackupWriter, 'id' | 'continues'> | undefined> {
    const writer = await backups.begin({ ...subject, kind: 'sync' }, earlier);
    try {
      let done = 0;
      for (const keys of chunks(this.#writes)) {
        throwIfCancelled(signal);
        await this.#backUpWrites(keys, writer, signal);
        done += keys.length;
        report?.(done);
      }
      for (const keys of chunks(this.#removals)) {
        throwIfCancelled(signal);
        for await (const { key, ...before } of this.#to.getMany(keys, signal)) await writer.add({ key, before });
        done += keys.length;
        report?.(done);
      }
      await writer.commit();
      return writer;
    } catch (error) {
      await writer.abandon();
      if (!isKvError(error, 'tooLarge')) throw error;
      this.#vanished.clear();
      return undefined;
    }
  }

  async #backUpWrites(keys: readonly string[], writer: BackupWriter, signal: AbortSignal | undefined): Promise<void> {
    const there = new EntriesByKey(this.#to, keys, signal);
    const coming = new EntriesByKey(this.#from, keys, signal);
    try {
      for (const key of keys) {
        const [before, after] = await Promise.all([there.take(key), coming.take(key)]);
        if (!after) {
          this.#vanished.add(key);
          continue;
        }
        this.#keep(after);
        const digest = entryDigest(after);
        await writer.add({
          key,
          ...(before && { before: stateOf(before) }),
          ...(digest !== undefined && { after: digest }),
        });
      }
    } finally {
      await Promise.all([there.close(), coming.close()]);
    }
  }

  #keep(entry: KvEntry): void {
    if (this.#keptBytes + entry.value.length > KEPT_BYTES) return;
    this.#keptBytes += entry.value.length;
    this.#kept.set(entry.key, entry);
  }

  /**
   * Writes, then removes. Keys that have vanished from the side they come from are `skipped`. An error before anything
   * was done is thrown; later ones stand in `failed`, by key.
   */
  async run({ signal, report }: BulkOptions): Promise<BulkOutcome> {
    let failed: BulkOutcome['failed'] = [];
    let [done, skipped, cancelled] = [0, 0, false];
    const count = (outcome: BulkOutcome): void => {
      done += outcome.done;
      skipped += outcome.skipped;
      // A million arguments are too many for a call.
      failed = failed.concat(outcome.failed);
      cancelled ||= outcome.cancelled;
    };
    const tell = (more: number): void => report?.(done + skipped + failed.length + more);
    const bulk = { ...(signal && { signal }), report: tell };
    const refused = new RefusedEntries();
    let left = this.keys;
    try {
      for await (const batch of inBatches(this.#results(signal), sizeOf, batchLimits.remote)) {
        const entries = batch.flatMap(({ entry }) => entry ?? []);
        if (signal?.aborted) cancelled = true;
        else {
          const outcome = await this.#to.putMany(entries, bulk);
          refused.keep(outcome.failed, entries);
          count(outcome);
        }
        if (cancelled) break;
        skipped += batch.length - entries.length;
        left = left.slice(batch.length);
        tell(0);
      }
      if (!cancelled && this.#removals.length > 0) count(await this.#to.deleteMany(this.#removals, bulk));
    } catch (error) {
      if (isKvError(error, 'cancelled')) cancelled = true;
      else if (done === 0) throw error;
      else failed = failed.concat(left.map((key) => ({ key, error: asKvError(error) })));
    }
    return { done, skipped, failed, cancelled };
  }

  /** What is to be written by key, without an entry where it has vanished. */
  async *#results(signal: AbortSignal | undefined): AsyncGenerator<Result> {
    for (const chunk of chunks(this.#writes)) {
      // What comes back after the backup is not in that: it would be written over what is there, for good.
      const wanted = chunk.filter((key) => !this.#kept.has(key) && !this.#vanished.has(key));
      const coming = new EntriesByKey(this.#from, wanted, signal);
      try {
        for (const key of chunk) {
          const kept = this.#kept.get(key);
          yield { key, entry: kept ?? (this.#vanished.has(key) ? undefined : await coming.take(key)) };
        }
      } finally {
        await coming.close();
      }
    }
  }
}

interface Result {
  readonly key: string;
  readonly entry: KvEntry | undefined;
}

const sizeOf = ({ entry }: Result): number => entry?.value.length ?? 0;

function* chunks(keys: readonly string[]): Generator<readonly string[]> {
  for (let start = 0; start < keys.length; start += READ_KEYS) yield keys.slice(start, start + READ_KEYS);
}

const asKvError = (error: unknown): KvError => (isKvError(error) ? error : new KvError('server', errorText(error)));
