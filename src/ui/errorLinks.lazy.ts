import * as vscode from 'vscode';
import { type ErrorPage, errorsIn } from '../core/base/errorPages.ts';

export { errorPages } from '../core/base/errorPages.ts';

export interface ErrorLink extends vscode.TerminalLink {
  readonly page: ErrorPage;
}

/** The errors of KV that a line of a terminal mentions, as links. */
export const errorLinks = (line: string): ErrorLink[] =>
  errorsIn(line).map(({ start, length, page }) => ({
    startIndex: start,
    length,
    page,
    tooltip: vscode.l10n.t('Explain this error of KV'),
  }));
