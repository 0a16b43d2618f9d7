import { isKvError } from '../../core/base/errors.ts';
import { batchLimits, readLimits } from '../../core/store/batches.ts';
import type { EntrySource } from '../../core/store/entrySource.ts';
import { fullName } from '../../core/store/names.ts';
import type { Selection } from '../../core/store/selection.ts';
import type { BulkOutcome } from '../../core/store/store.ts';
import { witnessed } from '../../core/store/wrappers/witnessed.ts';
import { type PutPlan, planPut, putEntries } from '../../core/transfer/putEntries.ts';
import type { NamespaceRef } from '../../fs/kvUri.ts';
import { triedKeys } from '../../ui/outcome.ts';
import { startPace } from '../../ui/pace.ts';
import { isComplete, type NotedWork } from '../change/resuming.ts';
import type { Run } from '../invocation/command.ts';
import { checkWritable, storeOf } from '../invocation/targets.ts';
import { askToPlan, askToPut } from './askTransfer.ts';
import type { OnConflict } from './onConflict.ts';
import { type TransferKind, textsOf } from './transferTexts.ts';

/**
 * `undo` is the id to undo this very writing by, with what its earlier starts had written; absent when nothing was
 * written, or there is no room for a backup.
 */
export interface TransferOutcome extends BulkOutcome {
  readonly undo?: string;
  /** How many keys a cancelled one did not come to; absent for none, and where they were not counted yet. */
  readonly left?: number;
}

/** Many entries that are to be written to one namespace. */
export interface Transfer {
  readonly entries: EntrySource;
  /** They may be others when they are gone through again. */
  readonly mayChange?: boolean;
  readonly to: NamespaceRef;
  readonly kind: TransferKind;
  /** Of which keys of the namespace that they come from, when they come from one. */
  readonly selection?: Selection;
  /** What becomes of keys that exist; when it is not given, the user is asked. */
  readonly onConflict?: OnConflict | undefined;
  /** True when the caller has answered the question. */
  readonly confirmed: boolean;
  /** Writing to a real account asks, whatever the setting says. */
  readonly asksForRemote?: boolean;
  /** Absent for what cannot be taken up again. */
  readonly noted?: NotedWork;
}

/**
 * Reads all entries to check them, backs up what they overwrite, asks, and writes: the one way in which many keys come
 * into a namespace. `undefined` when the question was dismissed.
 */
export async function transfer(
  { entries, mayChange, to, kind, selection, onConflict, confirmed, asksForRemote, noted }: Transfer,
  run: Run,
): Promise<TransferOutcome | undefined> {
  const { services, signal, report, waitFor } = run;
  checkWritable(services, to);
  const described = await services.sources.describe(to);
  const where = fullName(described);
  const store = witnessed(await storeOf(services, to));
  const texts = textsOf({ kind, ...(selection && { selection }) }, where);
  const subject = {
    kind: kind === 'import' ? ('import' as const) : ('overwrite' as const),
    ...{ source: to.source, namespace: to.id, label: texts.label },
  };
  const side = described.source.kind;
  const { settings } = services;
  const mayAsk = asksForRemote === true || settings.confirmWrites !== 'never';
  const asksAtAll = side === 'remote' && !confirmed && mayAsk;
  let plan: PutPlan;
  let isAgreed: boolean | undefined = false;
  const checkPace = startPace();
  try {
    // What is gone on with was agreed to when it began.
    if (asksAtAll && noted?.resuming !== true) isAgreed = await askToPlan(entries, texts, run);
    if (isAgreed === undefined) return undefined;
    plan = await planPut(entries, store, services.backups, subject, {
      ...{ signal, limits: readLimits[side] },
      refuseExisting: onConflict === 'fail',
      resuming: noted?.resuming === true,
      mayChange,
      earlier: noted?.left,
      report: (done) => report(checkPace(texts.checking(done), done)),
    });
  } catch (error) {
    if (!isKvError(error, 'cancelled')) throw error;
    return { done: 0, skipped: 0, failed: [], cancelled: true };
  }
  const isUndoable = (): boolean => plan.undo !== undefined && (plan.continues || !store.isUntouched);
  const forget = async (): Promise<void> => {
    if (plan.undo !== undefined && !isUndoable()) await services.backups.remove(plan.undo);
  };
  if (plan.total === 0) {
    await forget();
    return { done: 0, skipped: 0, failed: [], cancelled: false };
  }
  const answer = await waitFor(askToPut(plan, { onConflict, asksAtAll, isAgreed, side, texts, settings }));
  if (answer === undefined) {
    await forget();
    return undefined;
  }
  const notes =
    noted &&
    (await services.unfinished.begin(noted.work, {
      ...{ title: noted.title, at: noted.at, total: plan.total, undo: plan.undo },
    }));
  const pace = startPace(plan.total);
  report(texts.progress('0', plan.total));
  let outcome: BulkOutcome | undefined;
  try {
    outcome = await putEntries(entries, store, {
      ...{ signal, limits: batchLimits[side], settled: plan.settled, isPlanned: plan.isPlanned },
      ...(answer === 'skip' && { skip: plan.existing }),
      report(done) {
        report(pace(texts.progress(done.toLocaleString(), plan.total), done));
        void notes?.advance(done);
      },
    });
  } finally {
    await (isComplete(outcome) ? notes?.finish() : notes?.stop(store.isUntouched && !noted?.left?.done));
    await forget();
  }
  const left = outcome.cancelled ? plan.total - triedKeys(outcome) : 0;
  return { ...outcome, ...(isUndoable() && { undo: plan.undo }), ...(left > 0 && { left }) };
}
