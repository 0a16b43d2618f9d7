import type { KvEntry } from '../../entry/entry.ts';
import { entryDigest } from '../../entry/entryDigest.ts';
import type { BatchLimits } from '../../store/batches.ts';
import type { KeyFailure } from '../../store/store.ts';
import type { ChangeOutcome } from '../changes.ts';
import type { TracedLine } from '../journal/reading.ts';
import type { KeyChange } from '../keyChange.ts';
import { eitherMoved, movedOn, movedOnOver, onlyCopy } from './errors.ts';
import { keyStep, stepOn } from './keySteps.ts';
import type { UndoLedger, UndoOutcome } from './undoLedger.ts';

/** The former name, and the former name once more together with the new one. */
export const ALL_OF_A_RENAME: BatchLimits = { items: 3, bytes: Number.POSITIVE_INFINITY };

/**
 * Undoes a rename. The new name is written first by a rename. Whatever the journal says, it keeps its value until that
 * value is seen under the former name, because it may be the only copy. If it has expired, there is nothing to keep.
 */
export class RenameSteps {
  readonly #ledger: UndoLedger;
  #names: UndoOutcome['renamedBack'];
  /** If reads may be stale, they prove nothing: then this undo itself must have written the former name. */
  #isSure: boolean;
  /** Whether the former name was written. */
  #isWritten = false;
  /** The state of the former name when the new one is to be deleted. */
  #seen: { readonly digest: string | undefined } | undefined;
  /** Writes the former name once more, after the new one was deleted from an account. */
  #after: KeyChange | undefined;

  constructor(ledger: UndoLedger) {
    this.#ledger = ledger;
    this.#isSure = ledger.staleSince === undefined;
  }

  /** At most two `lines`: that of the new name, and that of the former one. */
  async *steps(lines: AsyncIterable<TracedLine>): AsyncGenerator<KeyChange> {
    const both: TracedLine[] = [];
    for await (const line of lines) both.push(line);
    // If one of the two lines cannot be read, the other one may be either of them.
    const isFormerAlone = both.length === 1 && both[0]?.after === undefined;
    const [renamed, former] = isFormerAlone ? [undefined, both[0]] : both;
    const isRenamed = renamed !== undefined && renamed.isWritten !== 'no';
    if (former && (former.isWritten !== 'no' || (!this.#isSure && isRenamed))) yield this.#giveBack(former);
    if (!isRenamed) return;
    if (former) {
      this.#names = { from: renamed.key, to: former.key };
      yield this.#look(former);
    }
    yield this.#takeAway(renamed, former);
  }

  get isMoreToDo(): boolean {
    return this.#after !== undefined;
  }

  /** The keys of {@link stepsAfter}. */
  get keysAfter(): readonly string[] {
    return this.#after ? [this.#after.key] : [];
  }

  /**
   * The steps after everything else. If a store cannot hold one key while another is deleted, another window may have
   * deleted the former name at the same moment, as the new name of another rename. Both write the key they relied on
   * once more, so that the last one to write has it.
   */
  async *stepsAfter(): AsyncGenerator<KeyChange> {
    if (this.#after) yield this.#after;
  }

  /**
   * Adds failures of {@link stepsAfter}: those keys were written before, so it is not known whether they still exist.
   */
  withAfter(main: ChangeOutcome, failures: readonly KeyFailure[]): ChangeOutcome {
    const failed = main.failed.concat(failures.map((failure) => ({ ...failure, uncertain: true as const })));
    const isCounted = failures.length > 0 && this.#isWritten;
    return { ...main, done: main.done - (isCounted ? 1 : 0), failed };
  }

  outcome(outcome: ChangeOutcome): UndoOutcome {
    const failed = outcome.failed.map((failure) => this.#explained(failure));
    const result = this.#ledger.outcome({ ...outcome, failed });
    const names = this.#names;
    return names && this.#ledger.removed(outcome).includes(names.from) ? { ...result, renamedBack: names } : result;
  }

  #giveBack(former: TracedLine): KeyChange {
    let isByOthers = false;
    const isAgain = !this.#isSure;
    const step = former.isWritten === 'no' ? this.#againOf(former) : keyStep(former, this.#ledger, { isAgain });
    const onMadeByOthers = (): void => {
      isByOthers = true;
      step.onMadeByOthers?.();
    };
    const onWritten = (): void => {
      this.#isWritten = true;
      this.#isSure ||= !isByOthers;
    };
    return { ...step, onMadeByOthers, onWritten };
  }

  /** Writes a former name once more that was restored before, if it still seems to be. */
  #againOf(former: TracedLine): KeyChange {
    const { key, before } = former;
    return stepOn(former, (now) => {
      const isThere = before !== undefined && entryDigest(now) === entryDigest(before);
      if (!isThere || this.#ledger.endsTooSoon(before)) return 'none';
      this.#ledger.noteAgain(key);
      return { entry: { key, ...before } };
    });
  }

  #look({ key }: TracedLine): KeyChange {
    return {
      key,
      decide: (now) => {
        this.#seen = { digest: entryDigest(now) };
        return 'none';
      },
      isOnlyRead: true,
    };
  }

  #takeAway(renamed: TracedLine, former: TracedLine | undefined): KeyChange {
    const refuse = (now: KvEntry | undefined): void => this.#refuseUnlessBack(renamed, former, now);
    const onWritten = (): void => {
      if (former && this.#ledger.staleSince !== undefined) this.#after = this.#afterOf(former);
    };
    return { ...keyStep(renamed, this.#ledger, { refuse }), onWritten };
  }

  #afterOf(former: TracedLine): KeyChange {
    const { key, before } = former;
    return stepOn(former, (now) => {
      const isOthers = now !== undefined && entryDigest(now) !== entryDigest(before);
      return before === undefined || isOthers || this.#ledger.endsTooSoon(before)
        ? 'none'
        : { entry: { key, ...before } };
    });
  }

  /** `now` is the state of the new name. */
  #refuseUnlessBack(renamed: TracedLine, former: TracedLine | undefined, now: KvEntry | undefined): void {
    const ledger = this.#ledger;
    const kept = entryDigest(former?.before);
    const isBack = kept !== undefined && this.#seen?.digest === kept;
    if ((isBack && this.#isSure) || (now === undefined && ledger.hasEnded(renamed.ends))) return;
    if (former && isBack && !ledger.endsTooSoon(former.before)) {
      ledger.refuse('held', eitherMoved(renamed.key, former.key), renamed.key);
    }
    if (former?.isUndone && this.#seen && !isBack) this.#refuseMovedOn(renamed, former, this.#seen.digest);
    ledger.refuse('held', onlyCopy(renamed.key), renamed.key);
  }

  /** The former name was restored but has changed since, so the new name may hold the only copy, and stays. */
  #refuseMovedOn({ key, before }: TracedLine, former: TracedLine, digest: string | undefined): never {
    // Once a later change of the key is undone, its value may be found there again.
    this.#ledger.states.set(former.key, { digest, kept: former.kept });
    if (before) this.#ledger.refuse('held', movedOnOver(key, former.key), key);
    this.#ledger.refuse('changed', movedOn(key, former.key), key);
  }

  /** The new name is deleted only while the former one has its value, so either of them may have changed. */
  #explained(failure: KeyFailure): KeyFailure {
    const { key, error, uncertain } = failure;
    if (key !== this.#names?.from || error.kind !== 'conflict' || uncertain) return failure;
    return this.#ledger.isLeftAlone(key) ? failure : { key, error: eitherMoved(key, this.#names.to) };
  }
}
