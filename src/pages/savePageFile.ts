import { homedir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';

/** Asks where to, and writes there. */
export async function savePageFile(name: string, text: string): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const to = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Save {0}', name),
    defaultUri: folder ? vscode.Uri.joinPath(folder, name) : vscode.Uri.file(join(homedir(), name)),
  });
  if (!to) return;
  await vscode.workspace.fs.writeFile(to, Buffer.from(text, 'utf8'));
}
