import * as vscode from 'vscode';
import { KvError } from '../core/base/errors.ts';
import type { WranglerConfig } from '../wrangler/config.ts';

/**
 * That a config may be changed on the disk: throws `unsupported` for one that is made by a build tool, and `conflict` while
 * an editor has unsaved changes of it.
 */
export function checkEditable(path: string, configs: readonly WranglerConfig[]): void {
  checkWritten(path, configs);
  checkSaved(path);
}

function checkWritten(path: string, configs: readonly WranglerConfig[]): void {
  const own = configs.filter((config) => config.path === path);
  if (own.length === 0 || own.some(({ isGenerated }) => !isGenerated)) return;
  throw new KvError(
    'unsupported',
    vscode.l10n.t(
      '{0} is made by a build tool, which would undo the change. Add the binding to the config that it is made from.',
      vscode.workspace.asRelativePath(path),
    ),
  );
}

function checkSaved(path: string): void {
  const open = vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === 'file' && uri.fsPath === path);
  if (!open?.isDirty) return;
  throw new KvError(
    'conflict',
    vscode.l10n.t('{0} has unsaved changes. Save it and try again.', vscode.workspace.asRelativePath(path)),
  );
}
