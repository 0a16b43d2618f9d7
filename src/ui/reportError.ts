import * as vscode from 'vscode';
import { errorText, isKvError } from '../core/base/errors.ts';
import { withoutLinks } from '../core/text/withoutLinks.ts';
import { commandId } from '../ids.ts';
import { useStateFolder } from './useStateFolder.ts';

/** What only a developer needs, for the log: the chain of causes, never a value or a token. */
function details(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? ` ← ${details(error.cause)}` : '';
  const kind = isKvError(error) ? ` [${error.kind}]` : '';
  return `${errorText(error)}${kind}${cause}`;
}

export function logError(log: vscode.LogOutputChannel, what: string, error: unknown): void {
  log.error(`${what}: ${details(error)}`);
  if (error instanceof Error && !isKvError(error) && error.stack) log.debug(error.stack);
}

/** One message for an error that no caller will handle, with the way out where there is one; a cancelled one says nothing. */
export function reportError(log: vscode.LogOutputChannel, what: string, error: unknown): void {
  if (isKvError(error, 'cancelled') || error instanceof vscode.CancellationError) return;
  logError(log, what, error);
  const showLog = vscode.l10n.t('Show Log');
  const signIn = vscode.l10n.t('Sign In…');
  const ours = isKvError(error);
  const message = ours
    ? error.message
    : vscode.l10n.t('Cloudflare KV met an unexpected problem: {0}', errorText(error));
  const useFolder = vscode.l10n.t('Use That Folder');
  const stateFolder = ours ? error.stateFolder : undefined;
  const remedies = [
    ...(ours && error.kind === 'unauthenticated' ? [signIn] : []),
    ...(stateFolder === undefined ? [] : [useFolder]),
  ];
  const buttons = ours ? remedies : [showLog];
  void vscode.window.showErrorMessage(withoutLinks(message), ...buttons).then((answer) => {
    if (answer === showLog) log.show();
    if (answer === useFolder && stateFolder !== undefined) {
      useStateFolder(stateFolder).catch((problem: unknown) => logError(log, 'change the settings', problem));
    }
    if (answer === signIn) void vscode.commands.executeCommand(commandId('signIn'));
  });
}
