import { isKvError } from '../../core/base/errors.ts';
import type { KeyChange, ResumableWork } from '../../core/change/keyChange.ts';
import { batchLimits } from '../../core/store/batches.ts';
import type { EntrySource } from '../../core/store/entrySource.ts';
import { fullName } from '../../core/store/names.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import type { Selection } from '../../core/store/selection.ts';
import type { BulkOutcome } from '../../core/store/store.ts';
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
 * `undo` is the id to undo this very writing by, with what its earlier starts had written; absent when nothing was
 * written, or there was no room to keep what it overwrote.
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
 * Reads all entries to check them, looks up what they overwrite, asks, and writes: the one way in which many keys come
 * into a namespace. `undefined` when the question was dismissed.
 */
export async function transfer(
  { entries, mayChange, to, kind, selection, onConflict, confirmed, asksForRemote, noted }: Transfer,
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
    // What is resumed was agreed to when it began.
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
    return { done: 0, skipped: 0, failed: [], cancelled: true };
  }
  if (plan.total === 0) return { done: 0, skipped: 0, failed: [], cancelled: false };
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
  return { ...outcome, ...(left > 0 && { left }) };
}

const noteOf = ({ work, title, firstAt, firstAhead }: NotedWork, total: number): ResumableWork => ({
  ...work,
  title,
  total,
  since: firstAt,
  ...(firstAhead !== undefined && { ahead: firstAhead }),
});

const isEntryChange = (change: KeyChange): change is EntryChange => 'entry' in change;
