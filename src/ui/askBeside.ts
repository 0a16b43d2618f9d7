import * as vscode from 'vscode';
import { withoutLinks } from '../core/text/withoutLinks.ts';
import type { Running } from './progress.ts';

/**
 * Asks in a notification, so that what it is about can be looked at meanwhile. VS Code puts one of these under its bell
 * after some seconds: until it is answered a progress stays that leads there. `undefined` when dismissed or cancelled.
 */
export async function askBeside(
  question: string,
  buttons: readonly string[],
  { waitFor, signal }: Pick<Running, 'waitFor' | 'signal'>,
): Promise<string | undefined> {
  const show = `[${vscode.l10n.t('Show the Question')}](command:notifications.showList)`;
  const asked = vscode.window.showWarningMessage(withoutLinks(question), ...buttons);
  const cancelled = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  return await waitFor(Promise.race([asked, cancelled]), vscode.l10n.t('Waiting for an answer. {0}', show));
}
