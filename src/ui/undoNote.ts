import * as vscode from 'vscode';
import { settings } from '../ids.ts';

/** What a question says about undoing: for how long, or that there is no room for a backup. */
export function undoNote(isPossible: boolean): string {
  const days = vscode.workspace.getConfiguration('cloudflareKv').get<number>(settings.undoDays, 7);
  return isPossible
    ? vscode.l10n.t('You can undo this for {0} days.', days)
    : vscode.l10n.t(
        'This cannot be undone: the values are larger than the setting cloudflareKv.undo.megabytes allows.',
      );
}
