import * as vscode from 'vscode';
import { explainCommand } from '../core/text/wayOut.ts';
import type { ErrorLink } from './errorLinks.lazy.ts';
import { reportError } from './reportError.ts';

/** Explains errors of KV, in the terminal and in our own messages; what knows them is loaded with the first line or click. */
export function registerExplainErrors(extensionUri: vscode.Uri, log: vscode.LogOutputChannel): vscode.Disposable {
  const show = async (page: unknown): Promise<void> => {
    try {
      const { showErrorPage } = await import('./errorLinks.lazy.ts');
      await showErrorPage(extensionUri, page);
    } catch (error) {
      reportError(log, 'explain an error', error);
    }
  };
  return vscode.Disposable.from(
    vscode.commands.registerCommand(explainCommand, show),
    vscode.window.registerTerminalLinkProvider(terminalErrors(show)),
  );
}

/** Makes links of the errors of KV in a terminal. */
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
