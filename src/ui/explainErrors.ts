import * as vscode from 'vscode';
import type { ErrorPage } from '../core/base/errorPages.ts';
import { explainCommand } from '../core/text/wayOut.ts';
import type { ErrorLink } from './errorLinks.lazy.ts';
import { reportError } from './reportError.ts';

/** The page about an error. */
export const errorPageUri = (extensionUri: vscode.Uri, page: ErrorPage): vscode.Uri =>
  vscode.Uri.joinPath(extensionUri, 'media', 'errors', `${page}.md`);

/**
 * Explains errors of KV, in the terminal and in our own messages. Loads the explanations with the first line or click.
 */
export function registerExplainErrors(extensionUri: vscode.Uri, log: vscode.LogOutputChannel): vscode.Disposable {
  const show = async (page: unknown): Promise<void> => {
    try {
      const { errorPages } = await import('./errorLinks.lazy.ts');
      const known = errorPages.find((one) => one === page);
      if (known) await vscode.commands.executeCommand('markdown.showPreview', errorPageUri(extensionUri, known));
    } catch (error) {
      reportError(log, 'explain an error', error);
    }
  };
  return vscode.Disposable.from(
    vscode.commands.registerCommand(explainCommand, show),
    vscode.window.registerTerminalLinkProvider(terminalErrors(show)),
  );
}

/** Turns errors of KV in a terminal into links. */
export function terminalErrors(show: (page: unknown) => Promise<void>): vscode.TerminalLinkProvider<ErrorLink> {
  return {
    async provideTerminalLinks({ line }) {
      // Most lines of most terminals have nothing to do with KV.
      if (!/KV|key|code|Error|subrequest|worker|type/i.test(line)) return [];
      const { errorLinks } = await import('./errorLinks.lazy.ts');
      return errorLinks(line);
    },
    handleTerminalLink: ({ page }) => show(page),
  };
}
