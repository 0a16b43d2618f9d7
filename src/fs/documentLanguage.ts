import * as vscode from 'vscode';
import { sniffLanguage } from '../core/entry/valueKind.ts';
import { valueLanguage, valueScheme } from '../ids.ts';
import type { Settings } from '../settings.ts';
import type { KeyDocument } from './keyDocument.ts';
import { keyOf } from './kvUri.ts';
import { isUtf8 } from './openDocuments.ts';

/** VS Code's language id for text of unknown language. */
const UNKNOWN_LANGUAGE = 'plaintext';

/** The language id that the user's globs assign to a key. */
async function configuredLanguage(key: string, globs: Readonly<Record<string, string>>): Promise<string | undefined> {
  const entries = Object.entries(globs);
  if (entries.length === 0) return undefined;
  const { picomatch } = await import('./glob.lazy.ts');
  return entries.find(([glob]) => picomatch.isMatch(key, glob, { dot: true }))?.[1];
}

/**
 * Sets the language of a value's document by the user's globs, else by the file extension of the key (VS Code has done
 * that), else by the content, else to our own plain text, whose defaults keep editor settings from changing a value.
 * Reads a document again that VS Code read in another encoding than UTF-8. Changing the language closes and reopens the
 * document; any later change is the user's choice.
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
