import * as vscode from 'vscode';
import { type NamespaceRef, namespaceKey } from '../core/store/namespaceRef.ts';
import { isAffected, type Protection } from '../core/store/protection.ts';
import type { RegistryChange, SourceRegistry } from '../core/store/sourceRegistry.ts';
import { withoutLinks } from '../core/text/withoutLinks.ts';
import { valueScheme } from '../ids.ts';
import type { Settings } from '../settings.ts';
import { setDocumentLanguage } from './documentLanguage.ts';
import type { KeyDocument } from './keyDocument.ts';
import type { KvFileSystem } from './kvFileSystem.ts';
import { entryUri, isOurs, isRemote, keyOf, valueUri } from './kvUri.ts';
import { openDocument, shownUris, urisOfTab, visibleUris } from './openDocuments.ts';

/** How long changes are gathered before open documents are checked, in milliseconds. */
const GATHER_MS = 50;
/** The same for a real account: an editor's save has ended by then, and is not asked for again. */
const GATHER_REMOTE_MS = 500;

export interface DocumentsHost {
  readonly sources: SourceRegistry;
  readonly values: KvFileSystem;
  readonly entries: KvFileSystem;
  readonly report: (what: string, error: unknown) => void;
  readonly protection: Pick<Protection, 'protectorOf' | 'onDidChange'>;
  readonly settings: Pick<Settings, 'languages'>;
  /** A document was opened, or closed and opened again for another language. */
  readonly onDidOpen: (uri: vscode.Uri) => void;
  /** Offers to download a value that an editor would damage. */
  readonly download: (uri: vscode.Uri) => void;
  /** Lets a namespace be written again. */
  readonly allowWriting: (namespace: NamespaceRef) => void;
}

/** Follows the documents of ours that are open: their language, and what happens to their keys. */
export function watchDocuments(host: DocumentsHost): vscode.Disposable {
  const { values, entries } = host;
  /** Namespaces of which it was said that they are read-only. */
  const explained = new Map<string, NamespaceRef>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const systemOf = ({ scheme }: vscode.Uri): KvFileSystem => (scheme === valueScheme ? values : entries);
  const held = (): readonly KeyDocument[] => [...values.documents.held, ...entries.documents.held];

  const adopt = (document: vscode.TextDocument): void => {
    const { uri } = document;
    if (!isOurs(uri)) return;
    const state = systemOf(uri).documents.obtain(uri.toString());
    setDocumentLanguage(document, state, host.settings).catch((error: unknown) =>
      host.report('set the language', error),
    );
    if (shownUris().some((shown) => shown.toString() === uri.toString())) explainReadOnly(uri);
    host.onDidOpen(uri);
  };

  /**
   * Once for a value that an editor would damage, and once for a namespace that is switched to read-only; not for the
   * many values of one comparison, which nobody is about to edit.
   */
  const explainReadOnly = (uri: vscode.Uri): void => {
    const reason = values.readOnlyReason(uri);
    const location = keyOf(uri);
    if (uri.scheme !== valueScheme || !reason || !location) return;
    const { namespace, key } = location;
    const document = values.documents.obtain(uri.toString());
    const isSwitched = reason === host.sources.readOnlyReason(namespace);
    if (isSwitched ? explained.has(namespaceKey(namespace)) : document.isExplained) return;
    if (isSwitched) explained.set(namespaceKey(namespace), namespace);
    else document.isExplained = true;
    const text = isSwitched
      ? vscode.l10n.t('“{0}” opens read-only. {1}', key, reason)
      : vscode.l10n.t('“{0}” opens read-only: {1}', key, reason);
    const allow = vscode.l10n.t('Allow Writing');
    const download = vscode.l10n.t('Download…');
    // What the workspace protects, no button can allow.
    const canAllow = host.protection.protectorOf(namespace) !== 'workspace';
    const buttons = isSwitched ? (canAllow ? [allow] : []) : [download];
    void vscode.window.showInformationMessage(withoutLinks(text), ...buttons).then((answer) => {
      if (answer === allow) host.allowWriting(namespace);
      if (answer === download) host.download(uri);
    });
  };

  /** The value and the entry document of the same key. */
  const documentsOfKey = ({ target: { namespace, key } }: KeyDocument): KeyDocument[] =>
    [
      values.documents.find(valueUri(namespace, key).toString()),
      entries.documents.find(entryUri(namespace, key).toString()),
    ].filter((document) => document !== undefined);

  const check = async (): Promise<void> => {
    timer = undefined;
    const due: KeyDocument[] = [];
    const isDue = dueNow();
    for (const document of held()) {
      if (!document.isToBeChecked || !isDue(document)) continue;
      const ofKey = isRemote(document.target.uri) ? documentsOfKey(document) : [];
      if (ofKey.some(({ save }) => save.isRunning)) {
        timer ??= setTimeout(() => void check(), GATHER_REMOTE_MS);
        continue;
      }
      document.noteChecked(performance.now());
      if (!ofKey.some(({ isJustSaved }) => isJustSaved)) due.push(document);
    }
    try {
      await reopen(due.filter(({ isUnavailable }) => isUnavailable).map(({ target }) => target.uri));
      for (const system of [values, entries]) {
        await system.checkForChanges(due.filter(({ target }) => systemOf(target.uri) === system));
      }
    } catch (error) {
      host.report('check open documents', error);
    }
  };

  const checkSoon = (change: RegistryChange): void => {
    if (change.only === 'names') return;
    let isAnyLocal = false;
    let isAny = false;
    for (const document of held()) {
      const { namespace, key, uri } = document.target;
      if (change.only === 'unread' && !document.isUnavailable) continue;
      if (change.source !== undefined && change.source !== namespace.source) continue;
      if (change.namespace !== undefined && change.namespace !== namespace.id) continue;
      if (change.keys !== undefined && !change.keys.includes(key)) continue;
      document.changedAt = performance.now();
      isAny = true;
      isAnyLocal ||= !isRemote(uri);
    }
    if (isAny) startTimer(isAnyLocal ? GATHER_MS : GATHER_REMOTE_MS);
  };

  const startTimer = (ms: number): void => {
    timer ??= setTimeout(() => void check(), ms);
  };

  /** What came to the front while it waited to be checked. */
  const checkShown = (): void => {
    const waiting = held().filter(({ isToBeChecked }) => isToBeChecked);
    if (waiting.length > 0 && waiting.some(dueNow())) startTimer(GATHER_MS);
  };

  for (const document of vscode.workspace.textDocuments) adopt(document);
  return vscode.Disposable.from(
    vscode.workspace.onDidOpenTextDocument(adopt),
    host.sources.onDidChange(checkSoon),
    host.protection.onDidChange((change) => {
      for (const [name, namespace] of explained) if (isAffected(namespace, change)) explained.delete(name);
      const affected = held().filter(({ target: { namespace } }) => isAffected(namespace, change));
      for (const system of [values, entries]) {
        system.touch(affected.map(({ target: { uri } }) => uri).filter((uri) => systemOf(uri) === system));
      }
    }),
    // Whatever changed while the window was in the background shows as soon as somebody looks.
    vscode.window.onDidChangeWindowState((state) => {
      if (state.focused) checkSoon({});
    }),
    vscode.window.tabGroups.onDidChangeTabs(({ opened }) => {
      // A document may be there before its tab is.
      for (const uri of opened.flatMap(urisOfTab)) if (openDocument(uri)) explainReadOnly(uri);
      checkShown();
    }),
    vscode.window.tabGroups.onDidChangeTabGroups(checkShown),
    vscode.window.onDidChangeVisibleTextEditors(checkShown),
    { dispose: () => clearTimeout(timer) },
  );
}

/**
 * Which documents are to be checked now: to look at a value of an account costs requests, so it is looked at when
 * somebody can see it.
 */
function dueNow(): (document: KeyDocument) => boolean {
  const visible = new Set(visibleUris().map(String));
  return ({ target: { uri } }) => !isRemote(uri) || visible.has(uri.toString());
}

/** Has editors try again that show an error instead of their document. */
async function reopen(uris: readonly vscode.Uri[]): Promise<void> {
  const failed = new Set(uris.map(String));
  for (const { activeTab, viewColumn } of vscode.window.tabGroups.all) {
    if (!(activeTab?.input instanceof vscode.TabInputText)) continue;
    const { uri } = activeTab.input;
    if (!failed.has(uri.toString()) || openDocument(uri)) continue;
    const options = { viewColumn, preserveFocus: true, preview: activeTab.isPreview };
    await vscode.commands.executeCommand('vscode.open', uri, options);
  }
}
