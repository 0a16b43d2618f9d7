import * as vscode from 'vscode';
import type { RegistryChange } from '../core/store/sourceRegistry.ts';
import { valueScheme } from '../ids.ts';
import type { KeyDocument } from './keyDocument.ts';
import type { KvFileSystem } from './kvFileSystem.ts';
import { entryUri, isRemote, valueUri } from './kvUri.ts';
import { openDocument, visibleUris } from './openDocuments.ts';

/** How long changes are gathered before open documents are checked, in milliseconds. */
const GATHER_MS = 50;
/** The same for a real account. Longer, so that an editor's own save has ended by then and costs no request. */
const GATHER_REMOTE_MS = 500;

export interface DocumentChecksHost {
  readonly values: KvFileSystem;
  readonly entries: KvFileSystem;
  readonly report: (what: string, error: unknown) => void;
}

/**
 * Checks open documents whose keys may have changed, so that editors show the current content. Documents of an account
 * are checked only while they are visible, because that costs requests.
 */
export class DocumentChecks implements vscode.Disposable {
  readonly #host: DocumentChecksHost;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: DocumentChecksHost) {
    this.#host = host;
  }

  /** Marks the documents that a change may affect. */
  changed(change: RegistryChange): void {
    if (change.only === 'names') return;
    let isAnyLocal = false;
    let isAny = false;
    for (const document of this.#held) {
      const { namespace, key, uri } = document.target;
      if (change.only === 'unread' && !document.isUnavailable) continue;
      if (change.source !== undefined && change.source !== namespace.source) continue;
      if (change.namespace !== undefined && change.namespace !== namespace.id) continue;
      if (change.keys !== undefined && !change.keys.includes(key)) continue;
      document.changedAt = performance.now();
      isAny = true;
      isAnyLocal ||= !isRemote(uri);
    }
    if (isAny) this.#soon(isAnyLocal ? GATHER_MS : GATHER_REMOTE_MS);
  }

  /** Checks documents that waited and have become visible. */
  shownChanged(): void {
    const waiting = this.#held.filter(({ isToBeChecked }) => isToBeChecked);
    if (waiting.length > 0 && waiting.some(dueNow())) this.#soon(GATHER_MS);
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }

  get #held(): readonly KeyDocument[] {
    const { values, entries } = this.#host;
    return [...values.documents.held, ...entries.documents.held];
  }

  #soon(ms: number): void {
    this.#timer ??= setTimeout(() => void this.#check(), ms);
  }

  async #check(): Promise<void> {
    this.#timer = undefined;
    const due: KeyDocument[] = [];
    const isDue = dueNow();
    for (const document of this.#held) {
      if (!document.isToBeChecked || !isDue(document)) continue;
      const ofKey = isRemote(document.target.uri) ? this.#documentsOfKey(document) : [];
      if (ofKey.some(({ save }) => save.isRunning)) {
        this.#soon(GATHER_REMOTE_MS);
        continue;
      }
      document.noteChecked(performance.now());
      if (!ofKey.some(({ isJustSaved }) => isJustSaved)) due.push(document);
    }
    const { values, entries, report } = this.#host;
    const isValue = ({ target: { uri } }: KeyDocument): boolean => uri.scheme === valueScheme;
    try {
      await reopen(due.filter(({ isUnavailable }) => isUnavailable).map(({ target }) => target.uri));
      await values.checkForChanges(due.filter(isValue));
      await entries.checkForChanges(due.filter((document) => !isValue(document)));
    } catch (error) {
      report('check open documents', error);
    }
  }

  /** The value document and the entry document of the same key. */
  #documentsOfKey({ target: { namespace, key } }: KeyDocument): KeyDocument[] {
    const { values, entries } = this.#host;
    return [
      values.documents.find(valueUri(namespace, key).toString()),
      entries.documents.find(entryUri(namespace, key).toString()),
    ].filter((document) => document !== undefined);
  }
}

/** Whether to check a document now: those of an account only while they are visible. */
function dueNow(): (document: KeyDocument) => boolean {
  const visible = new Set(visibleUris().map(String));
  return ({ target: { uri } }) => !isRemote(uri) || visible.has(uri.toString());
}

/** Makes editors that show an error instead of their document try again. */
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
