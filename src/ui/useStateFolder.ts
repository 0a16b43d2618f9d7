import * as vscode from 'vscode';
import { useFolderCommand } from '../core/text/wayOut.ts';
import { reportError } from './reportError.ts';

const SECTION = 'cloudflareKv.local';
const NAME = 'stateFolders';

/**
 * Registers the command of buttons and links that offer a folder of local KV. It adds the folder to the setting that
 * shows it in the view.
 */
export const registerUseStateFolder = (log: vscode.LogOutputChannel): vscode.Disposable =>
  vscode.commands.registerCommand(useFolderCommand, async (folder: unknown) => {
    if (typeof folder !== 'string') return;
    await useStateFolder(folder).catch((error: unknown) => reportError(log, 'change the settings', error));
  });

async function useStateFolder(folder: string): Promise<void> {
  const settings = vscode.workspace.getConfiguration(SECTION);
  const present: unknown = settings.inspect(NAME)?.globalValue;
  const folders = Array.isArray(present) ? present : [];
  if (folders.includes(folder)) return;
  await settings.update(NAME, [...folders, folder], vscode.ConfigurationTarget.Global);
}
