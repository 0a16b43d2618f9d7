import * as vscode from 'vscode';
import { isKvError, KvError } from '../core/errors.ts';
import { fullName, keyCount } from '../core/names.ts';
import { oneLine } from '../core/oneLine.ts';
import type { BulkOutcome, KvStore } from '../core/store.ts';
import type { ComparisonCounts } from '../core/transfer/compare.ts';
import { sampleBytes } from '../core/transfer/sampleBytes.ts';
import { EVERYTHING, notThere, type Selection } from '../core/transfer/selection.ts';
import { planSync, Sync, type SyncPlan } from '../core/transfer/sync.ts';
import type { Work } from '../core/transfer/unfinished.ts';
import { withoutLinks } from '../core/withoutLinks.ts';
import { witnessed } from '../core/wrappers/witnessed.ts';
import { type NamespaceRef, valueUri } from '../fs/kvUri.ts';
import { commandId, planLanguage } from '../ids.ts';
import type { Services } from '../services.ts';
import { confirm } from '../ui/confirm.ts';
import { costText } from '../ui/cost.ts';
import { openLink } from '../ui/openCommand.ts';
import { tellOutcome } from '../ui/outcome.ts';
import { startPace } from '../ui/pace.ts';
import { undoNote } from '../ui/undoNote.ts';
import type { Run } from './command.ts';
import { FROM_MESSAGE } from './invoke.ts';
import { checkDifferent } from './pairs.ts';
import { COMPARING, storesToRead } from './reading.ts';
import { goOnButton, isWhole, resumeWork, workBetween } from './resuming.ts';

export interface SyncRequest {
  readonly from: NamespaceRef;
  readonly to: NamespaceRef;
  /** What is copied; everything when absent. */
  readonly selection?: Selection | undefined;
  /** Whether keys that are only in `to` are removed; `ask` offers it with the plan. */
  readonly deleteExtra: boolean | 'ask';
  /** True when the caller has answered the question. */
  readonly confirmed: boolean;
}

/** `remove` counts what is removed; `undo` is the id to undo this very sync by, with what its earlier starts had done. */
export interface SyncOutcome extends ComparisonCounts, BulkOutcome {
  readonly undo?: string;
}

/** One side of a sync. */
interface End {
  readonly store: KvStore;
  readonly name: string;
  readonly isRemote: boolean;
}

interface Ends {
  readonly from: End;
  readonly to: End;
}

const NOTHING: BulkOutcome = { done: 0, skipped: 0, failed: [], cancelled: false };

/** Compares, asks, backs up, writes; `undefined` when the question was dismissed. */
export async function syncNamespaces(request: SyncRequest, run: Run): Promise<SyncOutcome | undefined> {
  const { from, to, selection, confirmed } = request;
  const { services, signal, report } = run;
  checkDifferent(from, to);
  const readOnly = services.sources.readOnlyReason(to);
  if (readOnly !== undefined) throw new KvError('readOnly', readOnly);
  const sides = [from, to].map((namespace) => ({ namespace, selection: selection ?? EVERYTHING }));
  const [source, changing] = (await storesToRead(sides, COMPARING, run)) ?? [];
  if (!source || !changing) return undefined;
  const target = witnessed(changing);
  const ends = { from: await endOf(from, source, services), to: await endOf(to, target, services) };
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
    const deleteExtra = confirmed ? request.deleteExtra === true : await askAbout(plan, request, ends, run);
    if (deleteExtra === undefined) return undefined;
    if (!deleteExtra) counts = { ...counts, remove: 0 };
    const sync = new Sync(source, target, plan, deleteExtra);
    const total = sync.keys.length;
    // To remove them is what was asked for otherwise.
    const missing = deleteExtra ? [] : plan.missing.map((key) => ({ key, error: notThere(key) }));
    const left = await services.unfinished.find(syncWork(request));
    if (total === 0) {
      const earlier = left?.undo === undefined ? undefined : await services.backups.find(left.undo);
      if (left) await services.unfinished.remove(left.id);
      return { ...counts, ...NOTHING, failed: missing, ...(earlier && { undo: earlier.id }) };
    }
    const backup = await sync.backUp(
      services.backups,
      { source: to.source, namespace: to.id, label: vscode.l10n.t('Copied {0} to {1}', ends.from.name, ends.to.name) },
      {
        ...{ signal, earlier: left },
        report: (done) => report(vscode.l10n.t('Backing up {0} of {1}', done.toLocaleString(), keyCount(total))),
      },
    );
    const undo = backup?.id;
    const isUndoable = (): boolean => backup !== undefined && (backup.continues || !target.isUntouched);
    if (undo === undefined && !confirmed && !(await run.waitFor(askWithoutUndo(total, ends.to.name)))) return undefined;
    const notes = await services.unfinished.begin(syncWork(request), {
      ...{ title: vscode.l10n.t('Copying {0} to {1}', ends.from.name, ends.to.name), total, undo },
    });
    const pace = startPace(total);
    let written: BulkOutcome | undefined;
    try {
      written = await sync.run({
        signal,
        report(done) {
          const text = vscode.l10n.t('Copying {0} of {1} to {2}', done.toLocaleString(), keyCount(total), ends.to.name);
          report(pace(text, done));
          void notes.advance(done);
        },
      });
    } finally {
      await (isWhole(written) ? notes.finish() : notes.stop(target.isUntouched && !left?.done));
      if (undo !== undefined && !isUndoable()) await services.backups.remove(undo);
    }
    const outcome = { ...written, failed: [...missing, ...written.failed] };
    return { ...counts, ...outcome, ...(isUndoable() && { undo }) };
  } catch (error) {
    if (!isKvError(error, 'cancelled')) throw error;
    return { ...counts, ...(request.deleteExtra !== true && { remove: 0 }), ...NOTHING, cancelled: true };
  }
}

async function endOf(namespace: NamespaceRef, store: KvStore, { sources }: Services): Promise<End> {
  const described = await sources.describe(namespace);
  return { store, name: fullName(described), isRemote: described.source.kind === 'remote' };
}

/** What a sync is, for the notes on it: started again, its comparison finds what is left. */
const syncWork = ({ from, to, selection = EVERYTHING }: Pick<SyncRequest, 'from' | 'to' | 'selection'>): Work =>
  workBetween('syncNamespace', { from, selection, to });

/** One notification, with the way back. */
export async function tellSynced(
  outcome: SyncOutcome,
  request: Pick<SyncRequest, 'from' | 'to' | 'selection'>,
  { sources, unfinished }: Services,
): Promise<void> {
  const { from, to, selection = EVERYTHING } = request;
  const [source, target] = [fullName(await sources.describe(from)), fullName(await sources.describe(to))];
  const { add, change, remove, same, undo } = outcome;
  const missing = outcome.failed.filter(({ error }) => error.kind === 'notFound').length;
  const total = add + change + remove + missing;
  const isAll = selection.prefixes.includes('');
  const undoButton = vscode.l10n.t('Undo');
  const goOn = goOnButton(outcome);
  const buttons = undo === undefined ? [] : [undoButton];
  const left = await unfinished.find(syncWork(request));
  let answer: string | undefined;
  if (total === 0 && !outcome.cancelled) {
    const text = isAll
      ? vscode.l10n.t('{0} already has everything that {1} has: {2}.', target, source, keyCount(same))
      : vscode.l10n.t('Nothing to copy: {0} the same in {1}.', keyCount(same), target);
    answer = await vscode.window.showInformationMessage(withoutLinks(text), ...buttons);
  } else {
    const texts = {
      all: isAll
        ? vscode.l10n.t('{0} now has what {1} has: {2}.', target, source, changesText(outcome))
        : vscode.l10n.t('Copied to {0}: {1}.', target, changesText(outcome)),
      partly: (done: string) => vscode.l10n.t('Copied {0} of {1} to {2}.', done, keyCount(total), target),
    };
    answer = await tellOutcome(outcome, total, texts, ...(left ? [goOn] : []), ...buttons);
  }
  if (left && answer === goOn) await resumeWork(left);
  if (answer === undoButton) await vscode.commands.executeCommand(commandId('undo'), FROM_MESSAGE, undo);
}

/** "3 added, 2 changed, 1 removed". */
const changesText = ({ add, change, remove }: Omit<ComparisonCounts, 'same'>): string =>
  [
    ...(add > 0 ? [vscode.l10n.t('{0} added', add.toLocaleString())] : []),
    ...(change > 0 ? [vscode.l10n.t('{0} changed', change.toLocaleString())] : []),
    ...(remove > 0 ? [vscode.l10n.t('{0} removed', remove.toLocaleString())] : []),
  ].join(', ');

/** "Only SESSIONS (local, shop) changes: 3 added, 2 keys the same." */
function onlyText(where: string, { add, change, same }: ComparisonCounts): string {
  const changes = changesText({ add, change, remove: 0 });
  const parts = [changes, same > 0 ? vscode.l10n.t('{0} the same', keyCount(same)) : ''].filter((part) => part !== '');
  return parts.length > 0
    ? vscode.l10n.t('Only {0} changes: {1}.', where, parts.join(', '))
    : vscode.l10n.t('Only {0} changes.', where);
}

/** Shows the plan and asks; whether extra keys are to be removed, `undefined` when dismissed. */
async function askAbout(plan: SyncPlan, request: SyncRequest, ends: Ends, run: Run): Promise<boolean | undefined> {
  const { services, waitFor } = run;
  const { add, change, remove } = plan.counts;
  const writes = add + change;
  const offersExtra = request.deleteExtra === 'ask' && remove > 0;
  const removes = request.deleteExtra === true || offersExtra ? remove : 0;
  if (writes + removes === 0) return false;
  if (request.deleteExtra === 'ask') await showPlan(plan, request, ends, services);
  const deletes = offersExtra ? 0 : removes;
  const detail = [
    onlyText(ends.to.name, plan.counts),
    removes > 0
      ? offersExtra
        ? vscode.l10n.t(
            'It has {0} that {1} does not have: they stay, unless you choose to delete them.',
            keyCount(remove),
            ends.from.name,
          )
        : vscode.l10n.t('{0} that {1} does not have will be deleted.', keyCount(remove), ends.from.name)
      : '',
    await costOf(plan, deletes, ends, run),
    undoNote(true),
  ];
  const copy = deletes > 0 ? bothButton(writes, deletes) : writeButton(writes);
  const both = bothButton(writes, removes);
  const buttons = [...(writes + deletes > 0 ? [copy] : []), ...(offersExtra ? [both] : [])];
  const answer = await waitFor(
    Promise.resolve(
      vscode.window.showWarningMessage(
        withoutLinks(vscode.l10n.t('Copy {0} from {1} to {2}?', keyCount(writes), ends.from.name, ends.to.name)),
        { modal: true, detail: detail.filter((line) => line !== '').join('\n') },
        ...buttons,
      ),
    ),
  );
  if (answer === undefined) return undefined;
  return answer === both || request.deleteExtra === true;
}

/** What is copied is read, and what is there is read to back it up; empty where no account is concerned. */
async function costOf(
  { differences }: SyncPlan,
  deletes: number,
  { from, to }: Ends,
  { signal }: Run,
): Promise<string> {
  const keys = differences.filter(({ kind }) => kind !== 'remove').map(({ key }) => key);
  const writes = keys.length;
  const reads = (from.isRemote ? writes : 0) + (to.isRemote ? writes + deletes : 0);
  if (to.isRemote) return costText({ reads, writes, deletes }, await sampleBytes(from.store, keys, signal));
  return from.isRemote ? costText({ reads }) : '';
}

const writeButton = (writes: number): string =>
  writes === 1 ? vscode.l10n.t('Copy 1 Key') : vscode.l10n.t('Copy {0} Keys', writes.toLocaleString());

const bothButton = (writes: number, deletes: number): string =>
  writes === 0
    ? vscode.l10n.t('Delete {0} Extra', deletes.toLocaleString())
    : vscode.l10n.t('Copy {0} and Delete {1} Extra', writes.toLocaleString(), deletes.toLocaleString());

const askWithoutUndo = (total: number, where: string): Promise<boolean> =>
  confirm({
    question: vscode.l10n.t('Write {0} to {1} without a way back?', keyCount(total), where),
    detail: undoNote(false),
    button: writeButton(total),
  });

/** The plan as a document: what is added, changed, and only on the side that changes. */
async function showPlan(
  { counts, differences }: SyncPlan,
  { from, to }: SyncRequest,
  ends: Ends,
  services: Services,
): Promise<void> {
  const heading = vscode.l10n.t('{0} → {1}: {2} the same', ends.from.name, ends.to.name, keyCount(counts.same));
  const report = await services.reports.open(vscode.l10n.t('Plan for {0}', ends.to.name), planLanguage, heading, [
    from.source,
    to.source,
  ]);
  const sections = {
    add: vscode.l10n.t('Add {0}', keyCount(counts.add)),
    change: vscode.l10n.t('Change {0}', keyCount(counts.change)),
    remove: vscode.l10n.t('Only in {0}: {1}', ends.to.name, keyCount(counts.remove)),
  };
  for (const kind of ['add', 'change', 'remove'] as const) {
    if (counts[kind] === 0) continue;
    report.add({ text: sections[kind] });
    for (const difference of differences) {
      if (difference.kind !== kind) continue;
      const text = oneLine(difference.key);
      const target = openLink(valueUri(kind === 'remove' ? to : from, difference.key));
      report.add({ text: `  ${text}`, link: { start: 2, length: text.length, target } });
    }
  }
}
