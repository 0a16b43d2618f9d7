import type * as vscode from 'vscode';

const LANGUAGES: readonly string[] = ['typescript', 'typescriptreact', 'javascript', 'javascriptreact'];
/** By its ending: it is a language only where an extension makes it one. */
const ASTRO = '.astro';

export const workerCodeSelector: vscode.DocumentSelector = [
  ...LANGUAGES.map((language) => ({ language, scheme: 'file' })),
  { pattern: `**/*${ASTRO}`, scheme: 'file' },
];

/** What may be the code of a Worker, by its language and ending alone. */
export const isWorkerCode = ({ languageId, uri }: vscode.TextDocument): boolean =>
  uri.scheme === 'file' && (LANGUAGES.includes(languageId) || uri.path.endsWith(ASTRO));
