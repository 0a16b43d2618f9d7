import * as vscode from 'vscode';
import { textBytes } from '../core/entry/textFidelity.ts';
import { readSource } from './files.ts';

interface ContentItem extends vscode.QuickPickItem {
  readonly read: () => Promise<Uint8Array | undefined>;
}

/** Asks where a new value comes from, and offers only sources that exist. `undefined` when dismissed. */
export async function pickContent(title: string, withEmpty = true): Promise<Uint8Array | undefined> {
  const editor = vscode.window.activeTextEditor;
  const selection = editor && !editor.selection.isEmpty ? editor.document.getText(editor.selection) : undefined;
  const clipboard = await vscode.env.clipboard.readText();
  const text = (value: string) => async () => textBytes(value);
  const items: ContentItem[] = [
    ...(withEmpty ? [{ label: vscode.l10n.t('Empty value'), read: text('') }] : []),
    ...(selection === undefined
      ? []
      : [{ label: vscode.l10n.t('Selected text'), description: oneLine(selection), read: text(selection) }]),
    ...(editor
      ? [
          {
            label: vscode.l10n.t('Active file'),
            description: vscode.workspace.asRelativePath(editor.document.uri),
            read: () => (editor.document.isDirty ? text(editor.document.getText())() : readSource(editor.document.uri)),
          },
        ]
      : []),
    ...(clipboard === ''
      ? []
      : [{ label: vscode.l10n.t('Clipboard'), description: oneLine(clipboard), read: text(clipboard) }]),
    { label: vscode.l10n.t('A file…'), read: pickFile },
  ];
  const picked = await vscode.window.showQuickPick(items, { title, placeHolder: vscode.l10n.t('Which value?') });
  return picked?.read();
}

async function pickFile(): Promise<Uint8Array | undefined> {
  const [file] = (await vscode.window.showOpenDialog({ openLabel: vscode.l10n.t('Use as Value') })) ?? [];
  return file && readSource(file);
}

const oneLine = (text: string): string => text.slice(0, 60).replace(/\s+/g, ' ');
