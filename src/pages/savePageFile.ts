import * as vscode from 'vscode';
import { saveUri, writeTarget } from '../ui/files.ts';

/** Asks where to save, and writes the file. */
export async function savePageFile(name: string, text: string): Promise<void> {
  const to = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Save {0}', name),
    defaultUri: saveUri(name),
  });
  if (to) await writeTarget(to, Buffer.from(text, 'utf8'));
}
