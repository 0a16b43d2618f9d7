import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import { unreadableFolder } from '../local/folderFault.ts';
import type { PlacedProblem } from '../local/localSources.ts';
import type { PlacedHint } from '../wrangler/projectReader.ts';

/** Problems of the folders that a search could not read, with their errors. */
export function unreadableFolders(unreadable: ReadonlyMap<string, unknown>): PlacedProblem[] {
  return [...unreadable].flatMap(([path, error]) => {
    const problem = unreadableFolder(path, error);
    const folder = basename(path) === '.wrangler' ? dirname(path) : path;
    return problem ? { ...problem, folder } : [];
  });
}

/** The problem for something that a Vite config leaves unknown. */
export const hintProblem = ({ path, line, root, about }: PlacedHint): PlacedProblem => ({
  path,
  line,
  folder: root,
  message: hintText(about),
});

function hintText(about: PlacedHint['about']): string {
  switch (about) {
    case 'root':
      return vscode.l10n.t(
        'The root of this Vite project is computed here, so nobody knows the folder before it runs. Write it as plain text, as in root: "./web".',
      );
    case 'configPath':
      return vscode.l10n.t(
        'The path of the wrangler config is computed here, so nobody knows which one Vite takes before it runs. Write it as plain text, as in configPath: "./wrangler.jsonc".',
      );
    case 'persistState':
      return vscode.l10n.t(
        'Where Vite keeps local data is computed here, so nobody knows the folder before it runs. Write it as plain text, as in persistState: { path: "./state" }.',
      );
    case 'notKept':
      return vscode.l10n.t(
        'Vite keeps no local data of this project: persistState is false, so what its Worker reads and writes is not shown here.',
      );
  }
}
