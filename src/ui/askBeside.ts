import * as vscode from 'vscode';
import { untilCancelled } from '../core/base/cancel.ts';
import { isKvError } from '../core/base/errors.ts';
import { withoutLinks } from '../core/text/withoutLinks.ts';
import type { Running } from './progress.ts';

/**
 * Asks in a notification, so that the user can look at what the question is about. VS Code moves such a notification
 * behind its bell after some seconds, so a progress with a link to it stays until it is answered. `undefined` when
 * dismissed or cancelled.
 */
export async function askBeside(
  question: string,
  buttons: readonly string[],
  { waitFor, signal }: Pick<Running, 'waitFor' | 'signal'>,
): Promise<string | undefined> {
  const show = `[${vscode.l10n.t('Show the Question')}](command:notifications.showList)`;
  const asked = vscode.window.showWarningMessage(withoutLinks(question), ...buttons);
  const answer = untilCancelled(Promise.resolve(asked), signal).catch((error: unknown) => {
    if (isKvError(error, 'cancelled')) return undefined;
    throw error;
  });
  return await waitFor(answer, vscode.l10n.t('Waiting for an answer. {0}', show));
}
