import * as vscode from 'vscode';
import type { CheckedPlan } from '../core/change/keysPlan.ts';
import type { KeysPlan } from '../core/entry/keysDocument.ts';
import { keyCount } from '../core/store/names.ts';
import { countText } from '../core/text/countText.ts';
import { oneLine } from '../core/text/oneLine.ts';
import { withoutLinks } from '../core/text/withoutLinks.ts';
import type { Settings } from '../settings.ts';
import { confirm } from './confirm.ts';
import { costText } from './cost.ts';
import { undoNote } from './undoNote.ts';

/** The most keys of each kind that are named. */
const MOST_NAMED = 8;

/** Shows what saving a document of many keys does, and asks for confirmation; false when dismissed. */
export function confirmKeysPlan(
  plan: CheckedPlan,
  { name, isRemote }: { name: string; isRemote: boolean },
  settings: Pick<Settings, 'undoDays' | 'undoMegabytes'>,
): Promise<boolean> {
  const { additions, changes, removals, conflicts } = plan;
  const writes = changes.length + additions.length;
  const keys = (entries: CheckedPlan['changes']): readonly string[] => entries.map(({ key }) => key);
  const detail = [
    ...section(vscode.l10n.t('Change {0}', keyCount(changes.length)), keys(changes)),
    ...section(vscode.l10n.t('Add {0}', keyCount(additions.length)), keys(additions)),
    ...section(vscode.l10n.t('Delete {0}', keyCount(removals.length)), removals),
    ...section(vscode.l10n.t('Changed elsewhere, not written'), conflicts),
    ...(isRemote ? [costText({ writes, deletes: removals.length })] : []),
    undoNote(journalBytes(plan) <= settings.undoMegabytes * 1_000_000, settings),
  ];
  const total = writes + removals.length;
  return confirm({
    question:
      total === 1
        ? vscode.l10n.t('Save 1 change to {0}?', name)
        : vscode.l10n.t('Save {0} changes to {1}?', countText(total), name),
    detail: detail.join('\n'),
    button: total === 1 ? vscode.l10n.t('Save 1 Change') : vscode.l10n.t('Save {0} Changes', countText(total)),
  });
}

/** The room that removed values take in a journal, which stores them as base64. */
const journalBytes = ({ bytes }: CheckedPlan): number => (bytes * 4) / 3;

function section(title: string, keys: readonly string[]): readonly string[] {
  if (keys.length === 0) return [];
  const named = keys.slice(0, MOST_NAMED).map(oneLine).join(', ');
  const rest = keys.length - MOST_NAMED;
  return [`${title}: ${rest > 0 ? vscode.l10n.t('{0} and {1} more', named, countText(rest)) : named}`];
}

/**
 * Shows one notification after such a save. `left` is the number of keys that were not written. Resolves to whether the
 * user wants to undo it.
 */
export async function tellKeysPlan(
  plan: KeysPlan,
  where: string,
  { canUndo, left }: { canUndo: boolean; left: number },
): Promise<boolean> {
  const { additions, changes, removals } = plan;
  const parts = [
    ...(changes.length > 0 ? [vscode.l10n.t('{0} changed', keyCount(changes.length))] : []),
    ...(additions.length > 0 ? [vscode.l10n.t('{0} added', keyCount(additions.length))] : []),
    ...(removals.length > 0 ? [vscode.l10n.t('{0} deleted', keyCount(removals.length))] : []),
    // The editor says which keys, and why.
    ...(left > 0 ? [vscode.l10n.t('{0} not written', keyCount(left))] : []),
  ];
  const undo = vscode.l10n.t('Undo');
  const answer = await vscode.window.showInformationMessage(
    withoutLinks(vscode.l10n.t('{0}: {1}.', where, parts.join(', '))),
    ...(canUndo ? [undo] : []),
  );
  return answer === undo;
}
