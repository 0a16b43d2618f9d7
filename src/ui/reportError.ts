import * as vscode from 'vscode';
import { errorText, isKvError } from '../core/base/errors.ts';
import { wayOutOf } from '../core/text/wayOut.ts';
import { withoutLinks } from '../core/text/withoutLinks.ts';
import { takeWayOut } from './takeWayOut.ts';

/** Details for the log that only a developer needs: the chain of causes, never a value or a token. */
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
 * Shows one message for an error that no caller handles, with its way out if it has one. Says nothing if it was a
 * cancellation.
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
