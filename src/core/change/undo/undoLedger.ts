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

/** `skipped` counts keys that are already as they were. The names in both lists are in `failed` too. */
export interface UndoOutcome extends Omit<ChangeOutcome, 'undo'> {
  /** How many of those done were deleted, because the operation had added them. */
  readonly removed: number;
  /** Not written back, because they would have expired by now or within a minute. */
  readonly expired: readonly string[];
  /**
   * Left alone, because they were changed after the operation, or have what a key that was changed cannot get back; or
   * given back what somebody wrote between two starts of it, which is not what they were before.
   */
  readonly changed: readonly string[];
  /** Of a rename of which the new name is gone: the former one has what that had. */
  readonly renamedBack?: { readonly from: string; readonly to: string };
}

export interface UndoTimes {
  /** That of the namespace, which may become known by the first answer. */
  readonly clock: LifetimeClock;
  /**
   * Reads may still show what was there before changes that were made after this moment, in milliseconds since 1970: a
   * key that seems to be as it was is written all the same.
   */
  readonly staleSince: number | undefined;
  /** That of now, as journals tell it. */
  readonly moment: () => Moment;
}

/** What taking a change back has come to, key by key: for whoever asked for it, and for the journals. */
export class UndoLedger {
  readonly #times: UndoTimes;
  readonly #refused = {
    expired: new Set<string>(),
    changed: new Set<string>(),
    /** Keys that have what another one could not be given back. */
    held: new Set<string>(),
  };
  /** Keys to which goes back what somebody else wrote between two starts. */
  readonly #foreign = new Set<string>();
  /** Keys that seem to be as they were: to write them does no harm, and not to may lose them. */
  readonly #again = new Set<string>();
  readonly #removals = new Set<string>();
  readonly #restored = new Map<string, Restored>();
  #isDoubtful = false;
  /** How many lines of the journal it is about. */
  lines = 0;
  /** What keys are that were changed since. */
  readonly states = new Map<string, PresentState>();

  constructor(times: UndoTimes) {
    this.#times = times;
  }

  /** The present in Unix seconds. */
  now(): number {
    return this.#times.clock.now();
  }

  /**
   * Whether something is as it is for a lifetime that was judged by a clock that is not known: that is not the end of
   * it.
   */
  get isDoubtful(): boolean {
    if (this.#isDoubtful) return true;
    // The ends of other changes were judged for these.
    return !this.#times.clock.isKnown && [...this.states.values()].some(({ digest }) => digest === undefined);
  }

  /** Whether a state with this expiration is over by itself. */
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

  /** Leaves a key alone: throws the error. `held`: it has what another one could not be given back. */
  refuse(why: 'expired' | 'changed' | 'held', error: KvError, key: string): never {
    this.#refused[why].add(key);
    throw error;
  }

  /** Makes the key of a line what it was before. */
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

  /** It came to be as it was before by a change that was made meanwhile: what that has kept is not to go. */
  foundAsBefore(key: string): void {
    const restored = this.#restored.get(key);
    if (restored === undefined) return;
    this.#restored.delete(key);
    this.states.set(key, { digest: restored.state, kept: restored.kept });
  }

  /** Nothing more can be done about this key, unless what it was changed to since is taken back. */
  isFinal(key: string): boolean {
    return this.#refused.expired.has(key) || this.#refused.changed.has(key);
  }

  /** It was refused for what it, or another key, was changed to since. */
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

  /** Keys that were deleted, because the operation had added them. */
  removed(outcome: ChangeOutcome): readonly string[] {
    return without(leftBy(outcome), this.#removals).filter((key) => !this.#again.has(key) && !this.#foreign.has(key));
  }

  /** Keys that were made what they were before. */
  restored(outcome: ChangeOutcome): ReadonlyMap<string, Restored> {
    const left = leftBy(outcome);
    return new Map([...this.#restored].filter(([key]) => !left.has(key) && !this.#again.has(key)));
  }

  /** Keys of which nothing is left to be taken back: none while another one waits for them. */
  undone(outcome: ChangeOutcome, superseded: ReadonlySet<string>): readonly string[] {
    if (this.#refused.held.size > 0) return [];
    const restored = without(leftBy(outcome), this.#restored.keys());
    const others = this.isDoubtful ? [] : this.states.keys();
    return [...restored, ...others].filter((key) => !superseded.has(key));
  }
}

/** Keys that were not done. */
const leftBy = ({ failed, untried = [] }: ChangeOutcome): ReadonlySet<string> =>
  new Set([...failed.map(({ key }) => key), ...untried]);

const without = (left: ReadonlySet<string>, keys: Iterable<string>): readonly string[] =>
  [...keys].filter((key) => !left.has(key));

/** One for each key, which several lines may have failed for: what is uncertain once stays so. */
function byKey(failures: readonly KeyFailure[]): readonly KeyFailure[] {
  const all = new Map<string, KeyFailure>();
  for (const failure of failures) {
    if (!all.has(failure.key) || failure.uncertain) all.set(failure.key, failure);
  }
  return [...all.values()];
}
