import * as vscode from 'vscode';
import type { BulkOutcome } from '../core/store.ts';
import { withoutLinks } from '../core/withoutLinks.ts';

export interface OutcomeTexts {
  /** Told when everything was done; nothing is told without it, because the view shows it. */
  readonly all?: string;
  /** "Deleted 98 of 100 keys from SESSIONS (local, shop)." */
  partly(done: string, total: string): string;
}

/** One notification for a bulk operation; failures can be looked at one by one. Resolves to the button pressed. */
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
  const [first] = failed;
  const parts = [
    texts.partly(done.toLocaleString(), total.toLocaleString()),
    ...(cancelled ? [vscode.l10n.t('The rest was cancelled.')] : []),
    ...(failed.length > 1 ? [vscode.l10n.t('{0} failed.', failed.length.toLocaleString())] : []),
    ...(failed.length === 1 && first ? [first.error.message] : []),
  ];
  const show = vscode.l10n.t('Show Failures');
  const answer = await vscode.window.showWarningMessage(
    withoutLinks(parts.join(' ')),
    ...(failed.length > 1 ? [show] : []),
    ...buttons,
  );
  if (answer === show) await showFailures(failed);
  return answer;
}

/** Every key that failed and why, as a document that can be searched and saved. */
async function showFailures(failed: BulkOutcome['failed']): Promise<void> {
  const content = failed.map(({ key, error }) => `${key}\t${error.message}`).join('\n');
  const document = await vscode.workspace.openTextDocument({ content, language: 'plaintext' });
  await vscode.window.showTextDocument(document);
}
