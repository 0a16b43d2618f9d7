import * as l10n from '@vscode/l10n';
import { errorText, isKvError, KvError } from '../../base/errors.ts';
import type { KvEntry } from '../../entry/entry.ts';
import { nowSeconds } from '../../entry/entry.ts';
import { type EntryState, entryDigest } from '../../entry/entryDigest.ts';
import { MIN_LIFETIME_SECONDS } from '../../entry/limits.ts';
import { type BatchLimits, inBatches } from '../../store/batches.ts';
import type { BulkOptions, BulkOutcome, KvStore } from '../../store/store.ts';
import type { BackupLine } from './backupFormat.ts';

export interface RestoreOptions extends BulkOptions {
  /** The present in Unix seconds, asked before every batch. */
  readonly now?: () => number;
  /** How much is written together. */
  readonly limits?: BatchLimits;
  /**
   * Reads may still show what was there before the operation: a key that seems to be as it was is written all the same.
   */
  readonly mayBeStale?: boolean;
}

/** `skipped` counts keys that are already as they were. The names in both lists are in `failed` too. */
export interface RestoreOutcome extends BulkOutcome {
  /** How many of those done were deleted, because the operation had added them. */
  readonly removed: number;
  /** Not written back, because they would have expired by now or within a minute. */
  readonly expired: readonly string[];
  /**
   * Left alone, because they were changed after the operation; or given back what somebody wrote between two starts of
   * it, which is not what they were before.
   */
  readonly changed: readonly string[];
}

/**
 * Puts back what a backup holds: keys that were there get value, metadata and expiration, keys that were added are
 * deleted. Reads every key first and leaves alone what has changed since. Doing it again is harmless. An error of the
 * store before anything was done is thrown; later ones stand in `failed`, by key.
 */
export async function restore(
  lines: AsyncIterable<BackupLine>,
  store: KvStore,
  options: RestoreOptions = {},
): Promise<RestoreOutcome> {
  const run = new Restoring(store, options);
  for await (const batch of inBatches(lines, sizeOf, options.limits)) {
    await run.batch(batch);
    if (run.cancelled) break;
  }
  return run.outcome();
}

const sizeOf = ({ before }: BackupLine): number => before?.value.length ?? 0;

class Restoring {
  readonly #store: KvStore;
  readonly #options: RestoreOptions;
  readonly #failed: { key: string; error: KvError }[] = [];
  readonly #expired: string[] = [];
  readonly #changed: string[] = [];
  /** Keys to which goes back what somebody else wrote between two starts. */
  readonly #foreign = new Set<string>();
  /** Keys that seem to be as they were: to write them does no harm, and not to may lose them. */
  readonly #again = new Set<string>();
  #done = 0;
  #removed = 0;
  #skipped = 0;
  cancelled = false;

  constructor(store: KvStore, options: RestoreOptions) {
    this.#store = store;
    this.#options = options;
  }

  async batch(lines: readonly BackupLine[]): Promise<void> {
    if (this.#options.signal?.aborted) {
      this.cancelled = true;
      return;
    }
    let left = lines.map(({ key }) => key);
    try {
      const { puts, deletes } = this.#plan(lines, await this.#digests(left));
      left = [...puts.map(({ key }) => key), ...deletes];
      if (puts.length > 0) {
        const keys = puts.map(({ key }) => key);
        this.#count(keys, await this.#store.putMany(puts, this.#bulk()));
      }
      left = deletes;
      if (deletes.length > 0 && !this.cancelled) {
        const before = this.#done;
        this.#count(deletes, await this.#store.deleteMany(deletes, this.#bulk()));
        this.#removed += this.#done - before;
      }
    } catch (error) {
      if (isKvError(error, 'cancelled')) this.cancelled = true;
      else if (this.#done === 0) throw error;
      else this.#failAll(left, error);
    }
    this.#options.report?.(this.#handled());
  }

  outcome(): RestoreOutcome {
    return {
      done: this.#done,
      removed: this.#removed,
      skipped: this.#skipped,
      failed: this.#failed,
      cancelled: this.cancelled,
      expired: this.#expired,
      changed: this.#changed,
    };
  }

  async #digests(keys: readonly string[]): Promise<Map<string, string | undefined>> {
    const digests = new Map<string, string | undefined>();
    for await (const entry of this.#store.getMany(keys, this.#options.signal)) {
      digests.set(entry.key, entryDigest(entry));
    }
    return digests;
  }

  #plan(lines: readonly BackupLine[], digests: ReadonlyMap<string, string | undefined>) {
    const soonest = (this.#options.now ?? nowSeconds)() + MIN_LIFETIME_SECONDS;
    const puts: KvEntry[] = [];
    const deletes: string[] = [];
    for (const { key, before, after, earlier = [], isForeign } of lines) {
      const current = digests.get(key);
      if (isForeign) this.#foreign.add(key);
      if (current === entryDigest(before)) {
        if (isForeign) this.#fail(this.#changed, changedBetween(key), key);
        else if (!this.#options.mayBeStale || current === after || endsBefore(before, soonest)) this.#skipped++;
        else {
          this.#again.add(key);
          if (before) puts.push({ key, ...before });
          else deletes.push(key);
        }
      } else if (current !== after && !earlier.includes(current ?? null)) {
        this.#fail(this.#changed, changedSince(key), key);
      } else if (before === undefined) {
        deletes.push(key);
      } else if (endsBefore(before, soonest)) {
        this.#fail(this.#expired, expiredSince(key), key);
      } else {
        puts.push({ key, ...before });
      }
    }
    return { puts, deletes };
  }

  /** The signal goes along; the numbers are reported here, over the whole restore. */
  #bulk(): BulkOptions {
    const { signal } = this.#options;
    return signal ? { signal } : {};
  }

  /** What a write of these keys has come to. */
  #count(keys: readonly string[], { done, skipped, failed, cancelled }: BulkOutcome): void {
    const failures = new Set(failed.map(({ key }) => key));
    // After a cancelled write it is the first ones that are written.
    const written = keys.slice(0, done + skipped + failed.length).filter((key) => !failures.has(key));
    const foreign = written.filter((key) => this.#foreign.has(key));
    for (const key of foreign) this.#fail(this.#changed, changedBetween(key), key);
    const again = written.filter((key) => this.#again.has(key)).length;
    this.#done += done - foreign.length - again;
    this.#skipped += skipped + again;
    this.#failed.push(...failed);
    this.cancelled ||= cancelled;
  }

  /** A key that is not as it was before, for a reason of its own. */
  #fail(names: string[], error: KvError, key: string): void {
    names.push(key);
    this.#failed.push({ key, error });
  }

  #failAll(keys: readonly string[], error: unknown): void {
    const cause = isKvError(error) ? error : new KvError('server', errorText(error));
    for (const key of keys) this.#failed.push({ key, error: cause });
  }

  #handled(): number {
    return this.#done + this.#skipped + this.#failed.length;
  }
}

const endsBefore = (state: EntryState | undefined, soonest: number): boolean =>
  state?.expiration !== undefined && state.expiration < soonest;

const changedSince = (key: string): KvError =>
  new KvError('conflict', l10n.t('“{0}” was not restored: it was changed since. It stays as it is.', key));

const changedBetween = (key: string): KvError =>
  new KvError(
    'conflict',
    l10n.t('“{0}” has what somebody wrote while the work was interrupted, not what was there before the work.', key),
  );

const expiredSince = (key: string): KvError =>
  new KvError(
    'invalidInput',
    l10n.t(
      '“{0}” was not restored: it has expired, or would within {1} s, and KV takes no shorter time.',
      key,
      MIN_LIFETIME_SECONDS,
    ),
  );
