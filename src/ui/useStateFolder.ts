import * as vscode from 'vscode';

const SECTION = 'cloudflareKv.local';
const NAME = 'stateFolders';

/** Adds a folder of local KV to the setting that shows it in the view. Rejects where the settings cannot be written. */
export async function useStateFolder(folder: string): Promise<void> {
  const settings = vscode.workspace.getConfiguration(SECTION);
  const present: unknown = settings.inspect(NAME)?.globalValue;
  const folders = Array.isArray(present) ? present : [];
  if (folders.includes(folder)) return;
  await settings.update(NAME, [...folders, folder], vscode.ConfigurationTarget.Global);
}
