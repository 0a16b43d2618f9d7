import * as vscode from 'vscode';
import type { KeysFileSystem } from './keysFileSystem.ts';
import { isOurs } from './kvUri.ts';
import { urisOfMultiDiff, urisOfTab } from './openDocuments.ts';

const MOST_TRIES = 3;

/** Knows the namespace of documents of many keys. */
type KeysOwner = Pick<KeysFileSystem, 'namespaceOf'>;

/** The source of one of our documents, whether of one key or of many. */
export const sourceOf = (uri: vscode.Uri, keys: KeysOwner): string | undefined =>
  isOurs(uri) ? uri.authority : keys.namespaceOf(uri)?.source;

const isOf = (sources: readonly string[], keys: KeysOwner) => (uri: vscode.Uri) =>
  sources.includes(sourceOf(uri, keys) ?? '');

/** Documents of these sources with unsaved text. */
export const unsavedOf = (sources: readonly string[], keys: KeysOwner): readonly vscode.TextDocument[] =>
  vscode.workspace.textDocuments.filter((document) => document.isDirty && isOf(sources, keys)(document.uri));

/** VS Code only gives up the text of the active editor, and the user may have gone to another one meanwhile. */
async function isMadeActive(document: vscode.TextDocument): Promise<boolean> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    await vscode.window.showTextDocument(document, { preview: false });
    if (vscode.window.activeTextEditor?.document === document) return true;
  }
  return false;
}

/** Closes every tab that shows something of these sources. Tabs with unsaved text are closed too, or kept. */
export async function closeDocuments(
  sources: readonly string[],
  unsaved: 'giveUp' | 'keep',
  keys: KeysOwner,
): Promise<void> {
  for (const document of unsaved === 'giveUp' ? unsavedOf(sources, keys) : []) {
    if (!(await isMadeActive(document))) continue;
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  }
  const tabs = vscode.window.tabGroups.all.flatMap((group) =>
    group.tabs.filter(
      (tab) =>
        (unsaved === 'giveUp' || !tab.isDirty) &&
        [...urisOfTab(tab), ...urisOfMultiDiff(tab)].some(isOf(sources, keys)),
    ),
  );
  await vscode.window.tabGroups.close(tabs, true);
}
