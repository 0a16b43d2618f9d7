import * as vscode from 'vscode';
import { someKeys } from '../core/store/names.ts';
import type { Settings } from '../settings.ts';

/** The note about undoing in a question: for how long it is possible, or that there is no room for a backup. */
export function undoNote(isPossible: boolean, { undoDays: days }: Pick<Settings, 'undoDays'>): string {
  const possible =
    days === 1 ? vscode.l10n.t('You can undo this for 1 day.') : vscode.l10n.t('You can undo this for {0} days.', days);
  return isPossible
    ? possible
    : vscode.l10n.t(
        'This cannot be undone: the values are larger than the setting cloudflareKv.undo.megabytes allows.',
      );
}

/** The note about keys whose values can never be read, and so are not kept; empty if there are none. */
export const damagedNote = (keys: readonly string[] = []): string =>
  keys.length === 0 ? '' : vscode.l10n.t('Undo cannot restore damaged values: {0}.', someKeys(keys));
