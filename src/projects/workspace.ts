import { isAbsolute, join } from 'node:path';
import * as vscode from 'vscode';
import type { HiddenBelow } from '../wrangler/configSearchProtocol.ts';

/** The absolute paths of the workspace folders on this machine. */
export const workspaceFolders = (): string[] =>
  (vscode.workspace.workspaceFolders ?? []).flatMap(({ uri }) => (uri.scheme === 'file' ? uri.fsPath : []));

/** The folders that files of projects may be read from; `undefined` for anywhere, if the workspace is trusted. */
export const readableFolders = (): string[] | undefined =>
  vscode.workspace.isTrusted ? undefined : workspaceFolders();

/** What the setting `files.exclude` hides; entries with a condition on sibling files are ignored. */
export function hiddenBelow(folder: string): HiddenBelow {
  const settings = vscode.workspace.getConfiguration('files', vscode.Uri.file(folder));
  const entries = Object.entries(settings.get<Readonly<Record<string, unknown>>>('exclude', {}));
  return { folder, globs: entries.flatMap(([glob, isOn]) => (isOn === true ? glob : [])) };
}

/**
 * The `--persist-to` folders of the setting, as absolute paths. One outside the workspace is read only if the workspace
 * is trusted.
 */
export function stateFolders(configured: readonly string[], folders: readonly string[]): string[] {
  const absolute = configured.flatMap((folder) =>
    isAbsolute(folder) ? folder : folders.map((base) => join(base, folder)),
  );
  const inside = (folder: string): boolean =>
    vscode.workspace.getWorkspaceFolder(vscode.Uri.file(folder)) !== undefined;
  return vscode.workspace.isTrusted ? absolute : absolute.filter(inside);
}
