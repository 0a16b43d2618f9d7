import * as vscode from 'vscode';
import { KvError } from '../core/base/errors.ts';
import type { WranglerConfig } from '../wrangler/config.ts';
import { isUsualName } from '../wrangler/preferred.ts';

/**
 * Checks that a config may be changed on disk. Throws `invalidInput` for a file that is not a config, `unsupported` for
 * one that a build tool generates or a link places outside of an untrusted workspace, and `conflict` while an editor has unsaved changes of it.
 */
export function checkEditable(path: string, configs: readonly WranglerConfig[]): void {
  checkWritten(path, configs);
  checkSaved(path);
}

/** A config that was not found yet, such as one that was just created, must have a name that wrangler looks for. */
function checkWritten(path: string, configs: readonly WranglerConfig[]): void {
  const own = configs.filter((config) => config.path === path);
  const file = vscode.workspace.asRelativePath(path);
  if (own.some(({ isOutside }) => isOutside)) {
    throw new KvError(
      'unsupported',
      vscode.l10n.t('{0} leads out of this workspace, which is not trusted. Trust the workspace to use it.', file),
    );
  }
  if (own.some(({ isGenerated }) => !isGenerated)) return;
  if (own.length === 0 && isUsualName(path)) return;
  if (own.length === 0) {
    throw new KvError('invalidInput', vscode.l10n.t('“{0}” is no wrangler config that this workspace uses.', file));
  }
  throw new KvError(
    'unsupported',
    vscode.l10n.t(
      '{0} is made by a build tool, which would undo the change. Add the binding to the config that it is made from.',
      file,
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
