import * as vscode from 'vscode';

/**
 * The wrangler configs, those of other names by the globs of the setting. TOML need not be a language of its own here.
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
