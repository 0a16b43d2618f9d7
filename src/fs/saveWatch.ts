import * as vscode from 'vscode';
import { KvError } from '../core/base/errors.ts';
import type { Settings } from '../settings.ts';
import { isRemote } from './kvUri.ts';
import type { SaveState } from './saveState.ts';

/**
 * Tells documents when a save of theirs begins and ends. `stateOf` returns `undefined` for documents that are not ours.
 */
export function watchSaves(stateOf: (uri: vscode.Uri) => SaveState | undefined): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.workspace.onWillSaveTextDocument(({ document, reason }) =>
      stateOf(document.uri)?.begin(reason !== vscode.TextDocumentSaveReason.Manual),
    ),
    vscode.workspace.onDidSaveTextDocument(({ uri }) => stateOf(uri)?.end()),
  );
}

/**
 * Throws for an automatic save of a remote value: these are written only if the user saves them, or if the setting
 * allows it.
 */
export function checkAutomatic(
  { uri, key }: { readonly uri: vscode.Uri; readonly key: string },
  save: SaveState,
  { remoteAutoSave }: Pick<Settings, 'remoteAutoSave'>,
): void {
  if (!save.takeAutomatic() || !isRemote(uri) || remoteAutoSave) return;
  throw new KvError(
    'readOnly',
    vscode.l10n.t('Press Ctrl+S to write to “{0}”: remote values are not saved automatically.', key),
  );
}

/** Throws for an automatic save of many keys, because saving these asks the user. */
export function checkAutomaticKeys(save: SaveState): void {
  if (!save.takeAutomatic()) return;
  throw new KvError('readOnly', vscode.l10n.t('Press Ctrl+S to write these keys: they are not saved automatically.'));
}
