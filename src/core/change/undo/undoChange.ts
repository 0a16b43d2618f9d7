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
  /** The current time in Unix seconds, instead of the namespace's clock. */
  readonly now?: () => number;
  /** How much is written at a time. */
  readonly limits?: BatchLimits;
}

/**
 * Undoes a change: existing keys get their old value, metadata and expiration, and added keys are deleted. Keys that
 * have changed since are left alone. Removes the journal when nothing more in it can be undone. Undoing twice is
 * harmless. Rejects with `busy` while the operation, or another undo of it, is running.
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
    const covered: string[] = [];
    // The outcome is returned even if this fails: a journal that stays unchanged can be undone again without harm.
    await letGo(journals, info, { ledger, outcome, covered, isOver: isOver && !reading.failure }).catch(() => {});
    if (reading.failure && !result.cancelled) throw brokenOff(reading.failure, result, isOver);
    return covered.length > 0 ? { ...result, covered } : result;
  });
}

/**
 * Cannot be cancelled, so that nothing is left half done. Never rejects, because what was done before must be reported.
 */
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

/** The error that stopped the reading of the lines. */
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
  /** Absent if the change is not a rename. */
  readonly rename: RenameSteps | undefined;
  /** Receives the error to throw once everything that was read has been undone and recorded. */
  readonly reading: Reading;
  /** Throws if the work was resumed meanwhile, because its lines were counted before that. */
  readonly checkEnded: () => Promise<unknown>;
}

/** Reads the lines twice. Most keys have a single line, and the values of the others must not be held in memory. */
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

interface LetGoParts {
  readonly ledger: UndoLedger;
  readonly outcome: ChangeOutcome;
  /** Whether everything that can be undone was. */
  readonly isOver: boolean;
  /** Receives the keys that later changes are known to cover. */
  readonly covered: string[];
}

/** Removes a journal with nothing left to undo, or records in it what was undone. */
async function letGo(
  journals: Journals,
  info: JournalInfo,
  { ledger, outcome, isOver, covered }: LetGoParts,
): Promise<void> {
  await journals.noteOvertaken(info, ledger.restored(outcome));
  const { keys, known } = await journals.superseded(info, { states: ledger.states, now: ledger.now() });
  covered.push(...known);
  if (isOver && keys.size === 0 && (await journals.remove(info.id, ledger.lines))) return;
  await journals.noteUndone(info.id, ledger.undone(outcome, keys), ledger.lines);
}
