import type { KvError } from '../../base/errors.ts';
import { type EntryState, entryDigest } from '../../entry/entryDigest.ts';
import type { LifetimeClock } from '../../entry/lifetimeClock.ts';
import { MIN_LIFETIME_SECONDS } from '../../entry/limits.ts';
import type { KeyFailure } from '../../store/store.ts';
import type { ChangeOutcome } from '../changes.ts';
import type { Moment } from '../journal/moment.ts';
import type { Restored } from '../journal/overtaken.ts';
import type { TracedLine } from '../journal/reading.ts';
import { hasEnded, type PresentState } from '../journal/superseded.ts';
import type { Step } from '../keyChange.ts';
import { changedBetween } from './errors.ts';

/** `skipped` counts keys that already had their old state. The keys in both lists are in `failed` too. */
export interface UndoOutcome extends Omit<ChangeOutcome, 'undo'> {
  /** How many of the `done` keys were deleted, because the operation had added them. */
  readonly removed: number;
  /** Not restored, because they would have expired by now or within a minute. */
  readonly expired: readonly string[];
  /**
   * Left alone, because they were changed after the operation, or hold what could not be restored to another changed
   * key. Also keys that were restored to what somebody else wrote between two runs, which is not their original state.
   */
  readonly changed: readonly string[];
  /** Keys that are known to hold what a later change gave them: they can be undone after that. Absent if none. */
  readonly covered?: readonly string[];
  /** For a rename whose new name was deleted: the former name has its value again. */
  readonly renamedBack?: { readonly from: string; readonly to: string };
}

export interface UndoTimes {
  /** The clock of the namespace, which may become known with the first answer. */
  readonly clock: LifetimeClock;
  /**
   * For changes made after this time (Unix milliseconds), reads may be stale: a key that seems to have its old state is
   * written all the same.
   */
  readonly staleSince: number | undefined;
  /** The current moment, as journals record it. */
  readonly moment: () => Moment;
}

/** Collects the outcome of an undo for each key, to report it and to record it in the journals. */
export class UndoLedger {
  readonly #times: UndoTimes;
  readonly #refused = {
    expired: new Set<string>(),
    changed: new Set<string>(),
    /** Keys that hold what could not be restored to another key. */
    held: new Set<string>(),
  };
  /** Keys that are restored to what somebody else wrote between two runs. */
  readonly #foreign = new Set<string>();
  /**
   * Keys that already seem to have their old state. Writing them does no harm, while not writing them might lose them.
   */
  readonly #again = new Set<string>();
  readonly #removals = new Set<string>();
  readonly #restored = new Map<string, Restored>();
  #isDoubtful = false;
  /** Number of lines in the journal. */
  lines = 0;
  /** The present states of keys that were changed since. */
  readonly states = new Map<string, PresentState>();

  constructor(times: UndoTimes) {
    this.#times = times;
  }

  /** The current time in Unix seconds. */
  now(): number {
    return this.#times.clock.now();
  }

  /**
   * Whether a result depends on a lifetime that was judged while the real time was unknown, so that it may not be
   * final.
   */
  get isDoubtful(): boolean {
    if (this.#isDoubtful) return true;
    // Expirations of other changes were judged for these.
    return !this.#times.clock.isKnown && [...this.states.values()].some(({ digest }) => digest === undefined);
  }

  /** Whether a state with this expiration has expired. */
  readonly hasEnded = (ends: number | undefined): boolean => {
    if (ends !== undefined) this.#judge();
    return hasEnded(ends, this.now());
  };

  get staleSince(): number | undefined {
    return this.#times.staleSince;
  }

  endsTooSoon(state: EntryState | undefined): boolean {
    const soonest = this.now() + MIN_LIFETIME_SECONDS;
    if (state?.expiration === undefined || state.expiration >= soonest) return false;
    this.#judge();
    return true;
  }

  #judge(): void {
    this.#isDoubtful ||= !this.#times.clock.isKnown;
  }

  /** Leaves a key alone by throwing the error. `held`: the key holds what could not be restored to another one. */
  refuse(why: 'expired' | 'changed' | 'held', error: KvError, key: string): never {
    this.#refused[why].add(key);
    throw error;
  }

  /** Restores the state of a key before the line. */
  restore({ key, before, after, kept }: TracedLine): Step {
    this.#restored.set(key, { kept, at: this.#times.moment(), state: entryDigest(before), made: after });
    if (before) return { entry: { key, ...before } };
    this.#removals.add(key);
    return 'delete';
  }

  noteForeign(key: string): void {
    this.#foreign.add(key);
  }

  noteAgain(key: string): void {
    this.#again.add(key);
  }

  /** The key has its old state because of somebody else's change meanwhile, whose journal must be kept. */
  foundAsBefore(key: string): void {
    const restored = this.#restored.get(key);
    if (restored === undefined) return;
    this.#restored.delete(key);
    this.states.set(key, { digest: restored.state, kept: restored.kept });
  }

  /** Nothing more can be done about this key, unless the later change of it is undone. */
  isFinal(key: string): boolean {
    return this.#refused.expired.has(key) || this.#refused.changed.has(key);
  }

  /** The key was refused because it, or another key, was changed since. */
  isLeftAlone(key: string): boolean {
    return this.#refused.changed.has(key) || this.#refused.held.has(key);
  }

  outcome({ undo: _, ...outcome }: ChangeOutcome): UndoOutcome {
    const left = leftBy(outcome);
    const foreign = without(left, this.#foreign);
    const again = without(left, this.#again).length;
    const failures: readonly KeyFailure[] = foreign.map((key) => ({ key, error: changedBetween(key) }));
    const { expired, changed, held } = this.#refused;
    for (const key of foreign) changed.add(key);
    return {
      ...outcome,
      done: outcome.done - foreign.length - again,
      skipped: outcome.skipped + again,
      failed: byKey(outcome.failed.concat(failures)),
      removed: this.removed(outcome).length,
      expired: [...expired],
      changed: [...changed, ...held],
    };
  }

  /** Keys that were deleted because the operation had added them. */
  removed(outcome: ChangeOutcome): readonly string[] {
    return without(leftBy(outcome), this.#removals).filter((key) => !this.#again.has(key) && !this.#foreign.has(key));
  }

  /** Keys that were restored. */
  restored(outcome: ChangeOutcome): ReadonlyMap<string, Restored> {
    const left = leftBy(outcome);
    return new Map([...this.#restored].filter(([key]) => !left.has(key) && !this.#again.has(key)));
  }

  /** Keys with nothing left to undo. None, as long as a key is held for another one. */
  undone(outcome: ChangeOutcome, superseded: ReadonlySet<string>): readonly string[] {
    if (this.#refused.held.size > 0) return [];
    const restored = without(leftBy(outcome), this.#restored.keys());
    const others = this.isDoubtful ? [] : this.states.keys();
    return [...restored, ...others].filter((key) => !superseded.has(key));
  }
}

/** Keys that were not processed. */
const leftBy = ({ failed, untried = [] }: ChangeOutcome): ReadonlySet<string> =>
  new Set([...failed.map(({ key }) => key), ...untried]);

const without = (left: ReadonlySet<string>, keys: Iterable<string>): readonly string[] =>
  [...keys].filter((key) => !left.has(key));

/** One failure per key, although several lines of it may have failed. An uncertain one takes precedence. */
function byKey(failures: readonly KeyFailure[]): readonly KeyFailure[] {
  const all = new Map<string, KeyFailure>();
  for (const failure of failures) {
    if (!all.has(failure.key) || failure.uncertain) all.set(failure.key, failure);
  }
  return [...all.values()];
}
