import * as vscode from 'vscode';
import { errorText, isKvError } from '../core/base/errors.ts';
import { wayOutOf } from '../core/text/wayOut.ts';
import { withoutLinks } from '../core/text/withoutLinks.ts';
import { takeWayOut } from './takeWayOut.ts';

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

/**
 * One message for an error that no caller will handle, with the way out where there is one; a cancelled one says
 * nothing.
 */
export function reportError(log: vscode.LogOutputChannel, what: string, error: unknown): void {
  if (isKvError(error, 'cancelled') || error instanceof vscode.CancellationError) return;
  logError(log, what, error);
  const showLog = vscode.l10n.t('Show Log');
  const ours = isKvError(error);
  const message = ours
    ? error.message
    : vscode.l10n.t('Cloudflare KV met an unexpected problem: {0}', errorText(error));
  const way = wayOutOf(error);
  const buttons = ours ? (way ? [way.title] : []) : [showLog];
  void vscode.window.showErrorMessage(withoutLinks(message), ...buttons).then((answer) => {
    if (answer === showLog) log.show();
    if (way && answer === way.title) void takeWayOut(way);
  });
}
