import * as vscode from 'vscode';

/**
 * The wrangler configs, including those with other names, by the globs of the setting. Matched by path, because VS Code
 * may not know TOML as a language.
 */
export function configSelector(globs: readonly string[]): readonly vscode.DocumentFilter[] {
  const folders = vscode.workspace.workspaceFolders ?? [];
  return [
    { scheme: 'file', pattern: '**/wrangler.{toml,json,jsonc}' },
    ...folders.flatMap((folder) =>
      globs.map((glob) => ({ scheme: 'file', pattern: new vscode.RelativePattern(folder, glob) })),
    ),
  ];
}
