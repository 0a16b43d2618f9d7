import * as vscode from 'vscode';
import { type ErrorPage, errorsIn } from '../core/base/errorPages.ts';

export { errorPages } from '../core/base/errorPages.ts';

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
