import * as l10n from '@vscode/l10n';
import { throwIfCancelled } from '../base/cancel.ts';
import { KvError } from '../base/errors.ts';
import type { KeyChange } from '../change/keyChange.ts';
import type { KvEntry } from '../entry/entry.ts';
import { entryDigest } from '../entry/entryDigest.ts';
import { KeySet } from '../keys/keySet.ts';
import { type BatchLimits, inBatches } from '../store/batches.ts';
import type { EntrySource, SourceEntry } from '../store/entrySource.ts';
import { readDigests, type StateDigest } from '../store/readStates.ts';
import type { BulkOptions, KeyFailure, KvReader } from '../store/store.ts';

/** Keys that already exist at the target. */
export interface ExistingKeys {
  readonly count: number;
  /** The first three, to be named. */
  readonly first: readonly string[];
  /** The size of their values together. */
  readonly bytes: number;
}

/** A key to write, with its new entry. */
export interface EntryChange extends KeyChange {
  readonly entry: KvEntry;
}

export interface PutPlan {
  readonly total: number;
  /** The size of all values. */
  readonly bytes: number;
  /** Empty if the target was not read. */
  readonly existing: ExistingKeys;
  /** Keys that need no writing, because an earlier run of the same work has already written them. */
  readonly settled: number;
  /** The changes, once it is decided what happens to keys that exist. Iterates the entries once more. */
  steps(onConflict: 'overwrite' | 'skip', signal: AbortSignal | undefined): AsyncIterable<EntryChange>;
}

export interface PlanOptions extends BulkOptions {
  /** How much is read at a time. */
  readonly limits?: BatchLimits;
  /**
   * What happens to keys that exist. With `ask` or `fail` the target is read first, and a key that changes after that
   * is not written. `fail` throws `conflict` at the first key that already exists at the target.
   */
  readonly onConflict: 'ask' | 'overwrite' | 'skip' | 'fail';
  /**
   * Resumes earlier work: a key that this or an earlier run has already written needs no writing. If too little of its
   * lifetime is left, it is written again, whatever `onConflict` says.
   */
  readonly isResuming?: boolean;
  /** Somebody may change the source of the entries before they are iterated again. */
  readonly mayChange?: boolean | undefined;
}

/** Iterates all entries, which checks them, and finds out what writing them would overwrite. */
export async function planPut(source: EntrySource, target: KvReader, options: PlanOptions): Promise<PutPlan> {
  const { signal, report, limits, onConflict, isResuming = false, mayChange = false } = options;
  const seen =
    onConflict === 'ask' || onConflict === 'fail' ? new SeenTarget(onConflict === 'fail', isResuming) : undefined;
  const planned = mayChange ? new KeySet() : undefined;
  let [total, bytes] = [0, 0];
  for await (const batch of inBatches(source(signal), sizeOf, limits)) {
    throwIfCancelled(signal);
    report?.(total);
    total += batch.length;
    for (const entry of batch) {
      bytes += sizeOf(entry);
      planned?.add(stateText(entry.key, entryDigest(entry)));
    }
    await seen?.at(target, batch, signal);
    report?.(total);
  }
  return {
    total,
    bytes,
    settled: seen?.settled ?? 0,
    existing: seen?.existing ?? { count: 0, first: [], bytes: 0 },
    async *steps(answer, stepSignal) {
      for await (const sourceEntry of source(stepSignal)) {
        const { endsBetween: _, lastsFrom: __, ...entry } = sourceEntry;
        const isPlanned = planned?.has(stateText(entry.key, entryDigest(entry))) ?? true;
        yield {
          key: entry.key,
          entry,
          bytes: sizeOf(entry),
          decide(now) {
            if (!isPlanned) throw changedAtSource(entry.key);
            const made = isResuming && now ? madeEarlier(sourceEntry, { ...now, digest: entryDigest(now) }) : 'no';
            if (made === 'lasting') return 'keep';
            // A key that this work has written is not one that existed before.
            if (now && answer === 'skip' && made === 'no') return 'skip';
            if (seen && !seen.isAsSeen(entry.key, now)) throw changedAtTarget(entry.key);
            return { entry };
          },
        };
      }
    },
  };
}

/** What was seen of the target's keys. */
class SeenTarget {
  readonly #isRefusing: boolean;
  readonly #isResuming: boolean;
  readonly #keys = new KeySet();
  readonly #states = new KeySet();
  readonly #first: string[] = [];
  #bytes = 0;
  #settled = 0;
  #count = 0;

  constructor(isRefusing: boolean, isResuming: boolean) {
    this.#isRefusing = isRefusing;
    this.#isResuming = isResuming;
  }

  get existing(): ExistingKeys {
    return { count: this.#count, first: this.#first, bytes: this.#bytes };
  }

  get settled(): number {
    return this.#settled;
  }

  async at(target: KvReader, entries: readonly SourceEntry[], signal: AbortSignal | undefined): Promise<void> {
    const keys = entries.map(({ key }) => key);
    const unread: KeyFailure[] = [];
    const there = await readDigests(target, keys, signal, (failure) => void unread.push(failure));
    // A key that cannot be read exists, and fails by itself when its turn comes.
    for (const { key } of unread) this.#see(key);
    for (const entry of entries) {
      const old = there.get(entry.key);
      if (!old) continue;
      const { digest } = old;
      this.#states.add(stateText(entry.key, digest));
      const made = this.#isResuming ? madeEarlier(entry, old) : 'no';
      if (made !== 'no') {
        if (made === 'lasting') this.#settled++;
        this.#keys.add(entry.key);
        continue;
      }
      if (this.#isRefusing) throw exists(entry.key);
      this.#bytes += old.bytes;
      this.#see(entry.key);
    }
  }

  isAsSeen(key: string, now: KvEntry | undefined): boolean {
    return now ? this.#states.has(stateText(key, entryDigest(now))) : !this.#keys.has(key);
  }

  #see(key: string): void {
    if (!this.#keys.add(key)) return;
    this.#count++;
    if (this.#first.length < 3) this.#first.push(key);
  }
}

/**
 * Whether the entry may be from an earlier run. If it has a lifetime, its expiration differs by run: `lasting` if it
 * can stay, `ending` if it expires too soon and must be written again.
 */
function madeEarlier(
  { endsBetween: [from, to] = [0, -1], lastsFrom = from, ...entry }: SourceEntry,
  { digest, expiration }: Omit<StateDigest, 'bytes'>,
): 'lasting' | 'ending' | 'no' {
  if (digest === entryDigest(entry)) return 'lasting';
  if (expiration === undefined || expiration < from || expiration > to) return 'no';
  if (digest !== entryDigest({ ...entry, expiration })) return 'no';
  return expiration >= Math.min(lastsFrom, entry.expiration ?? to) ? 'lasting' : 'ending';
}

const sizeOf = ({ value }: KvEntry): number => value.length;

const stateText = (key: string, digest: string | undefined): string => `${digest} ${key}`;

const exists = (key: string): KvError =>
  new KvError('conflict', l10n.t('Nothing was written: “{0}” exists already. Choose to overwrite or to skip it.', key));

const changedAtSource = (key: string): KvError =>
  new KvError(
    'conflict',
    l10n.t('“{0}” was not written: it was changed meanwhile, where it comes from. Do it once more.', key),
  );

const changedAtTarget = (key: string): KvError =>
  new KvError(
    'conflict',
    l10n.t('“{0}” was not written: it was changed meanwhile, since it was looked up. Do it once more.', key),
  );
