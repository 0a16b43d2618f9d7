import * as vscode from 'vscode';
import { keyCount, someKeys } from '../../core/store/names.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import { EVERYTHING, type Selection } from '../../core/store/selection.ts';
import type { KvReader } from '../../core/store/store.ts';
import { countText } from '../../core/text/countText.ts';
import type { ComparisonCounts } from '../../core/transfer/comparison.ts';
import { sampleBytes } from '../../core/transfer/sampleBytes.ts';
import { keysOf, selectionName } from '../../core/transfer/selectionName.ts';
import type { SyncPlan } from '../../core/transfer/sync.ts';
import { planLanguage } from '../../ids.ts';
import type { Services } from '../../services.ts';
import { askBeside } from '../../ui/askBeside.ts';
import { changesText } from '../../ui/changesText.ts';
import { ask, confirm } from '../../ui/confirm.ts';
import { costText } from '../../ui/cost.ts';
import { undoNote } from '../../ui/undoNote.ts';
import type { Run } from '../invocation/command.ts';
import { listDifferences, openSideBySide, unreadText } from './showDifferences.ts';

/** What the question is about. */
export interface SyncQuestion {
  readonly from: NamespaceRef;
  readonly to: NamespaceRef;
  /** Whether to remove keys that only `to` has. `ask` lets the user decide along with the plan. */
  readonly deleteExtra: boolean | 'ask';
  /** What to copy; everything if absent. */
  readonly selection?: Selection | undefined;
}

/** One side of a sync. */
export interface NamedStore {
  readonly store: KvReader;
  readonly name: string;
  readonly isRemote: boolean;
}

export interface SyncStores {
  readonly from: NamedStore;
  readonly to: NamedStore;
}

/** "Only SESSIONS (local, shop) changes: 3 added, 2 keys the same." */
function onlyText(where: string, { add, change, same }: ComparisonCounts): string {
  const changes = changesText({ add, change, remove: 0 });
  const parts = [changes, same > 0 ? vscode.l10n.t('{0} the same', keyCount(same)) : ''].filter((part) => part !== '');
  return parts.length > 0
    ? vscode.l10n.t('Only {0} changes: {1}.', where, parts.join(', '))
    : vscode.l10n.t('Only {0} changes.', where);
}

/** Shows the plan and asks. Returns whether to remove extra keys; `undefined` when dismissed. */
export async function askSync(
  plan: SyncPlan,
  request: SyncQuestion,
  stores: SyncStores,
  run: Run,
): Promise<boolean | undefined> {
  const { services } = run;
  const { add, change, remove } = plan.counts;
  const writes = add + change;
  const { selection = EVERYTHING } = request;
  const keys = (count: number): string => keysOf(selection, keyCount(count));
  const offersExtra = request.deleteExtra === 'ask' && remove > 0;
  const removes = request.deleteExtra === true || offersExtra ? remove : 0;
  if (writes + removes === 0) return false;
  const isPointedAt = selection.prefixes.length === 0;
  if (!isPointedAt) await showPlan(plan, request, stores, services);
  // If there is nothing to copy, the question is only about deleting.
  const deletes = offersExtra && writes > 0 ? 0 : removes;
  const detail = [
    isPointedAt ? `${someKeys(selection.keys)}.` : '',
    writes > 0
      ? onlyText(stores.to.name, plan.counts)
      : vscode.l10n.t('Nothing to copy: {0} the same in {1}.', keyCount(plan.counts.same), stores.to.name),
    removes > 0 && writes > 0
      ? offersExtra
        ? vscode.l10n.t(
            'It has {0} that {1} does not have: what is extra stays, unless you choose to delete it.',
            keyCount(remove),
            stores.from.name,
          )
        : vscode.l10n.t('{0} that {1} does not have will be deleted.', keyCount(remove), stores.from.name)
      : '',
    plan.unread.length > 0 ? `${unreadText(someKeys(plan.unread.map(({ key }) => key)))}.` : '',
    await costOf(plan, deletes, stores, run),
    undoNote(true, services.settings),
  ];
  const question =
    writes > 0
      ? vscode.l10n.t('Copy {0} from {1} to {2}?', keys(writes), stores.from.name, stores.to.name)
      : vscode.l10n.t('Delete {0} that only {1} has?', keyCount(removes), stores.to.name);
  const copy = deletes > 0 ? bothButton(writes, deletes) : writeButton(writes);
  const both = bothButton(writes, removes);
  const buttons = copy === both ? [both] : [copy, both].slice(0, offersExtra ? 2 : 1);
  const lines = detail.filter((line) => line !== '');
  const answer = await askOrReview({ question, lines, buttons }, run, async () => {
    const title = `${stores.from.name} → ${stores.to.name}`;
    const shown = plan.differences.filter(({ kind }) => kind !== 'remove' || removes > 0);
    await openSideBySide(title, shown, { first: request.from, second: request.to }, 'second', services);
  });
  if (answer === undefined) return undefined;
  return answer === both || request.deleteExtra === true;
}

interface Asked {
  readonly question: string;
  readonly lines: readonly string[];
  readonly buttons: readonly string[];
}

/**
 * Returns the pressed button. If the user wants to see the changes first, shows them and asks again in a notification,
 * which does not cover them.
 */
async function askOrReview(
  { question, lines, buttons }: Asked,
  run: Run,
  showChanges: () => Promise<void>,
): Promise<string | undefined> {
  const review = vscode.l10n.t('Review Changes');
  const answer = await run.waitFor(ask(question, lines.join('\n'), [...buttons, review]));
  if (answer !== review) return answer;
  await showChanges();
  return await askBeside([question, ...lines].join(' '), buttons, run);
}

/**
 * The cost in accounts: copied entries are read, and overwritten ones are read for the backup. Empty if no account is
 * involved.
 */
async function costOf(
  { differences }: SyncPlan,
  deletes: number,
  { from, to }: SyncStores,
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
  writes === 1 ? vscode.l10n.t('Copy 1 Key') : vscode.l10n.t('Copy {0} Keys', countText(writes));

const bothButton = (writes: number, deletes: number): string =>
  writes === 0
    ? vscode.l10n.t('Delete {0} Extra', countText(deletes))
    : vscode.l10n.t('Copy {0} and Delete {1} Extra', countText(writes), countText(deletes));

/** Asks whether to write although there is no room for a backup. */
export const askWithoutUndo = (total: number, where: string, { settings }: Services): Promise<boolean> =>
  confirm({
    question: vscode.l10n.t('Write {0} to {1} without a way back?', keyCount(total), where),
    detail: undoNote(false, settings),
    button: writeButton(total),
  });

/** Shows the plan as a document: keys that are added, that change, and that only the target has. */
async function showPlan(
  { counts, differences, unread }: SyncPlan,
  { from, to, selection = EVERYTHING }: SyncQuestion,
  stores: SyncStores,
  services: Services,
): Promise<void> {
  const what = selectionName(selection, stores.from.name);
  await listDifferences(
    {
      title: vscode.l10n.t('Plan for {0}', stores.to.name),
      language: planLanguage,
      heading: vscode.l10n.t('{0} → {1}: {2} the same', what, stores.to.name, keyCount(counts.same)),
      sections: {
        add: (keys) => vscode.l10n.t('Add {0}', keys),
        change: (keys) => vscode.l10n.t('Change {0}', keys),
        remove: (keys) => vscode.l10n.t('Only in {0}: {1}', stores.to.name, keys),
      },
      counts,
      differences,
      unread,
    },
    { first: from, second: to },
    services,
  );
}
