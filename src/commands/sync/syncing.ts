import * as vscode from 'vscode';
import { isKvError } from '../../core/base/errors.ts';
import { fullName, keyCount } from '../../core/store/names.ts';
import { EVERYTHING, notThere, type Selection } from '../../core/store/selection.ts';
import type { BulkOutcome, KvStore } from '../../core/store/store.ts';
import { type WitnessedStore, witnessed } from '../../core/store/wrappers/witnessed.ts';
import type { ComparisonCounts } from '../../core/transfer/compare.ts';
import { selectionName } from '../../core/transfer/selectionName.ts';
import { planSync, Sync } from '../../core/transfer/sync.ts';
import type { Work } from '../../core/transfer/unfinished.ts';
import type { NamespaceRef } from '../../fs/kvUri.ts';
import type { Services } from '../../services.ts';
import { startPace } from '../../ui/pace.ts';
import { isComplete, workBetween } from '../change/resuming.ts';
import type { Run } from '../invocation/command.ts';
import { checkDifferent } from '../invocation/pairs.ts';
import { checkWritable } from '../invocation/targets.ts';
import { COMPARING, storesToRead } from '../transfer/reading.ts';
import { askSync, askWithoutUndo, type NamedStore, type SyncQuestion, type SyncStores } from './askSync.ts';

export interface SyncRequest extends SyncQuestion {
  /** True when the caller has answered the question. */
  readonly confirmed: boolean;
}

/** `remove` counts what is removed; `undo` is the id to undo this very sync by, with what its earlier starts had done. */
export interface SyncOutcome extends ComparisonCounts, BulkOutcome {
  readonly undo?: string;
}

/** Single keys are what somebody pointed at: there is nothing extra beside them. */
export const extraOf = ({ prefixes }: Selection): 'ask' | false => (prefixes.length > 0 ? 'ask' : false);

const NOTHING: BulkOutcome = { done: 0, skipped: 0, failed: [], cancelled: false };

/** Compares, asks, backs up, writes; `undefined` when the question was dismissed. */
export async function syncNamespaces(request: SyncRequest, run: Run): Promise<SyncOutcome | undefined> {
  const { from, to, selection, confirmed } = request;
  const { services, signal, report } = run;
  checkDifferent(from, to);
  checkWritable(services, to);
  const sides = [from, to].map((namespace) => ({ namespace, selection: selection ?? EVERYTHING }));
  const [source, changing] = (await storesToRead(sides, COMPARING, run)) ?? [];
  if (!source || !changing) return undefined;
  const target = witnessed(changing);
  const stores = { from: await namedStore(from, source, services), to: await namedStore(to, target, services) };
  let counts: ComparisonCounts = { add: 0, change: 0, remove: 0, same: 0 };
  try {
    const plan = await planSync(source, target, {
      selection,
      signal,
      report(now) {
        counts = now;
        report(vscode.l10n.t('Compared {0}', keyCount(now.add + now.change + now.remove + now.same)));
      },
    });
    ({ counts } = plan);
    const deleteExtra = confirmed ? request.deleteExtra === true : await askSync(plan, request, stores, run);
    if (deleteExtra === undefined) return undefined;
    if (!deleteExtra) counts = { ...counts, remove: 0 };
    // To remove them is what was asked for otherwise.
    const missing = deleteExtra ? [] : plan.missing.map((key) => ({ key, error: notThere(key) }));
    const sync = new Sync(source, target, plan, deleteExtra);
    const written = await carryOut(sync, target, { request, stores }, run);
    return written && { ...counts, ...written, failed: [...missing, ...written.failed] };
  } catch (error) {
    if (!isKvError(error, 'cancelled')) throw error;
    return { ...counts, ...(request.deleteExtra !== true && { remove: 0 }), ...NOTHING, cancelled: true };
  }
}

type Written = BulkOutcome & Pick<SyncOutcome, 'undo'>;

/** Backs up and writes; `undefined` when it cannot be undone and the question about that was dismissed. */
async function carryOut(
  sync: Sync,
  target: WitnessedStore,
  { request, stores }: { readonly request: SyncRequest; readonly stores: SyncStores },
  { services, signal, report, waitFor }: Run,
): Promise<Written | undefined> {
  const { backups, unfinished } = services;
  const { source, id: namespace } = request.to;
  const [from, to] = [selectionName(request.selection ?? EVERYTHING, stores.from.name), stores.to.name];
  const total = sync.keys.length;
  const left = await unfinished.find(syncWork(request));
  if (total === 0) {
    const earlier = left?.undo === undefined ? undefined : await backups.find(left.undo);
    if (left) await unfinished.remove(left.id);
    return { ...NOTHING, ...(earlier && { undo: earlier.id }) };
  }
  const backup = await sync.backUp(
    backups,
    { source, namespace, label: vscode.l10n.t('Copied {0} to {1}', from, to) },
    {
      ...{ signal, earlier: left },
      report: (done) => report(vscode.l10n.t('Backing up {0} of {1}', done.toLocaleString(), keyCount(total))),
    },
  );
  const undo = backup?.id;
  if (undo === undefined && !request.confirmed && !(await waitFor(askWithoutUndo(total, to, services))))
    return undefined;
  const title = vscode.l10n.t('Copying {0} to {1}', from, to);
  const notes = await unfinished.begin(syncWork(request), { title, total, undo });
  const isUndoable = (): boolean => backup !== undefined && (backup.continues || !target.isUntouched);
  const pace = startPace(total);
  let written: BulkOutcome | undefined;
  try {
    written = await sync.run({
      signal,
      report(done) {
        report(pace(vscode.l10n.t('Copying {0} of {1} to {2}', done.toLocaleString(), keyCount(total), to), done));
        void notes.advance(done);
      },
    });
  } finally {
    await (isComplete(written) ? notes.finish() : notes.stop(target.isUntouched && !left?.done));
    if (undo !== undefined && !isUndoable()) await backups.remove(undo);
  }
  return { ...written, ...(isUndoable() && { undo }) };
}

async function namedStore(namespace: NamespaceRef, store: KvStore, { sources }: Services): Promise<NamedStore> {
  const described = await sources.describe(namespace);
  return { store, name: fullName(described), isRemote: described.source.kind === 'remote' };
}

/** What a sync is, for the notes on it: started again, its comparison finds what is left. */
export const syncWork = ({ from, to, selection = EVERYTHING }: Pick<SyncRequest, 'from' | 'to' | 'selection'>): Work =>
  workBetween('syncNamespace', { from, selection, to });
