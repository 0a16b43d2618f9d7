import * as vscode from 'vscode';
import { KvError } from '../core/base/errors.ts';
import { keyOf } from './kvUri.ts';

/** VS Code's names for UTF-8, without and with a byte order mark. A value is text only in UTF-8. */
export const isUtf8 = (encoding: string): boolean => encoding === 'utf8' || encoding === 'utf8bom';

export const openDocument = (uri: vscode.Uri): vscode.TextDocument | undefined => {
  const id = uri.toString();
  return vscode.workspace.textDocuments.find((document) => document.uri.toString() === id);
};

/** The text that an open document shows; `undefined` if it is not open. */
export const textOf = (uri: vscode.Uri): string | undefined => openDocument(uri)?.getText();

export const hasUnsavedText = (uri: vscode.Uri): boolean => openDocument(uri)?.isDirty === true;

/** Throws if a save of the open document would write other bytes than the text that it shows. */
export function checkEncoding(uri: vscode.Uri): void {
  const document = openDocument(uri);
  if (!document || isUtf8(document.encoding)) return;
  throw new KvError(
    'invalidInput',
    vscode.l10n.t(
      '“{0}” was not saved: it would be written as {1}, and values are text in UTF-8. Choose “Save with Encoding” › UTF-8 in the status bar.',
      keyOf(uri)?.key ?? uri.path,
      document.encoding,
    ),
  );
}

/** The bytes that a save of this document would write. */
export function documentBytes(document: vscode.TextDocument): Uint8Array {
  checkEncoding(document.uri);
  return Buffer.from(`${document.encoding === 'utf8bom' ? '\uFEFF' : ''}${document.getText()}`, 'utf8');
}

/** The documents of all tabs: single ones, and both sides of a diff of two. */
export function shownUris(): vscode.Uri[] {
  return allTabs().flatMap(urisOfTab);
}

/** What the user can see now: the front tab of each group, in any kind of editor, and every text editor. */
export const visibleUris = (): vscode.Uri[] => [
  ...vscode.window.tabGroups.all.flatMap(({ activeTab }) => (activeTab ? urisOfTab(activeTab) : [])),
  ...vscode.window.visibleTextEditors.map(({ document }) => document.uri),
];

/** The documents of all tabs, including diffs of many documents. */
export function heldUris(): vscode.Uri[] {
  return allTabs().flatMap((tab) => [...urisOfTab(tab), ...urisOfMultiDiff(tab)]);
}

const allTabs = (): vscode.Tab[] => vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs);

export function urisOfTab({ input }: vscode.Tab): vscode.Uri[] {
  if (input instanceof vscode.TabInputText || input instanceof vscode.TabInputCustom) return [input.uri];
  if (input instanceof vscode.TabInputTextDiff) return [input.original, input.modified];
  return [];
}

/** The documents of a diff of many. The API has no type for its tab yet. */
export function urisOfMultiDiff({ input }: vscode.Tab): vscode.Uri[] {
  const diffs: unknown = Reflect.get(Object(input), 'textDiffs');
  if (!Array.isArray(diffs)) return [];
  return diffs.flatMap((diff: unknown) =>
    ['original', 'modified'].flatMap((side) => {
      const uri: unknown = Reflect.get(Object(diff), side);
      return uri instanceof vscode.Uri ? uri : [];
    }),
  );
}

/** The document of the active editor, of any kind. For a diff, the side with the cursor. */
export function activeUri(): vscode.Uri | undefined {
  const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
  const uris = tab ? urisOfTab(tab) : [];
  const atCursor = vscode.window.activeTextEditor?.document.uri;
  if (uris.length === 0) return atCursor;
  return uris.find((uri) => uri.toString() === atCursor?.toString()) ?? uris.at(-1);
}
