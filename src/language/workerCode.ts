import type * as vscode from 'vscode';

const LANGUAGES: readonly string[] = ['typescript', 'typescriptreact', 'javascript', 'javascriptreact', 'astro'];

export const workerCodeSelector: vscode.DocumentSelector = LANGUAGES.map((language) => ({ language, scheme: 'file' }));

/** What may be the code of a Worker, by its language alone. */
export const isWorkerCode = ({ languageId, uri }: vscode.TextDocument): boolean =>
  uri.scheme === 'file' && LANGUAGES.includes(languageId);
