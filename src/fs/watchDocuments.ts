import * as vscode from 'vscode';
import type { NamespaceRef } from '../core/store/namespaceRef.ts';
import { isAffected, type Protection } from '../core/store/protection.ts';
import type { SourceRegistry } from '../core/store/sourceRegistry.ts';
import { valueScheme } from '../ids.ts';
import type { Settings } from '../settings.ts';
import { DocumentChecks } from './documentChecks.ts';
import { setDocumentLanguage } from './documentLanguage.ts';
import type { KvFileSystem } from './kvFileSystem.ts';
import { isOurs } from './kvUri.ts';
import { openDocument, shownUris, urisOfTab } from './openDocuments.ts';
import { ReadOnlyNotices } from './readOnlyNotices.ts';

export interface DocumentsHost {
  readonly sources: SourceRegistry;
  readonly values: KvFileSystem;
  readonly entries: KvFileSystem;
  readonly report: (what: string, error: unknown) => void;
  readonly protection: Pick<Protection, 'protectorOf' | 'onDidChange'>;
  readonly settings: Pick<Settings, 'languages'>;
  /** Called when a document was opened, or reopened after a change of language. */
  readonly onDidOpen: (uri: vscode.Uri) => void;
  /** Offers to download a value that an editor would damage. */
  readonly download: (uri: vscode.Uri) => void;
  /** Makes a namespace writable again. */
  readonly allowWriting: (namespace: NamespaceRef) => void;
}

/** Follows our open documents: sets their language and watches their keys. */
export function watchDocuments(host: DocumentsHost): vscode.Disposable {
  const { values, entries } = host;
  const checks = new DocumentChecks(host);
  const notices = new ReadOnlyNotices(host);

  const systemOf = ({ scheme }: vscode.Uri): KvFileSystem => (scheme === valueScheme ? values : entries);

  const adopt = (document: vscode.TextDocument): void => {
    const { uri } = document;
    if (!isOurs(uri)) return;
    const state = systemOf(uri).documents.obtain(uri.toString());
    setDocumentLanguage(document, state, host.settings).catch((error: unknown) =>
      host.report('set the language', error),
    );
    // Not for the many values of one diff, which the user does not mean to edit.
    if (shownUris().some((shown) => shown.toString() === uri.toString())) notices.shown(uri);
    host.onDidOpen(uri);
  };

  for (const document of vscode.workspace.textDocuments) adopt(document);
  return vscode.Disposable.from(
    checks,
    vscode.workspace.onDidOpenTextDocument(adopt),
    host.sources.onDidChange((change) => checks.changed(change)),
    host.protection.onDidChange((change) => {
      notices.protectionChanged(change);
      for (const system of [values, entries]) {
        const affected = system.documents.held.filter(({ target }) => isAffected(target.namespace, change));
        system.touch(affected.map(({ target }) => target.uri));
      }
    }),
    // Changes made while the window was in the background show as soon as it is focused.
    vscode.window.onDidChangeWindowState((state) => {
      if (state.focused) checks.changed({});
    }),
    vscode.window.tabGroups.onDidChangeTabs(({ opened }) => {
      // A document may be opened before its tab.
      for (const uri of opened.flatMap(urisOfTab)) if (openDocument(uri)) notices.shown(uri);
      checks.shownChanged();
    }),
    vscode.window.tabGroups.onDidChangeTabGroups(() => checks.shownChanged()),
    vscode.window.onDidChangeVisibleTextEditors(() => checks.shownChanged()),
  );
}
