import * as vscode from 'vscode';
import { isKvError } from '../../core/base/errors.ts';
import type { Work } from '../../core/change/keyChange.ts';
import { batchLimits } from '../../core/store/batches.ts';
import { fullName, keyCount } from '../../core/store/names.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import { EVERYTHING, notThere, type Selection } from '../../core/store/selection.ts';
import type { BulkOutcome, KvReader } from '../../core/store/store.ts';
import { countText } from '../../core/text/countText.ts';
import type { ComparisonCounts } from '../../core/transfer/comparison.ts';
import { selectionName } from '../../core/transfer/selectionName.ts';
import { planSync, type SyncSteps, syncSteps, withRightStates } from '../../core/transfer/sync.ts';
import type { Services } from '../../services.ts';
import { triedKeys } from '../../ui/outcome.ts';
import { startPace } from '../../ui/pace.ts';
import { leftToGoOn, type Resume, workBetween } from '../change/resuming.ts';
import type { Run } from '../invocation/command.ts';
import { checkDifferent, checkWritable } from '../invocation/targets.ts';
import { COMPARING, storesToRead } from '../transfer/reading.ts';
import { askSync, askWithoutUndo, type NamedStore, type SyncQuestion, type SyncStores } from './askSync.ts';

export interface SyncRequest extends SyncQuestion {
  /** Whether the caller has already confirmed. */
  readonly confirmed: boolean;
  /** `retry` where somebody goes on with what this sync has left. */
  readonly resume: Exclude<Resume, 'ask'>;
}

/** `remove` counts removed keys. `undo` is the id for undoing this sync, including what its earlier starts did. */
export interface SyncOutcome extends ComparisonCounts, BulkOutcome {
  readonly undo?: string;
  /** How many keys were not reached because it was cancelled; absent if none, or if they were not compared yet. */
  readonly left?: number;
}

/** The user pointed at single keys, so there are no extra ones to remove. */
export const extraOf = ({ prefixes }: Selection): 'ask' | false => (prefixes.length > 0 ? 'ask' : false);

const NOTHING: BulkOutcome = { done: 0, skipped: 0, failed: [], cancelled: false };

/** Compares, asks, writes. `undefined` when dismissed. */
export async function syncNamespaces(request: SyncRequest, run: Run): Promise<SyncOutcome | undefined> {
  const { from, to, selection, confirmed } = request;
  const { services, signal, report } = run;
  checkDifferent(from, to);
  await checkWritable(services, to);
  const sides = [from, to].map((namespace) => ({
    namespace,
    selection: selection ?? EVERYTHING,
    mayBeNew: namespace === to,
  }));
  const [source, target] = (await storesToRead(sides, { ...COMPARING, inside: { job: 'copy', to } }, run)) ?? [];
  if (!source || !target) return undefined;
  const ends = { from: await endOf(from, source, services), to: await endOf(to, target, services) };
  let counts: ComparisonCounts = { add: 0, change: 0, remove: 0, same: 0 };
  try {
    let plan = await planSync(source, target, {
      selection,
      signal,
      report(now) {
        counts = now;
        report(vscode.l10n.t('Compared {0}', keyCount(now.add + now.change + now.remove + now.same)));
      },
    });
    ({ counts } = plan);
    if (!confirmed) plan = await withRightStates(plan, target, signal);
    const deleteExtra = confirmed ? request.deleteExtra === true : await askSync(plan, request, ends, run);
    if (deleteExtra === undefined) return undefined;
    if (!deleteExtra) counts = { ...counts, remove: 0 };
    // With `deleteExtra`, keys that are missing in the source are removed as the user wanted, so they are not failures.
    const missing = deleteExtra ? [] : plan.missing.map((key) => ({ key, error: notThere(key) }));
    const written = await carryOut(syncSteps(source, plan, deleteExtra), { request, ends }, run);
    return { ...counts, ...written, failed: [...missing, ...written.failed] };
  } catch (error) {
    if (!isKvError(error, 'cancelled')) throw error;
    return { ...counts, ...(request.deleteExtra !== true && { remove: 0 }), ...NOTHING, cancelled: true };
  }
}

type Written = BulkOutcome & Pick<SyncOutcome, 'undo' | 'left'>;

async function carryOut(
  { steps, total }: SyncSteps,
  { request, ends }: { readonly request: SyncRequest; readonly ends: SyncStores },
  { services, signal, report, waitFor, isInteractive }: Run,
): Promise<Written> {
  const { changes, journals } = services;
  const [from, to] = [selectionName(request.selection ?? EVERYTHING, ends.from.name), ends.to.name];
  const work = syncWork(request);
  const left = await leftToGoOn(work, request.resume, services);
  if (total === 0) {
    // Nothing is left of it to be resumed; it can be undone still.
    const done = await journals.findWork(work);
    if (done) await journals.noteWhole(done.id);
    // What an earlier start has done belongs to this one only where somebody has gone on with that.
    return { ...NOTHING, ...(request.resume === 'retry' && left?.isUndoable && { undo: left.id }) };
  }
  const pace = startPace(total);
  const { untried: _, ...written } = await changes.run(
    { kind: 'sync', namespace: request.to, label: vscode.l10n.t('Copied {0} to {1}', from, to) },
    steps(signal),
    {
      signal,
      limits: batchLimits[ends.to.isRemote ? 'remote' : 'local'],
      earlier: left?.id,
      work: { ...work, title: vscode.l10n.t('Copying {0} to {1}', from, to), total },
      ...(isInteractive && { onFull: () => waitFor(askWithoutUndo(total, to, services)) }),
      report: (done) =>
        report(pace(vscode.l10n.t('Copying {0} of {1} to {2}', countText(done), keyCount(total), to), done)),
    },
  );
  const unreached = written.cancelled ? total - triedKeys(written) : 0;
  return { ...written, ...(unreached > 0 && { left: unreached }) };
}

async function endOf(namespace: NamespaceRef, store: KvReader, { sources }: Services): Promise<NamedStore> {
  const described = await sources.describe(namespace);
  return { store, name: fullName(described), isRemote: described.source.kind === 'remote' };
}

/** Describes a sync for the journal. When it is started again, its comparison finds what is left to do. */
export const syncWork = ({ from, to, selection = EVERYTHING }: Pick<SyncRequest, 'from' | 'to' | 'selection'>): Work =>
  workBetween('syncNamespace', { from, selection, to });
