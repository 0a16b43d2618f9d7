import type * as vscode from 'vscode';

const LANGUAGES: readonly string[] = ['typescript', 'typescriptreact', 'javascript', 'javascriptreact'];
/** Checked by file extension, because VS Code knows the language only if an extension provides it. */
const ASTRO = '.astro';

export const workerCodeSelector: vscode.DocumentSelector = [
  ...LANGUAGES.map((language) => ({ language, scheme: 'file' })),
  { pattern: `**/*${ASTRO}`, scheme: 'file' },
];

/** Whether a document may contain Worker code, judged only by language and file extension. */
export const isWorkerCode = ({ languageId, uri }: vscode.TextDocument): boolean =>
  uri.scheme === 'file' && (LANGUAGES.includes(languageId) || uri.path.endsWith(ASTRO));
