import * as vscode from 'vscode';
import { isAffected, type Protection } from '../core/store/protection.ts';
import type { RegistryChange, SourceRegistry } from '../core/store/sourceRegistry.ts';
import { withoutLinks } from '../core/text/withoutLinks.ts';
import { entryScheme, valueScheme } from '../ids.ts';
import type { Settings } from '../settings.ts';
import { adoptDocument } from './documentLanguage.ts';
import type { KvFileSystem } from './kvFileSystem.ts';
import { entryUri, isOurs, isRemote, keyOf, type NamespaceRef, valueUri } from './kvUri.ts';
import { openDocument, shownUris, urisOfTab } from './openDocuments.ts';

/** How long changes are gathered before open documents are checked, in milliseconds. */
const GATHER_MS = 50;
/** The same for a real account: an editor's save has ended by then, and is not asked for again. */
const GATHER_REMOTE_MS = 500;

export interface DocumentsHost {
  readonly sources: SourceRegistry;
  readonly values: KvFileSystem;
  readonly entries: KvFileSystem;
  readonly report: (what: string, error: unknown) => void;
  /** True from the moment a save of this document begins until it has ended. */
  readonly isSaving: (uri: vscode.Uri) => boolean;
  readonly protection: Pick<Protection, 'protectorOf' | 'onDidChange'>;
  readonly settings: Pick<Settings, 'languages'>;
  /** A document was opened, or closed and opened again for another language. */
  readonly onDidOpen: (uri: vscode.Uri) => void;
  /** Offers to download a value that an editor would damage. */
  readonly download: (uri: vscode.Uri) => void;
  /** Lets a namespace be written again. */
  readonly allowWriting: (namespace: NamespaceRef) => void;
}

/** Follows the documents of ours that are open: their language, what happens to their keys, and their closing. */
export function watchDocuments(host: DocumentsHost): vscode.Disposable {
  const pending = new Set<string>();
  /** The namespaces of those that were explained. */
  const explained = new Map<string, NamespaceRef>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const adopt = (document: vscode.TextDocument): void => {
    if (!isOurs(document.uri)) return;
    adoptDocument(document, host.settings).catch((error: unknown) => host.report('set the language', error));
    if (shownUris().some((uri) => uri.toString() === document.uri.toString())) explainReadOnly(document);
    host.onDidOpen(document.uri);
  };

  /**
   * Once for a value that an editor would damage, and once for a namespace that is switched to read-only; not for the
   * many values of one comparison, which nobody is about to edit.
   */
  const explainReadOnly = ({ uri }: vscode.TextDocument): void => {
    const reason = host.values.readOnlyReason(uri);
    const location = keyOf(uri);
    if (uri.scheme !== valueScheme || !reason || !location) return;
    const { namespace, key } = location;
    const isSwitched = reason === host.sources.readOnlyReason(namespace);
    const id = isSwitched ? namespaceName(namespace) : uri.toString();
    if (explained.has(id)) return;
    explained.set(id, namespace);
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

  const check = async (): Promise<void> => {
    timer = undefined;
    const all = [...pending].map((text) => vscode.Uri.parse(text, true));
    pending.clear();
    const isUpToDate = (uri: vscode.Uri): boolean =>
      isRemote(uri) && (host.values.wasJustSaved(uri) || host.entries.wasJustSaved(uri));
    const isSaving = (uri: vscode.Uri): boolean => isRemote(uri) && urisOfKey(uri).some(host.isSaving);
    for (const uri of all.filter(isSaving)) pending.add(uri.toString());
    if (pending.size > 0) timer = setTimeout(() => void check(), GATHER_REMOTE_MS);
    const uris = all.filter((uri) => !isSaving(uri) && !isUpToDate(uri));
    try {
      await reopen(uris.filter((uri) => (uri.scheme === valueScheme ? host.values : host.entries).isUnavailable(uri)));
      await host.values.checkForChanges(uris.filter((uri) => uri.scheme === valueScheme));
      await host.entries.checkForChanges(uris.filter((uri) => uri.scheme === entryScheme));
    } catch (error) {
      host.report('check open documents', error);
    }
  };

  const checkSoon = (change: RegistryChange): void => {
    for (const uri of openUris()) {
      const location = keyOf(uri);
      if (!location) continue;
      const { namespace, key } = location;
      if (change.source !== undefined && change.source !== namespace.source) continue;
      if (change.namespace !== undefined && change.namespace !== namespace.id) continue;
      if (change.keys !== undefined && !change.keys.includes(key)) continue;
      pending.add(uri.toString());
    }
    if (pending.size === 0) return;
    const isAllRemote = [...pending].every((uri) => isRemote(vscode.Uri.parse(uri, true)));
    timer ??= setTimeout(() => void check(), isAllRemote ? GATHER_REMOTE_MS : GATHER_MS);
  };

  for (const document of vscode.workspace.textDocuments) adopt(document);
  return vscode.Disposable.from(
    vscode.workspace.onDidOpenTextDocument(adopt),
    host.sources.onDidChange(checkSoon),
    host.protection.onDidChange((change) => {
      for (const [id, namespace] of explained) {
        if (id === namespaceName(namespace) && isAffected(namespace, change)) explained.delete(id);
      }
      const uris = openUris().filter((uri) => {
        const location = keyOf(uri);
        return location !== undefined && isAffected(location.namespace, change);
      });
      host.values.touch(uris.filter((uri) => uri.scheme === valueScheme));
      host.entries.touch(uris.filter((uri) => uri.scheme === entryScheme));
    }),
    // Whatever changed while the window was in the background shows as soon as somebody looks.
    vscode.window.onDidChangeWindowState((state) => {
      if (state.focused) checkSoon({});
    }),
    vscode.window.tabGroups.onDidChangeTabs(({ opened, closed }) => {
      // A document may be there before its tab is.
      for (const uri of opened.flatMap(urisOfTab)) {
        const document = openDocument(uri);
        if (document) explainReadOnly(document);
      }
      const open = new Set(shownUris().map(String));
      for (const uri of closed.flatMap(urisOfTab)) {
        if (!isOurs(uri) || open.has(uri.toString())) continue;
        explained.delete(uri.toString());
        (uri.scheme === valueScheme ? host.values : host.entries).closed(uri);
      }
    }),
    { dispose: () => clearTimeout(timer) },
  );
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

const namespaceName = ({ source, id }: NamespaceRef): string => `${source}\n${id}`;

/** The value and the entry document of the same key. */
function urisOfKey(uri: vscode.Uri): vscode.Uri[] {
  const location = keyOf(uri);
  if (!location) return [];
  const { namespace, key } = location;
  return [valueUri(namespace, key), entryUri(namespace, key)];
}

function openUris(): vscode.Uri[] {
  const documents = vscode.workspace.textDocuments.map((document) => document.uri);
  const all = [...documents, ...shownUris()].filter(isOurs);
  return [...new Map(all.map((uri) => [uri.toString(), uri])).values()];
}
