import * as vscode from 'vscode';
import { sniffLanguage } from '../core/entry/valueKind.ts';
import { valueLanguage, valueScheme } from '../ids.ts';
import type { Settings } from '../settings.ts';
import type { KeyDocument } from './keyDocument.ts';
import { keyOf } from './kvUri.ts';
import { isUtf8 } from './openDocuments.ts';

/** What VS Code calls a text that it knows no language for. */
const UNKNOWN_LANGUAGE = 'plaintext';

/** The language id that the user's globs give a key. */
async function configuredLanguage(key: string, globs: Readonly<Record<string, string>>): Promise<string | undefined> {
  const entries = Object.entries(globs);
  if (entries.length === 0) return undefined;
  const { picomatch } = await import('./glob.lazy.ts');
  return entries.find(([glob]) => picomatch.isMatch(key, glob, { dot: true }))?.[1];
}

/**
 * Gives a value's document its language: the user's globs, else the key's ending (VS Code has done that), else the
 * content, else our own plain text, whose defaults keep editor settings from changing a value. A document that VS Code
 * read in another encoding than UTF-8 is read again. Changing the language closes and reopens the document; what it has
 * after that, its user has chosen.
 */
export async function setDocumentLanguage(
  document: vscode.TextDocument,
  state: Pick<KeyDocument, 'isLanguageGiven'>,
  { languages }: Pick<Settings, 'languages'>,
): Promise<void> {
  const location = keyOf(document.uri);
  if (!location) return;
  if (!isUtf8(document.encoding) && !document.isDirty) {
    await vscode.workspace.openTextDocument(document.uri, { encoding: 'utf8' });
  }
  if (document.uri.scheme !== valueScheme || state.isLanguageGiven) return;
  state.isLanguageGiven = true;
  const language =
    (await configuredLanguage(location.key, languages)) ??
    (document.languageId === UNKNOWN_LANGUAGE
      ? (sniffLanguage(Buffer.from(document.getText())) ?? valueLanguage)
      : undefined);
  if (language !== undefined && language !== document.languageId) {
    await vscode.languages.setTextDocumentLanguage(document, language);
  }
}
