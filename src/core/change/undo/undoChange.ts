import type { KvError } from '../../base/errors.ts';
import { type KvEntry, nowSeconds } from '../../entry/entry.ts';
import { type EntryState, entryDigest } from '../../entry/entryDigest.ts';
import { MIN_LIFETIME_SECONDS } from '../../entry/limits.ts';
import type { BatchLimits } from '../../store/batches.ts';
import type { BulkOptions, KeyFailure } from '../../store/store.ts';
import type { ChangeOutcome, Changes } from '../changes.ts';
import type { JournalInfo } from '../journal/journalInfo.ts';
import type { Journals } from '../journal/journals.ts';
import type { Moment } from '../journal/moment.ts';
import type { Restored } from '../journal/overtaken.ts';
import type { TracedLine } from '../journal/reading.ts';
import { hasEnded, type PresentState } from '../journal/superseded.ts';
import type { KeyChange, Step } from '../keyChange.ts';
import { type Link, type Unwound, unwind } from './chain.ts';
import { type Chains, chainsOf, first, linkOf } from './chains.ts';
import {
  changedBetween,
  changedSince,
  eitherMoved,
  expiredSince,
  movedMeanwhile,
  movedOn,
  movedOnOver,
  onlyCopy,
} from './errors.ts';

export interface UndoOptions extends BulkOptions {
  /** The present in Unix seconds. */
  readonly now?: () => number;
  /** How much is written together. */
  readonly limits?: BatchLimits;
  /**
   * Reads may still show what was there before changes that were made after this moment, in milliseconds since 1970: a key
   * that seems to be as it was is written all the same.
   */
  readonly staleSince?: number;
}

/** `skipped` counts keys that are already as they were. The names in both lists are in `failed` too. */
export interface UndoOutcome extends Omit<ChangeOutcome, 'undo'> {
  /** How many of those done were deleted, because the operation had added them. */
  readonly removed: number;
  /** Not written back, because they would have expired by now or within a minute. */
  readonly expired: readonly string[];
  /**
   * Left alone, because they were changed after the operation, or have what a key that was changed cannot get back; or given back what somebody wrote between two starts of
   * it, which is not what they were before.
   */
  readonly changed: readonly string[];
  /** Of a rename of which the new name is gone: the former one has what that had. */
  readonly renamedBack?: { readonly from: string; readonly to: string };
}

/**
 * Takes a change back: keys that were there get value, metadata and expiration, keys that were added are deleted; what
 * has changed since is left alone. Lets go of the journal when nothing more of it can be taken back. Doing it again is
 * harmless. Rejects with `busy` while the operation, or another undo of it, goes on.
 */
export async function undoChange(
  info: JournalInfo,
  { journals, changes }: { readonly journals: Journals; readonly changes: Changes },
  options: UndoOptions = {},
): Promise<UndoOutcome> {
  return await journals.whileUsed(info.id, async () => {
    const undoing = new Undoing(options, journals.moment);
    const lines = await journals.reader(info.id);
    const namespace = { source: info.source, id: info.namespace };
    const { signal, report } = options;
    const isRename = info.kind === 'rename';
    const limits = isRename ? ALL_OF_A_RENAME : options.limits;
    const steps = undoing.steps(lines, { isRename, checkEnded: () => journals.checkEnded(info.id) });
    const operation = { kind: info.kind, namespace, label: info.label };
    const main = await changes.run(operation, steps, {
      isUnrecorded: true,
      ...(signal && { signal }),
      ...(report && { report }),
      ...(limits && { limits }),
    });
    // Not cancelled: what has begun is not left half-way.
    const after = undoing.isMoreToDo
      ? await changes.run(operation, undoing.stepsAfter(), { isUnrecorded: true })
      : undefined;
    // It was written before: whether it is still there is not known then.
    const open = (after?.failed ?? []).map((failure) => ({ ...failure, uncertain: true as const }));
    const outcome = { ...main, failed: main.failed.concat(open) };
    const result = undoing.outcome(outcome);
    const isOver = !result.cancelled && result.failed.every(({ key }) => undoing.isFinal(key));
    // What was done is told in any case: a journal that stays as it was can be taken back again without harm.
    await letGo(journals, info, undoing, outcome, isOver).catch(() => {});
    return result;
  });
}

/** The former name, and it once more together with the new one. */
const ALL_OF_A_RENAME: BatchLimits = { items: 3, bytes: Number.POSITIVE_INFINITY };

/** Lets go of a journal of which nothing is left, or notes in it what was taken back. */
async function letGo(
  journals: Journals,
  info: JournalInfo,
  undoing: Undoing,
  outcome: ChangeOutcome,
  isOver: boolean,
): Promise<void> {
  await journals.noteOvertaken(info, undoing.restored(outcome));
  const superseded = await journals.superseded(info, { states: undoing.states, now: undoing.now() });
  if (isOver && superseded.size === 0 && (await journals.remove(info.id, undoing.lines))) return;
  await journals.noteUndone(info.id, undoing.undone(outcome, superseded), undoing.lines);
}

class Undoing {
  readonly #options: UndoOptions;
  readonly #moment: () => Moment;
  readonly #expired = new Set<string>();
  readonly #changed = new Set<string>();
  /** Keys that have what another one could not be given back. */
  readonly #held = new Set<string>();
  /** Keys to which goes back what somebody else wrote between two starts. */
  readonly #foreign = new Set<string>();
  /** Keys that seem to be as they were: to write them does no harm, and not to may lose them. */
  readonly #again = new Set<string>();
  readonly #removals = new Set<string>();
  readonly #restored = new Map<string, Restored>();
  /** The former name of a rename once more, when the new one has gone from an account. */
  #after: KeyChange | undefined;
  /** The two names of a rename. */
  #renaming: UndoOutcome['renamedBack'];
  /** How many lines of the journal it is about. */
  lines = 0;
  /** What keys are that were changed since. */
  readonly states = new Map<string, PresentState>();

  constructor(options: UndoOptions, moment: () => Moment) {
    this.#options = options;
    this.#moment = moment;
  }

  /** The present in Unix seconds. */
  readonly now = (): number => (this.#options.now ?? nowSeconds)();

  /** Nothing more can be done about this key, unless what it was changed to since is taken back. */
  isFinal(key: string): boolean {
    return this.#expired.has(key) || this.#changed.has(key);
  }

  /**
   * Goes through the lines twice: most keys have one, and the values of the others are not to be held. `checkEnded` throws
   * when somebody goes on with the work: what was counted before is not theirs.
   */
  async *steps(
    lines: () => AsyncIterable<TracedLine>,
    { isRename, checkEnded }: { readonly isRename: boolean; readonly checkEnded: () => Promise<void> },
  ): AsyncGenerator<KeyChange> {
    const { chains, total, damage } = await chainsOf(lines, this.now);
    this.lines = total;
    await checkEnded();
    const all = first(total, lines());
    yield* isRename && total <= 2 && chains.size === 0 ? this.#renameSteps(all) : this.#stepsOf(all, chains);
    if (damage) throw damage;
  }

  async *#stepsOf(all: AsyncIterable<TracedLine>, chains: Chains['chains']): AsyncGenerator<KeyChange> {
    const counts = new Map<string, number>();
    /** Keys with several lines that are dealt with. */
    const handled = new Set<string>();
    for await (const line of all) {
      const { key, before, isWritten } = line;
      if (isWritten === 'no') continue;
      const chain = chains.get(key);
      if (chain === undefined) {
        yield this.#stepOf(line);
        continue;
      }
      const at = counts.get(key) ?? 0;
      counts.set(key, at + 1);
      yield {
        key,
        bytes: before?.value.length ?? 0,
        onMadeByOthers: () => this.#foundAsBefore(key),
        decide: (now) => {
          if (handled.has(key)) return 'none';
          const end = unwind(entryDigest(now), chain);
          const to = end === 'changed' ? at : end === 'asBefore' ? 0 : end.to;
          if (to !== at) {
            if (at < chain.length - 1) return 'none';
            // It was of use to a line before, and moved since.
            throw movedMeanwhile(key);
          }
          handled.add(key);
          return this.#decide(line, entryDigest(now), { links: chain, end });
        },
      };
    }
  }

  /** Writes a key once more that was given back before, where it seems to be so still. */
  #againOf({ key, before }: TracedLine): KeyChange {
    const decide = (now: KvEntry | undefined): Step => {
      if (before === undefined || entryDigest(now) !== entryDigest(before) || this.#endsTooSoon(before)) return 'none';
      this.#again.add(key);
      return { entry: { key, ...before } };
    };
    return { key, bytes: before?.value.length ?? 0, decide };
  }

  /**
   * Of the only line of a key. `refuse` throws where what it has now must not go; `isAgain`: it is written even if it seems
   * to be as it was.
   */
  #stepOf(line: TracedLine, { refuse = () => {}, isAgain = false }: StepOptions = {}): KeyChange {
    const { key, before } = line;
    const links = [linkOf(line, this.now)];
    return {
      key,
      bytes: before?.value.length ?? 0,
      onMadeByOthers: () => this.#foundAsBefore(key),
      decide: (now) => {
        const digest = entryDigest(now);
        return this.#decide(line, digest, { links, end: unwind(digest, links), refuse: () => refuse(now), isAgain });
      },
    };
  }

  /**
   * The new name, which a rename writes first, keeps what it has until that is seen under the former one, whatever the
   * journal says of that: nobody else may have it. Where it has ended by itself there is nothing to keep.
   */
  async *#renameSteps(lines: AsyncIterable<TracedLine>): AsyncGenerator<KeyChange> {
    const both: TracedLine[] = [];
    for await (const line of lines) both.push(line);
    const [renamed, former] = both;
    /** A reading that may be old proves nothing: there, this undo itself must have written the former name. */
    let isSure = this.#options.staleSince === undefined;
    let isByOthers = false;
    if (former && (former.isWritten !== 'no' || (!isSure && renamed && renamed.isWritten !== 'no'))) {
      const step = former.isWritten === 'no' ? this.#againOf(former) : this.#stepOf(former, { isAgain: !isSure });
      const onMadeByOthers = (): void => {
        isByOthers = true;
        step.onMadeByOthers?.();
      };
      const onWritten = (): void => {
        isSure ||= !isByOthers;
      };
      yield { ...step, onMadeByOthers, onWritten };
    }
    if (renamed === undefined || renamed.isWritten === 'no') return;
    let seen: { readonly digest: string | undefined } | undefined;
    if (former) {
      this.#renaming = { from: renamed.key, to: former.key };
      const see = (now: KvEntry | undefined): Step => {
        seen = { digest: entryDigest(now) };
        return 'none';
      };
      yield { key: former.key, decide: see, isOnlyRead: true };
    }
    const kept = entryDigest(former?.before);
    const refuse = (now: KvEntry | undefined): void => {
      const isBack = kept !== undefined && seen?.digest === kept;
      if ((isBack && isSure) || (now === undefined && hasEnded(renamed.ends, this.now()))) return;
      if (former && isBack && !this.#endsTooSoon(former.before)) {
        this.#refuse(this.#held, eitherMoved(renamed.key, former.key), renamed.key);
      }
      if (former?.isUndone && seen && !isBack) this.#refuseMovedOn(renamed, former, seen.digest);
      this.#refuse(this.#held, onlyCopy(renamed.key), renamed.key);
    };
    const onWritten = (): void => {
      if (former && this.#options.staleSince !== undefined) this.#after = this.#afterOf(former);
    };
    yield { ...this.#stepOf(renamed, { refuse }), onWritten };
  }

  get isMoreToDo(): boolean {
    return this.#after !== undefined;
  }

  /**
   * What is to be done when all else is. Where nothing holds a key while another goes, another window may have taken the
   * former name away at the same moment, as the new name of another rename: each writes what it relied on once more, so
   * that whoever comes last has it.
   */
  async *stepsAfter(): AsyncGenerator<KeyChange> {
    if (this.#after) yield this.#after;
  }

  #afterOf({ key, before }: TracedLine): KeyChange {
    const decide = (now: KvEntry | undefined): Step => {
      const isOthers = now !== undefined && entryDigest(now) !== entryDigest(before);
      return before === undefined || isOthers || this.#endsTooSoon(before) ? 'none' : { entry: { key, ...before } };
    };
    return { key, bytes: before?.value.length ?? 0, decide };
  }

  /** Nobody knows where what was given back is by now: what the new name has may be all of it, and stays. */
  #refuseMovedOn({ key, before }: TracedLine, former: TracedLine, digest: string | undefined): void {
    // Once a later change of it is taken back, it may be seen there again.
    this.states.set(former.key, { digest, kept: former.kept });
    if (before) this.#refuse(this.#held, movedOnOver(key, former.key), key);
    this.#refuse(this.#changed, movedOn(key, former.key), key);
  }

  outcome({ undo: _, ...outcome }: ChangeOutcome): UndoOutcome {
    const failed = new Set(outcome.failed.map(({ key }) => key));
    const untried = new Set(outcome.untried);
    const isDone = (key: string): boolean => !failed.has(key) && !untried.has(key);
    const foreign = [...this.#foreign].filter(isDone);
    const again = [...this.#again].filter(isDone).length;
    const failures: readonly KeyFailure[] = foreign.map((key) => ({ key, error: changedBetween(key) }));
    for (const key of foreign) this.#changed.add(key);
    const isRemoved = (key: string): boolean =>
      this.#removals.has(key) && isDone(key) && !this.#again.has(key) && !this.#foreign.has(key);
    const renamedBack = this.#renaming && isRemoved(this.#renaming.from) ? this.#renaming : undefined;
    return {
      ...outcome,
      done: outcome.done - foreign.length - again,
      skipped: outcome.skipped + again,
      failed: byKey(outcome.failed.map((failure) => this.#explained(failure)).concat(failures)),
      removed: [...this.#removals].filter(isRemoved).length,
      expired: [...this.#expired],
      changed: [...this.#changed, ...this.#held],
      ...(renamedBack && { renamedBack }),
    };
  }

  /** What the new name of a rename has goes only while the former one has it: either may have moved. */
  #explained(failure: KeyFailure): KeyFailure {
    const { key, error, uncertain } = failure;
    const isOwn = this.#changed.has(key) || this.#held.has(key);
    if (key !== this.#renaming?.from || error.kind !== 'conflict' || uncertain || isOwn) return failure;
    return { key, error: eitherMoved(key, this.#renaming.to) };
  }

  #decide(line: TracedLine, now: string | undefined, { links, end, refuse = () => {}, isAgain = false }: Found): Step {
    const { key, before, isForeign, kept } = line;
    if (end === 'changed') {
      const isOne = links.length === 1;
      this.states.set(key, { digest: now, kept, ...(isOne && { before: links[0]?.before }) });
      return this.#refuse(this.#changed, changedSince(key), key);
    }
    if (end === 'asBefore') {
      if (isForeign) return this.#refuse(this.#changed, changedBetween(key), key);
      const isPlain = links.every(({ after }) => after === links[0]?.before);
      // It may be so because it was changed back since, and not by an undo.
      if (!isPlain) this.states.set(key, { digest: now, kept });
      const mayBeStale = isAgain || kept.at >= (this.#options.staleSince ?? Number.POSITIVE_INFINITY);
      if (!mayBeStale || isPlain || this.#endsTooSoon(before)) return 'skip';
      refuse();
      this.#again.add(key);
      return this.#restore(line);
    }
    refuse();
    if (this.#endsTooSoon(before)) return this.#refuse(this.#expired, expiredSince(key), key);
    if (end.isForeign || isForeign) this.#foreign.add(key);
    return this.#restore(line);
  }

  /** Keys that were made what they were before. */
  restored(outcome: ChangeOutcome): ReadonlyMap<string, Restored> {
    const left = leftBy(outcome);
    return new Map([...this.#restored].filter(([key]) => !left.has(key) && !this.#again.has(key)));
  }

  /** Keys of which nothing is left to be taken back: none while another one waits for them. */
  undone(outcome: ChangeOutcome, superseded: ReadonlySet<string>): readonly string[] {
    if (this.#held.size > 0) return [];
    const left = leftBy(outcome);
    const restored = [...this.#restored.keys()].filter((key) => !left.has(key));
    return [...restored, ...this.states.keys()].filter((key) => !superseded.has(key));
  }

  /** It came to be as it was before by a change that was made meanwhile: what that has kept is not to go. */
  #foundAsBefore(key: string): void {
    const restored = this.#restored.get(key);
    if (restored === undefined) return;
    this.#restored.delete(key);
    this.states.set(key, { digest: restored.state, kept: restored.kept });
  }

  #restore({ key, before, kept }: TracedLine): Step {
    this.#restored.set(key, { kept, at: this.#moment(), state: entryDigest(before) });
    if (before) return { entry: { key, ...before } };
    this.#removals.add(key);
    return 'delete';
  }

  #endsTooSoon(state: EntryState | undefined): boolean {
    const soonest = this.now() + MIN_LIFETIME_SECONDS;
    return state?.expiration !== undefined && state.expiration < soonest;
  }

  #refuse(names: Set<string>, error: KvError, key: string): never {
    names.add(key);
    throw error;
  }
}

/** What taking a key back has come to. */
interface Found {
  readonly links: readonly Link[];
  readonly end: Unwound;
  /** Throws where what it has now must not go. */
  readonly refuse?: () => void;
  /** It is written even if it seems to be as it was. */
  readonly isAgain?: boolean;
}

interface StepOptions extends Pick<Found, 'isAgain'> {
  readonly refuse?: (now: KvEntry | undefined) => void;
}

const leftBy = ({ failed, untried = [] }: ChangeOutcome): ReadonlySet<string> =>
  new Set([...failed.map(({ key }) => key), ...untried]);

/** One for each key, which several lines may have failed for: what is uncertain once stays so. */
function byKey(failures: readonly KeyFailure[]): readonly KeyFailure[] {
  const all = new Map<string, KeyFailure>();
  for (const failure of failures) {
    if (!all.has(failure.key) || failure.uncertain) all.set(failure.key, failure);
  }
  return [...all.values()];
}
