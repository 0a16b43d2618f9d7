import * as vscode from 'vscode';
import { isOurs } from './kvUri.ts';
import { urisOfTab } from './openDocuments.ts';

const isOf = (sources: readonly string[]) => (uri: vscode.Uri) => isOurs(uri) && sources.includes(uri.authority);

/** Documents of these sources with unsaved text. */
export const unsavedOf = (sources: readonly string[]): readonly vscode.TextDocument[] =>
  vscode.workspace.textDocuments.filter((document) => document.isDirty && isOf(sources)(document.uri));

/** Closes every tab that shows something of these sources; unsaved text is given up. */
export async function closeDocuments(sources: readonly string[]): Promise<void> {
  for (const document of unsavedOf(sources)) {
    await vscode.window.showTextDocument(document, { preview: false });
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  }
  const tabs = vscode.window.tabGroups.all.flatMap((group) =>
    group.tabs.filter((tab) => urisOfTab(tab).some(isOf(sources))),
  );
  await vscode.window.tabGroups.close(tabs, true);
}
