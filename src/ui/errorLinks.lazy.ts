import * as vscode from 'vscode';
import { type ErrorPage, errorPages, errorsIn } from '../core/base/errorPages.ts';

export interface ErrorLink extends vscode.TerminalLink {
  readonly page: ErrorPage;
}

/** A link on each error of KV that a line of a terminal tells of. */
export const errorLinks = (line: string): ErrorLink[] =>
  errorsIn(line).map(({ start, length, page }) => ({
    startIndex: start,
    length,
    page,
    tooltip: vscode.l10n.t('Explain this error of KV'),
  }));

/** Shows the page of that name, if there is one. */
export async function showErrorPage(extensionUri: vscode.Uri, name: unknown): Promise<void> {
  const page = errorPages.find((one) => one === name);
  if (page === undefined) return;
  const uri = vscode.Uri.joinPath(extensionUri, 'media', 'errors', `${page}.md`);
  await vscode.commands.executeCommand('markdown.showPreview', uri);
}
