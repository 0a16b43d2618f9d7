import { isKvError } from '../../core/base/errors.ts';
import type { KeyChange, ResumableWork } from '../../core/change/keyChange.ts';
import { batchLimits } from '../../core/store/batches.ts';
import type { EntrySource } from '../../core/store/entrySource.ts';
import { fullName } from '../../core/store/names.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import type { Selection } from '../../core/store/selection.ts';
import type { BulkOutcome, KeyFailure } from '../../core/store/store.ts';
import { countText } from '../../core/text/countText.ts';
import { type EntryChange, type PutPlan, planPut } from '../../core/transfer/putPlan.ts';
import { RefusedEntries } from '../../core/transfer/refusedEntries.ts';
import { triedKeys } from '../../ui/outcome.ts';
import { startPace } from '../../ui/pace.ts';
import type { NotedWork } from '../change/resuming.ts';
import type { Run } from '../invocation/command.ts';
import { checkWritable, targetStoreOf } from '../invocation/targets.ts';
import { askWithoutUndo } from '../sync/askSync.ts';
import { askToPlan, askToPut } from './askTransfer.ts';
import type { OnConflict } from './onConflict.ts';
import { type TransferKind, textsOf } from './transferTexts.ts';

/**
 * `undo` is the id for undoing this transfer, including what its earlier starts wrote. Absent if nothing was written,
 * or if there was no room for a backup.
 */
export interface TransferOutcome extends BulkOutcome {
  readonly undo?: string;
  /** How many keys were not reached because it was cancelled; absent if none, or if they were not counted yet. */
  readonly left?: number;
}

/** Many entries to write to one namespace. */
export interface Transfer {
  readonly entries: EntrySource;
  /** Whether the entries may differ when they are read again. */
  readonly mayChange?: boolean;
  readonly to: NamespaceRef;
  readonly kind: TransferKind;
  /** The selection in the source namespace, if the entries come from one. */
  readonly selection?: Selection;
  /** What to do with existing keys; by default the user is asked. */
  readonly onConflict?: OnConflict | undefined;
  /** Whether the caller has already confirmed. */
  readonly confirmed: boolean;
  /** Whether to ask before writing to a real account, whatever the setting says. */
  readonly asksForRemote?: boolean;
  /** Absent for work that cannot be resumed. */
  readonly noted?: NotedWork;
  /** Keys that were to be written but are missing from the entries, as known once these were read. */
  readonly missing?: () => readonly KeyFailure[];
}

/**
 * Reads all entries to check them, looks up what they overwrite, asks, and writes. The only way to write many entries
 * to a namespace. `undefined` when dismissed.
 */
export async function transfer(
  {
    entries,
    mayChange,
    to,
    kind,
    selection,
    onConflict,
    confirmed,
    asksForRemote,
    noted,
    missing = () => [],
  }: Transfer,
  run: Run,
): Promise<TransferOutcome | undefined> {
  const { services, signal, report, waitFor } = run;
  await checkWritable(services, to);
  const described = await services.sources.describe(to);
  const where = fullName(described);
  const texts = textsOf({ kind, ...(selection && { selection }) }, where);
  const side = described.source.kind;
  const asksAtAll =
    side === 'remote' && !confirmed && (asksForRemote === true || services.settings.confirmWrites !== 'never');
  const checkPace = startPace();
  let plan: PutPlan;
  let isAgreed: boolean | undefined = false;
  try {
    // The user agreed to resumed work when it began.
    if (asksAtAll && noted?.resuming !== true) isAgreed = await askToPlan(entries, texts, run);
    if (isAgreed === undefined) return undefined;
    plan = await planPut(entries, await targetStoreOf(services, to), {
      signal,
      limits: batchLimits[side],
      mayChange,
      isResuming: noted?.resuming === true,
      onConflict: onConflict === undefined || (asksAtAll && onConflict !== 'fail') ? 'ask' : onConflict,
      report: (done) => report(checkPace(texts.checking(done), done)),
    });
  } catch (error) {
    if (!isKvError(error, 'cancelled')) throw error;
    return { done: 0, skipped: 0, failed: missing(), cancelled: true };
  }
  if (plan.total === 0) {
    const failed = missing();
    const left = noted?.left;
    // What cannot be read is left still; what does not exist is not.
    if (left && failed.every(({ error }) => error.kind === 'notFound')) await services.journals.noteWhole(left.id);
    const isResumed = noted?.resuming === true && left?.isUndoable === true;
    return { done: 0, skipped: 0, failed, cancelled: false, ...(isResumed && { undo: left.id }) };
  }
  const canUndo = services.journals.hasRoomFor(plan.existing.bytes, plan.total);
  const answer = await waitFor(
    askToPut(plan, { onConflict, asksAtAll, isAgreed, canUndo, side, texts, settings: services.settings }),
  );
  if (answer === undefined) return undefined;
  const pace = startPace(plan.total);
  report(texts.progress('0', plan.total));
  const refused = new RefusedEntries();
  const { untried, ...outcome } = await services.changes.run(
    { kind, namespace: to, label: texts.label },
    plan.steps(answer, signal),
    {
      signal,
      limits: batchLimits[side],
      earlier: noted?.left?.id,
      ...(noted && { work: noteOf(noted, plan.total) }),
      report: (done) => report(pace(texts.progress(countText(done), plan.total), done)),
      ...(canUndo && run.isInteractive && { onFull: () => waitFor(askWithoutUndo(plan.total, where, services)) }),
      onFailed: (failure, change) => {
        if (isEntryChange(change)) refused.keep(failure, change.entry);
      },
    },
  );
  const left = outcome.cancelled ? plan.total - triedKeys(outcome) : 0;
  return { ...outcome, failed: [...missing(), ...outcome.failed], ...(left > 0 && { left }) };
}

const noteOf = ({ work, title, firstAt, firstAhead }: NotedWork, total: number): ResumableWork => ({
  ...work,
  title,
  total,
  since: firstAt,
  ...(firstAhead !== undefined && { ahead: firstAhead }),
});

const isEntryChange = (change: KeyChange): change is EntryChange => 'entry' in change;
