import { isKvError } from '../../base/errors.ts';
import type { BatchLimits } from '../../store/batches.ts';
import type { BulkOptions, KeyFailure } from '../../store/store.ts';
import type { ChangeOutcome, Changes } from '../changes.ts';
import { afterwards, failureOf } from '../failures.ts';
import { damagedJournal, isDamagedJournal } from '../journal/errors.ts';
import type { JournalInfo } from '../journal/journalInfo.ts';
import type { Journals } from '../journal/journals.ts';
import type { TracedLine } from '../journal/reading.ts';
import type { KeyChange, Operation } from '../keyChange.ts';
import { chainsOf, first } from './chains.ts';
import { keySteps } from './keySteps.ts';
import { ALL_OF_A_RENAME, RenameSteps } from './renameSteps.ts';
import { UndoLedger, type UndoOutcome, type UndoTimes } from './undoLedger.ts';

export interface UndoOptions extends BulkOptions, Partial<Pick<UndoTimes, 'staleSince'>> {
  /** The present in Unix seconds, in the place of the clock of the namespace. */
  readonly now?: () => number;
  /** How much is written together. */
  readonly limits?: BatchLimits;
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
    const { signal, report, now, staleSince } = options;
    const namespace = { source: info.source, id: info.namespace };
    const clock = now ? { now, isKnown: true } : await changes.clockOf(namespace);
    const ledger = new UndoLedger({ clock, staleSince, moment: journals.moment });
    const rename = info.kind === 'rename' ? new RenameSteps(ledger) : undefined;
    const lines = await journals.reader(info.id);
    const limits = rename ? ALL_OF_A_RENAME : options.limits;
    const reading: Reading = {};
    const steps = stepsOf(lines, { ledger, rename, reading, checkEnded: () => journals.checkEnded(info.id) });
    const operation: Operation = {
      kind: info.kind,
      label: info.label,
      namespace,
    };
    const main = await changes.run(operation, steps, {
      isUnrecorded: true,
      ...(signal && { signal }),
      ...(report && { report }),
      ...(limits && { limits }),
    });
    const outcome = rename?.isMoreToDo ? rename.withAfter(main, await failuresAfter(rename, changes, operation)) : main;
    const result = (rename ?? ledger).outcome(outcome);
    const isSettled = !result.cancelled && result.failed.every(({ key }) => ledger.isFinal(key));
    const isOver = isSettled && !ledger.isDoubtful;
    // What was done is told in any case: a journal that stays as it was can be taken back again without harm.
    await letGo(journals, info, ledger, outcome, isOver && !reading.failure).catch(() => {});
    if (reading.failure && !result.cancelled) throw brokenOff(reading.failure, result, isOver);
    return result;
  });
}

/** Not cancelled: what has begun is not left half-way. And never rejects: what was done before is to be told. */
async function failuresAfter(
  rename: RenameSteps,
  changes: Changes,
  operation: Operation,
): Promise<readonly KeyFailure[]> {
  try {
    return (await changes.run(operation, rename.stepsAfter(), { isUnrecorded: true })).failed;
  } catch (error) {
    return rename.keysAfter.map((key) => failureOf(key, error));
  }
}

/** What kept the lines from being read to their end, or all of them. */
interface Reading {
  failure?: unknown;
}

function brokenOff(failure: unknown, outcome: UndoOutcome, isOver: boolean): unknown {
  const { done, failed } = outcome;
  if (isDamagedJournal(failure)) {
    return damagedJournal({ isSpent: isOver && done === 0, more: failed[0]?.error.message });
  }
  const isUntouched = done === 0 && !failed.some(({ uncertain }) => uncertain);
  return isUntouched || !isKvError(failure) ? failure : afterwards(failure, outcome);
}

interface StepsParts {
  readonly ledger: UndoLedger;
  /** Absent for a change of another kind. */
  readonly rename: RenameSteps | undefined;
  /** Told what is to be thrown once all that was read is done, and noted. */
  readonly reading: Reading;
  /** Throws when somebody goes on with the work: what was counted before is not theirs. */
  readonly checkEnded: () => Promise<void>;
}

/** Goes through the lines twice: most keys have one, and the values of the others are not to be held. */
async function* stepsOf(
  lines: () => AsyncIterable<TracedLine>,
  { ledger, rename, reading, checkEnded }: StepsParts,
): AsyncGenerator<KeyChange> {
  const { chains, total, lines: all, isDamaged } = await chainsOf(lines, ledger.hasEnded);
  ledger.lines = all;
  if (isDamaged) reading.failure = damagedJournal();
  await checkEnded();
  const written = first(total, lines());
  try {
    yield* rename && total <= 2 && chains.size === 0 ? rename.steps(written) : keySteps(written, chains, ledger);
  } catch (error) {
    reading.failure = error;
  }
}

/** Lets go of a journal of which nothing is left, or notes in it what was taken back. */
async function letGo(
  journals: Journals,
  info: JournalInfo,
  ledger: UndoLedger,
  outcome: ChangeOutcome,
  isOver: boolean,
): Promise<void> {
  await journals.noteOvertaken(info, ledger.restored(outcome));
  const superseded = await journals.superseded(info, { states: ledger.states, now: ledger.now() });
  if (isOver && superseded.size === 0 && (await journals.remove(info.id, ledger.lines))) return;
  await journals.noteUndone(info.id, ledger.undone(outcome, superseded), ledger.lines);
}
