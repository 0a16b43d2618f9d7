import * as vscode from 'vscode';
import type { BulkOutcome } from '../core/store/store.ts';
import { countText } from '../core/text/countText.ts';
import { explainCommand, wayOutOf } from '../core/text/wayOut.ts';
import { withoutLinks } from '../core/text/withoutLinks.ts';
import { failedItemText } from '../core/transfer/files/formatEntry.ts';
import { refusedEntry } from '../core/transfer/refusedEntries.ts';
import { takeWayOut } from './takeWayOut.ts';

export interface OutcomeTexts {
  /** Shown when everything was done. If absent, nothing is shown, because the view shows the result. */
  readonly all?: string;
  /** "Deleted 98 of 100 keys from SESSIONS (local, shop)." */
  partly(done: string, total: string): string;
  /** Shown when the operation was cancelled before anything was done. */
  readonly nothing?: string | undefined;
}

/** How many keys were tried or skipped. */
export const triedKeys = ({ done, skipped, failed }: BulkOutcome): number => done + skipped + failed.length;

/**
 * Shows one notification for a bulk operation. The user can look at every failure, and gets the way out of one if it
 * has any. Resolves to which of `buttons` was pressed.
 */
export async function tellOutcome(
  outcome: BulkOutcome,
  total: number,
  texts: OutcomeTexts,
  ...buttons: readonly string[]
): Promise<string | undefined> {
  const { done, failed, cancelled } = outcome;
  if (failed.length === 0 && !cancelled) {
    return texts.all === undefined
      ? undefined
      : vscode.window.showInformationMessage(withoutLinks(texts.all), ...buttons);
  }
  if (done === 0 && failed.length === 0 && texts.nothing !== undefined) {
    return vscode.window.showInformationMessage(withoutLinks(texts.nothing), ...buttons);
  }
  const [first] = failed;
  const parts = [
    texts.partly(countText(done), countText(total)),
    ...(cancelled ? [vscode.l10n.t('The rest was cancelled.')] : []),
    ...(failed.length === 1 && first ? [first.error.message] : failedTexts(failed)),
  ];
  const showAll = vscode.l10n.t('Show Failures');
  const ways = failed.flatMap(({ error }) => wayOutOf(error) ?? []);
  // An explanation is not offered beside buttons that resume or undo the operation.
  const explained = buttons.length === 0 ? ways[0] : undefined;
  const way = ways.find(({ command }) => command !== explainCommand) ?? explained;
  const ask = async (...more: readonly string[]): Promise<string | undefined> => {
    const ways = [...more, ...(way ? [way.title] : []), ...buttons];
    return await vscode.window.showWarningMessage(withoutLinks(parts.join(' ')), ...ways);
  };
  const canShow = failed.length > 1 || (first !== undefined && refusedEntry(first) !== undefined);
  let answer = await ask(...(canShow ? [showAll] : []));
  if (answer === showAll) {
    await showFailures(failed);
    // After looking at the failures, the user can still choose to resume, undo or take the way out.
    answer = buttons.length > 0 || way ? await ask() : undefined;
  }
  if (!way || answer !== way.title) return answer;
  await takeWayOut(way);
  return undefined;
}

/** Changes that may have been made after all are reported as uncertain, not as failed. */
function failedTexts(failed: BulkOutcome['failed']): readonly string[] {
  const isUncertain = ({ uncertain, error }: BulkOutcome['failed'][number]) => uncertain ?? error.uncertain ?? false;
  const certain = failed.filter((failure) => !isUncertain(failure));
  const uncertain = failed.filter(isUncertain);
  const [reason, doubt] = [commonReason(certain), commonReason(uncertain)];
  const [failures, doubts] = [countText(certain.length), countText(uncertain.length)];
  return [
    ...(certain.length === 0
      ? []
      : [
          reason === undefined
            ? vscode.l10n.t('{0} failed.', failures)
            : vscode.l10n.t('{0} failed: {1}', failures, reason),
        ]),
    ...(uncertain.length === 0
      ? []
      : [
          doubt === undefined
            ? vscode.l10n.t('{0} uncertain.', doubts)
            : vscode.l10n.t('{0} uncertain: {1}', doubts, doubt),
        ]),
  ];
}

/** The reason, if all failures share it: it says what to do. */
function commonReason(failed: BulkOutcome['failed']): string | undefined {
  const reasons = new Set(failed.map(({ key, error }) => error.message.replaceAll(`“${key}”`, '“”')));
  return reasons.size === 1 ? failed[0]?.error.message : undefined;
}

/**
 * Shows every key that failed and why, as documents that can be saved and reused: entries that were not written as a
 * file to import, other keys as a list.
 */
async function showFailures(failed: BulkOutcome['failed']): Promise<void> {
  const entries: string[] = [];
  const names: string[] = [];
  for (const failure of failed) {
    const entry = refusedEntry(failure);
    if (entry) entries.push(failedItemText(entry, failure.error.message));
    else names.push(`  ${JSON.stringify({ name: failure.key, error: failure.error.message })}`);
  }
  if (names.length > 0) await show('json', `[\n${names.join(',\n')}\n]\n`);
  if (entries.length > 0) await show('jsonl', entries.join(''));
}

async function show(language: string, content: string): Promise<void> {
  const document = await vscode.workspace.openTextDocument({ content, language });
  await vscode.window.showTextDocument(document, { preview: false });
}
