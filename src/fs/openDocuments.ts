import * as vscode from 'vscode';
import { KvError } from '../core/base/errors.ts';
import { keyOf } from './kvUri.ts';

/** VS Code's names of UTF-8, without and with a byte order mark; a value is text in no other encoding. */
export const isUtf8 = (encoding: string): boolean => encoding === 'utf8' || encoding === 'utf8bom';

export const openDocument = (uri: vscode.Uri): vscode.TextDocument | undefined => {
  const id = uri.toString();
  return vscode.workspace.textDocuments.find((document) => document.uri.toString() === id);
};

export const hasUnsavedText = (uri: vscode.Uri): boolean => openDocument(uri)?.isDirty === true;

/** Throws when the open document of this URI would be saved as other bytes than the text it shows. */
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

/** What a save of this document would write. */
export function documentBytes(document: vscode.TextDocument): Uint8Array {
  checkEncoding(document.uri);
  return Buffer.from(`${document.encoding === 'utf8bom' ? '\uFEFF' : ''}${document.getText()}`, 'utf8');
}

/** Every tab that shows a document of ours, a plain one or either side of a comparison of two. */
export function shownUris(): vscode.Uri[] {
  return allTabs().flatMap(urisOfTab);
}

/** What somebody can see now: the tab in front of each group, whatever kind of editor it is, and every text editor. */
export const visibleUris = (): vscode.Uri[] => [
  ...vscode.window.tabGroups.all.flatMap(({ activeTab }) => (activeTab ? urisOfTab(activeTab) : [])),
  ...vscode.window.visibleTextEditors.map(({ document }) => document.uri),
];

/** What tabs of any kind hold, comparisons of many documents included. */
export function heldUris(): vscode.Uri[] {
  return allTabs().flatMap((tab) => [...urisOfTab(tab), ...urisOfMultiDiff(tab)]);
}

const allTabs = (): vscode.Tab[] => vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs);

export function urisOfTab({ input }: vscode.Tab): vscode.Uri[] {
  if (input instanceof vscode.TabInputText || input instanceof vscode.TabInputCustom) return [input.uri];
  if (input instanceof vscode.TabInputTextDiff) return [input.original, input.modified];
  return [];
}

/** A comparison of many documents; the API has no type for its tab yet. */
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

/** What the active editor shows, whatever kind of editor it is; of a comparison the side that has the cursor. */
export function activeUri(): vscode.Uri | undefined {
  const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
  const uris = tab ? urisOfTab(tab) : [];
  const atCursor = vscode.window.activeTextEditor?.document.uri;
  if (uris.length === 0) return atCursor;
  return uris.find((uri) => uri.toString() === atCursor?.toString()) ?? uris.at(-1);
}
