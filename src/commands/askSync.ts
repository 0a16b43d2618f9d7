import * as vscode from 'vscode';
import { keyCount } from '../core/names.ts';
import { oneLine } from '../core/oneLine.ts';
import type { KvStore } from '../core/store.ts';
import type { ComparisonCounts } from '../core/transfer/compare.ts';
import { sampleBytes } from '../core/transfer/sampleBytes.ts';
import { EVERYTHING, type Selection } from '../core/transfer/selection.ts';
import { keysOf, selectionName } from '../core/transfer/selectionName.ts';
import type { SyncPlan } from '../core/transfer/sync.ts';
import { withoutLinks } from '../core/withoutLinks.ts';
import { type NamespaceRef, valueUri } from '../fs/kvUri.ts';
import { planLanguage } from '../ids.ts';
import type { Services } from '../services.ts';
import { changesText } from '../ui/changesText.ts';
import { confirm } from '../ui/confirm.ts';
import { costText } from '../ui/cost.ts';
import { openLink } from '../ui/openCommand.ts';
import { undoNote } from '../ui/undoNote.ts';
import type { Run } from './command.ts';

/** What is asked about. */
export interface SyncQuestion {
  readonly from: NamespaceRef;
  readonly to: NamespaceRef;
  /** Whether keys that are only in `to` are removed; `ask` offers it with the plan. */
  readonly deleteExtra: boolean | 'ask';
  /** What is copied; everything when absent. */
  readonly selection?: Selection | undefined;
}

/** One side of a sync. */
export interface End {
  readonly store: KvStore;
  readonly name: string;
  readonly isRemote: boolean;
}

export interface Ends {
  readonly from: End;
  readonly to: End;
}

/** "Only SESSIONS (local, shop) changes: 3 added, 2 keys the same." */
function onlyText(where: string, { add, change, same }: ComparisonCounts): string {
  const changes = changesText({ add, change, remove: 0 });
  const parts = [changes, same > 0 ? vscode.l10n.t('{0} the same', keyCount(same)) : ''].filter((part) => part !== '');
  return parts.length > 0
    ? vscode.l10n.t('Only {0} changes: {1}.', where, parts.join(', '))
    : vscode.l10n.t('Only {0} changes.', where);
}

/** Shows the plan and asks; whether extra keys are to be removed, `undefined` when dismissed. */
export async function askSync(
  plan: SyncPlan,
  request: SyncQuestion,
  ends: Ends,
  run: Run,
): Promise<boolean | undefined> {
  const { services, waitFor } = run;
  const { add, change, remove } = plan.counts;
  const writes = add + change;
  const keys = (count: number): string => keysOf(request.selection ?? EVERYTHING, keyCount(count));
  const offersExtra = request.deleteExtra === 'ask' && remove > 0;
  const removes = request.deleteExtra === true || offersExtra ? remove : 0;
  if (writes + removes === 0) return false;
  if (request.deleteExtra === 'ask') await showPlan(plan, request, ends, services);
  // Where there is nothing to copy, to delete is all that is asked about.
  const deletes = offersExtra && writes > 0 ? 0 : removes;
  const detail = [
    writes > 0
      ? onlyText(ends.to.name, plan.counts)
      : vscode.l10n.t('Nothing to copy: {0} the same in {1}.', keyCount(plan.counts.same), ends.to.name),
    removes > 0 && writes > 0
      ? offersExtra
        ? vscode.l10n.t(
            'It has {0} that {1} does not have: what is extra stays, unless you choose to delete it.',
            keyCount(remove),
            ends.from.name,
          )
        : vscode.l10n.t('{0} that {1} does not have will be deleted.', keyCount(remove), ends.from.name)
      : '',
    await costOf(plan, deletes, ends, run),
    undoNote(true),
  ];
  const question =
    writes > 0
      ? vscode.l10n.t('Copy {0} from {1} to {2}?', keys(writes), ends.from.name, ends.to.name)
      : vscode.l10n.t('Delete {0} that only {1} has?', keyCount(removes), ends.to.name);
  const copy = deletes > 0 ? bothButton(writes, deletes) : writeButton(writes);
  const both = bothButton(writes, removes);
  const buttons = copy === both ? [both] : [copy, both].slice(0, offersExtra ? 2 : 1);
  const answer = await waitFor(
    Promise.resolve(
      vscode.window.showWarningMessage(
        withoutLinks(question),
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
  if (reads === 0) return '';
  if (to.isRemote) return costText({ reads, writes, deletes }, await sampleBytes(from.store, keys, signal));
  return costText({ reads });
}

const writeButton = (writes: number): string =>
  writes === 1 ? vscode.l10n.t('Copy 1 Key') : vscode.l10n.t('Copy {0} Keys', writes.toLocaleString());

const bothButton = (writes: number, deletes: number): string =>
  writes === 0
    ? vscode.l10n.t('Delete {0} Extra', deletes.toLocaleString())
    : vscode.l10n.t('Copy {0} and Delete {1} Extra', writes.toLocaleString(), deletes.toLocaleString());

/** Where there is no room for a backup. */
export const askWithoutUndo = (total: number, where: string): Promise<boolean> =>
  confirm({
    question: vscode.l10n.t('Write {0} to {1} without a way back?', keyCount(total), where),
    detail: undoNote(false),
    button: writeButton(total),
  });

/** The plan as a document: what is added, changed, and only on the side that changes. */
async function showPlan(
  { counts, differences }: SyncPlan,
  { from, to, selection = EVERYTHING }: SyncQuestion,
  ends: Ends,
  services: Services,
): Promise<void> {
  const what = selectionName(selection, ends.from.name);
  const heading = vscode.l10n.t('{0} → {1}: {2} the same', what, ends.to.name, keyCount(counts.same));
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
