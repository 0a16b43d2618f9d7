import * as l10n from '@vscode/l10n';
import { throwIfCancelled } from '../base/cancel.ts';
import { isKvError, KvError } from '../base/errors.ts';
import { slicesOf } from '../base/slicesOf.ts';
import type { KeyChange } from '../change/keyChange.ts';
import type { KvEntry } from '../entry/entry.ts';
import { aboutText, entryDigest } from '../entry/entryDigest.ts';
import { readDigests } from '../store/readStates.ts';
import type { KeyFailure, KvReader } from '../store/store.ts';
import { notCertainlyAbsent } from '../store/unread.ts';
import {
  Comparison,
  type ComparisonCounts,
  type ComparisonOptions,
  type Difference,
  type RightState,
} from './comparison.ts';

/** Both sides are read in batches of this many keys. */
const READ_KEYS = 500;

/** What a sync would do, in UTF-8 byte order. */
export interface SyncPlan {
  readonly counts: ComparisonCounts;
  readonly differences: readonly Difference[];
  /** Single keys that were to be copied but do not exist on the source side. */
  readonly missing: readonly string[];
  /** Keys that could not be read on one of the sides; they are neither copied nor removed. */
  readonly unread: readonly KeyFailure[];
}

/** Compares both sides. Throws `cancelled` if cancelled. */
export async function planSync(from: KvReader, to: KvReader, options: ComparisonOptions): Promise<SyncPlan> {
  const comparison = new Comparison(from, to, options);
  const differences: Difference[] = [];
  for await (const difference of comparison) differences.push(difference);
  const { counts, missing, unread } = comparison;
  return { counts, differences, missing, unread };
}

/**
 * Completes a plan with the state of the side that changes. Keys known only from a listing are read, so that somebody's
 * change is noticed while the user looks at the plan.
 */
export async function withRightStates(
  plan: SyncPlan,
  to: KvReader,
  signal: AbortSignal | undefined,
): Promise<SyncPlan> {
  const open = plan.differences.filter(({ right }) => right !== 'absent' && 'about' in right).map(({ key }) => key);
  const states = new Map<string, RightState>();
  for (const keys of slicesOf(open, READ_KEYS)) {
    throwIfCancelled(signal);
    // A key that cannot be read keeps the state from the listing; its error is reported when its turn comes.
    const found = await readDigests(to, keys, signal, () => {});
    for (const [key, { digest }] of found) states.set(key, { digest });
  }
  const differences = plan.differences.map((difference) => {
    const right = states.get(difference.key);
    return right ? { ...difference, right } : difference;
  });
  return { ...plan, differences };
}

/** The steps that carry out a plan. */
export interface SyncSteps {
  /** How many keys are written or removed, or fail because they could not be read. */
  readonly total: number;
  /** Keys that could not be read come first, so that they are named even if the rest is cancelled. Removals are last. */
  steps(signal: AbortSignal | undefined): AsyncIterable<KeyChange>;
}

/**
 * The changes of a plan. A key that has changed on the target since the comparison is left alone. Entries are read from
 * the source when their turn comes. Keys that have vanished there are skipped, and reported if that is not certain.
 */
export function syncSteps(
  from: KvReader,
  { differences, unread }: Pick<SyncPlan, 'differences' | 'unread'>,
  deleteExtra: boolean,
): SyncSteps {
  const comparedAt = performance.now();
  /** The comparison has seen the keys to write, but reads may still be older than that. */
  const mayBeUnseen = (): boolean => performance.now() - comparedAt < (from.staleMs ?? 0);
  const writes = differences.filter(({ kind }) => kind !== 'remove');
  const removals = deleteExtra ? differences.filter(({ kind }) => kind === 'remove') : [];
  return {
    total: unread.length + writes.length + removals.length,
    async *steps(signal) {
      // They fail like keys that cannot be written: with them left, the work is not whole.
      for (const { key, error } of unread) yield { ...failing(key, error), isGivenUp: true };
      let isBegun = false;
      /** Why the source can no longer be read. All remaining keys fail with this error. */
      let broken: KvError | undefined;
      const parts = [
        ...[...slicesOf(writes, READ_KEYS)].map((chunk) => ({ chunk, isWritten: true })),
        ...[...slicesOf(removals, READ_KEYS)].map((chunk) => ({ chunk, isWritten: false })),
      ];
      for (const { chunk, isWritten } of parts) {
        let changes: readonly KeyChange[] | undefined;
        try {
          if (!broken) {
            changes = await (isWritten ? writesOf(from, chunk, mayBeUnseen, signal) : removalsOf(from, chunk, signal));
          }
        } catch (error) {
          // Before anything was done, the error concerns the whole sync.
          if (!isBegun || !isKvError(error) || error.kind === 'cancelled') throw error;
          broken = error;
        }
        isBegun = true;
        yield* changes ?? chunk.map(({ key }) => failing(key, broken));
      }
    },
  };
}

async function writesOf(
  from: KvReader,
  differences: readonly Difference[],
  mayBeUnseen: () => boolean,
  signal: AbortSignal | undefined,
): Promise<readonly KeyChange[]> {
  const entries = new Map<string, KvEntry>();
  const failures = new Map(await read(from, differences, signal, (entry) => entries.set(entry.key, entry)));
  for (const { key } of differences) {
    if (entries.has(key) || failures.has(key) || !mayBeUnseen()) continue;
    const again = await from.get(key, signal);
    if (again) entries.set(key, again);
    else failures.set(key, { key, error: notCertainlyAbsent(key) });
  }
  return differences.map(({ key, right }) => {
    const entry = entries.get(key);
    return {
      key,
      bytes: entry?.value.length ?? 0,
      isListed: right !== 'absent',
      decide(now) {
        const failure = failures.get(key);
        if (failure) throw failure.error;
        if (!entry) return 'skip';
        if (!isAsCompared(now, right)) throw moved(key);
        return { entry };
      },
    };
  });
}

/** Keys that now also exist on the source side are no longer extra, so they are not removed. */
async function removalsOf(
  from: KvReader,
  differences: readonly Difference[],
  signal: AbortSignal | undefined,
): Promise<readonly KeyChange[]> {
  const there = new Set<string>();
  const failures = await read(from, differences, signal, ({ key }) => there.add(key));
  return differences.map(({ key, right }) => ({
    key,
    isListed: true,
    decide(now) {
      const failure = failures.get(key);
      if (failure) throw failure.error;
      if (!now) return 'keep';
      if (there.has(key) || !isAsCompared(now, right)) throw moved(key);
      return 'delete';
    },
  }));
}

/** Returns the keys that could not be read, with their failures. */
async function read(
  from: KvReader,
  differences: readonly Difference[],
  signal: AbortSignal | undefined,
  onEntry: (entry: KvEntry) => void,
): Promise<ReadonlyMap<string, KeyFailure>> {
  const failures = new Map<string, KeyFailure>();
  const keys = differences.map(({ key }) => key);
  for await (const entry of from.getMany(keys, signal, (failure) => failures.set(failure.key, failure))) onEntry(entry);
  return failures;
}

const failing = (key: string, error: KvError | undefined): KeyChange => ({
  key,
  decide() {
    throw error ?? moved(key);
  },
});

function isAsCompared(now: KvEntry | undefined, right: RightState): boolean {
  if (right === 'absent' || now === undefined) return right === 'absent' && now === undefined;
  return 'digest' in right ? entryDigest(now) === right.digest : aboutText(now) === right.about;
}

const moved = (key: string): KvError =>
  new KvError(
    'conflict',
    l10n.t(
      '“{0}” was left alone: it was changed meanwhile, since both sides were compared. Compare them once more.',
      key,
    ),
  );
