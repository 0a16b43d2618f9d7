import * as vscode from 'vscode';
import { KvError } from '../core/base/errors.ts';
import type { BackupStore } from '../core/change/undo/backup.ts';
import { backUpPlan, type CheckedPlan, checkPlan, keysOf, writePlan } from '../core/change/writeKeys.ts';
import { type KvEntry, nowSeconds } from '../core/entry/entry.ts';
import { entryDigest } from '../core/entry/entryDigest.ts';
import { checkEditable, formatKeysDocument, MOST_EDITED_KEYS, parseKeysDocument } from '../core/entry/keysDocument.ts';
import { listKeys } from '../core/store/listKeys.ts';
import { fullName, keyCount, someKeys } from '../core/store/names.ts';
import type { RegistryChange, SourceRegistry } from '../core/store/sourceRegistry.ts';
import { witnessed } from '../core/store/wrappers/witnessed.ts';
import { toFsError } from './fsErrors.ts';
import type { KeysDocument, KeysDocuments } from './keysDocuments.ts';
import { keysDocumentId, keysUri, type NamespaceRef } from './kvUri.ts';

/** The read right after a `stat` is answered by that `stat`, for so many milliseconds. */
const READ_ANSWERS_MS = 2000;

/** What a document lies in: whoever writes a file makes sure of its folder first. */
const DIRECTORY = /^\/[0-9a-f]*$/;

/** What it asks of the rest of the extension. */
export interface KeysFileSystemHost {
  /** Throws when the document must not be saved now, or not as the text that it shows. */
  checkDocument(uri: vscode.Uri): void;
  hasUnsavedText(uri: vscode.Uri): boolean;
  /** Shows the plan; false when it was dismissed. */
  confirm(plan: CheckedPlan, where: { name: string; isRemote: boolean; canUndo: boolean }): Promise<boolean>;
  /** Called after a save that wrote something; it is not waited for. */
  onDidSave(plan: CheckedPlan, where: string, undo: string | undefined): void;
}

export interface KeysFileSystemParts {
  readonly sources: SourceRegistry;
  readonly documents: KeysDocuments;
  readonly backups: () => BackupStore;
  readonly host: KeysFileSystemHost;
}

interface Loaded {
  readonly opened: KeysDocument['opened'];
  readonly text: string;
}

/**
 * Many keys of a namespace as one JSON document. While its text is unsaved, it stands for the entries as they were when
 * it was opened: a save writes what differs from them, and stops at every key that was changed elsewhere since.
 */
export class KeysFileSystem implements vscode.FileSystemProvider {
  readonly #parts: KeysFileSystemParts;
  readonly #changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly #read = new Map<string, { readonly at: number; readonly text: string }>();
  /** What was read while a document had unsaved text: it stands for that once it shows it, after “Revert File”. */
  readonly #reverting = new Map<string, Loaded>();
  readonly #listener: vscode.Disposable;
  readonly onDidChangeFile = this.#changed.event;

  constructor(parts: KeysFileSystemParts) {
    this.#parts = parts;
    this.#listener = vscode.workspace.onDidChangeTextDocument(({ document }) => this.#adopt(document));
  }

  /** Makes a document; throws `tooLarge` for more than one should hold. */
  async create(namespace: NamespaceRef, what: KeysDocument['what'], signal: AbortSignal): Promise<vscode.Uri> {
    const id = this.#parts.documents.newId();
    const { namespace: described } = await this.#parts.sources.describe(namespace);
    await this.#load({ id, namespace, what, opened: [], mtime: 0, size: 0 }, signal);
    return keysUri(id, 'prefix' in what && what.prefix !== '' ? what.prefix : described.title);
  }

  /** The namespace of a document of ours; `undefined` for any other, and for one that is forgotten. */
  namespaceOf(uri: vscode.Uri): NamespaceRef | undefined {
    const id = keysDocumentId(uri);
    return id === undefined ? undefined : this.#parts.documents.find(id)?.namespace;
  }

  /** Whether a change may be one of keys in this document. */
  concerns(uri: vscode.Uri, { source, namespace, keys }: RegistryChange): boolean {
    const id = keysDocumentId(uri);
    const kept = id === undefined ? undefined : this.#parts.documents.find(id);
    if (!kept || (source ?? kept.namespace.source) !== kept.namespace.source) return false;
    if ((namespace ?? kept.namespace.id) !== kept.namespace.id) return false;
    const { what } = kept;
    const isIn =
      'prefix' in what ? (key: string) => key.startsWith(what.prefix) : (key: string) => what.keys.includes(key);
    return keys === undefined || keys.some(isIn);
  }

  /** Has VS Code read these documents again. */
  touch(uris: readonly vscode.Uri[]): void {
    if (uris.length > 0) this.#changed.fire(uris.map((uri) => ({ type: vscode.FileChangeType.Changed, uri })));
  }

  /** Forgets the documents of these sources. */
  async forget(isGone: (source: string) => boolean): Promise<void> {
    for (const id of await this.#parts.documents.forget(isGone)) {
      this.#read.delete(id);
      this.#reverting.delete(id);
    }
  }

  watch(): vscode.Disposable {
    return new vscode.Disposable(() => {});
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    return guard(async () => {
      if (DIRECTORY.test(uri.path)) return { type: vscode.FileType.Directory, ctime: 0, mtime: 0, size: 0 };
      const kept = this.#documentOf(uri);
      const isUnsaved = this.#parts.host.hasUnsavedText(uri);
      const { mtime, size } = isUnsaved ? kept : await this.#load(kept);
      // A save of unsaved text is to be refused with the reason: VS Code does nothing when it knows a file as read-only.
      const isReadOnly = !isUnsaved && this.#parts.sources.readOnlyReason(kept.namespace) !== undefined;
      return {
        ...{ type: vscode.FileType.File, ctime: 0, mtime, size },
        ...(isReadOnly && { permissions: vscode.FilePermission.Readonly }),
      };
    });
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return guard(async () => {
      const kept = this.#documentOf(uri);
      const isFresh = Date.now() - (this.#read.get(kept.id)?.at ?? 0) < READ_ANSWERS_MS;
      if (!isFresh && this.#parts.host.hasUnsavedText(uri)) {
        // A comparison reads as well: whether the unsaved text goes is known only when it has gone.
        const loaded = await this.#loaded(kept);
        this.#reverting.set(kept.id, loaded);
        return Buffer.from(loaded.text, 'utf8');
      }
      if (!isFresh) await this.#load(kept);
      const text = this.#read.get(kept.id)?.text ?? '';
      this.#read.delete(kept.id);
      return Buffer.from(text, 'utf8');
    });
  }

  async writeFile(uri: vscode.Uri, content: Uint8Array): Promise<void> {
    return guard(async () => {
      const kept = this.#documentOf(uri);
      this.#parts.host.checkDocument(uri);
      const readOnly = this.#parts.sources.readOnlyReason(kept.namespace);
      if (readOnly !== undefined) throw new KvError('readOnly', readOnly);
      await this.#write(kept, content);
    });
  }

  async #write(kept: KeysDocument, content: Uint8Array): Promise<void> {
    const { sources, host } = this.#parts;
    const opened = new Map(kept.opened);
    const planned = parseKeysDocument(Buffer.from(content).toString('utf8'), opened, nowSeconds());
    const store = await sources.store(kept.namespace);
    const plan = await checkPlan(store, planned, opened);
    const described = await sources.describe(kept.namespace);
    const name = fullName(described);
    const keys = keysOf(plan);
    let failures: readonly { readonly key: string; readonly error: KvError }[] = [];
    if (keys.length > 0) {
      const undo = await this.#backUp(plan, kept.namespace, name);
      const isRemote = described.source.kind === 'remote';
      const target = witnessed(store);
      try {
        if (!(await host.confirm(plan, { name, isRemote, canUndo: undo !== undefined }))) {
          throw new KvError('cancelled', vscode.l10n.t('Nothing was written to {0}: you did not confirm it.', name));
        }
        // The question may have been open for long.
        const now = keysOf(await checkPlan(store, plan, opened));
        const moved = keys.filter((key) => !now.includes(key));
        if (moved.length > 0) throw movedMeanwhile(name, moved);
        failures = await writePlan(target, plan);
      } finally {
        if (undo !== undefined && target.isUntouched) await this.#parts.backups().remove(undo);
      }
      if (failures.length < keys.length) host.onDidSave(plan, name, undo);
    }
    const failed = new Set(failures.map(({ key }) => key));
    const entries = [...planned.changes, ...planned.additions];
    for (const key of [...keys, ...plan.settled]) {
      if (failed.has(key)) continue;
      const digest = entryDigest(entries.find((entry) => entry.key === key));
      if (digest === undefined) opened.delete(key);
      else opened.set(key, digest);
    }
    const isWhole = failures.length === 0 && plan.conflicts.length === 0;
    await this.#parts.documents.keep({
      ...kept,
      what: 'keys' in kept.what ? { keys: [...new Set([...opened.keys(), ...plan.conflicts])] } : kept.what,
      opened: [...opened],
      // The editor keeps its unsaved text, and with it the time that it knows, when a key could not be written.
      ...(isWhole && { mtime: Math.max(Date.now(), kept.mtime + 1), size: content.length }),
    });
    this.#read.delete(kept.id);
    if (!isWhole) throw notAll(plan.conflicts, failures, keys.length - failed.size);
  }

  async #backUp(plan: CheckedPlan, namespace: NamespaceRef, name: string): Promise<string | undefined> {
    const label = vscode.l10n.t('Edited {0} in {1}', keyCount(keysOf(plan).length), name);
    return backUpPlan(this.#parts.backups(), { source: namespace.source, namespace: namespace.id, label }, plan);
  }

  /** Reads the entries as they are now; the document stands for these from now on. */
  async #load(kept: KeysDocument, signal?: AbortSignal): Promise<KeysDocument> {
    const { opened, text } = await this.#loaded(kept, signal);
    this.#read.set(kept.id, { at: Date.now(), text });
    if (kept.mtime > 0 && JSON.stringify(opened) === JSON.stringify(kept.opened)) return kept;
    const loaded = { ...kept, opened, mtime: Math.max(Date.now(), kept.mtime + 1), size: Buffer.byteLength(text) };
    await this.#parts.documents.keep(loaded);
    return loaded;
  }

  async #loaded(kept: KeysDocument, signal?: AbortSignal): Promise<Loaded> {
    const entries = await this.#entriesOf(kept, signal);
    return {
      opened: entries.map((entry) => [entry.key, entryDigest(entry) ?? ''] as const),
      text: formatKeysDocument(entries),
    };
  }

  /** The editor knows the time of the `stat` before it read, so that stays. */
  #adopt(document: vscode.TextDocument): void {
    const id = keysDocumentId(document.uri);
    const loaded = id === undefined ? undefined : this.#reverting.get(id);
    if (id === undefined || !loaded || document.isDirty || document.getText() !== loaded.text) return;
    this.#reverting.delete(id);
    const kept = this.#parts.documents.find(id);
    if (kept) void this.#parts.documents.keep({ ...kept, opened: loaded.opened });
  }

  async #entriesOf({ namespace, what }: KeysDocument, signal: AbortSignal | undefined): Promise<readonly KvEntry[]> {
    const store = await this.#parts.sources.store(namespace);
    const keys: string[] = 'keys' in what ? [...what.keys] : [];
    if ('prefix' in what) {
      for await (const page of listKeys(store, what.prefix, signal)) {
        for (const { name } of page) keys.push(name);
        if (keys.length > MOST_EDITED_KEYS) break;
      }
    }
    checkEditable(keys.length, 0);
    const entries: KvEntry[] = [];
    let bytes = 0;
    for await (const entry of store.getMany(keys, signal)) {
      bytes += entry.value.length;
      checkEditable(keys.length, bytes);
      entries.push(entry);
    }
    return entries;
  }

  #documentOf(uri: vscode.Uri): KeysDocument {
    const id = keysDocumentId(uri);
    const kept = id === undefined ? undefined : this.#parts.documents.find(id);
    if (!kept) throw vscode.FileSystemError.FileNotFound(uri);
    return kept;
  }

  readDirectory(): [string, vscode.FileType][] {
    return [];
  }

  createDirectory(uri: vscode.Uri): void {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  delete(uri: vscode.Uri): void {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  rename(uri: vscode.Uri): void {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  dispose(): void {
    this.#listener.dispose();
    this.#changed.dispose();
  }
}

const movedMeanwhile = (name: string, keys: readonly string[]): KvError =>
  new KvError(
    'conflict',
    vscode.l10n.t(
      'Nothing was written to {0}: while you were asked, this was changed elsewhere: {1}. Save once more to see the plan as it is now.',
      name,
      someKeys(keys),
    ),
  );

/** Names every key that was not written, and why; the document keeps its text. */
function notAll(
  conflicts: readonly string[],
  failures: readonly { readonly key: string; readonly error: KvError }[],
  written: number,
): KvError {
  const [first] = failures;
  const parts = [
    ...(conflicts.length > 0
      ? [
          vscode.l10n.t(
            'Not written, because it was changed elsewhere since this document was opened: {0}. Copy your text, then use “File: Revert File” to see it as it is now.',
            conflicts.length > 3 ? someKeys(conflicts) : conflicts.map((key) => `“${key}”`).join(', '),
          ),
        ]
      : []),
    ...(first ? [vscode.l10n.t('{0} failed: {1}', keyCount(failures.length), first.error.message)] : []),
    vscode.l10n.t('{0} written.', keyCount(written)),
  ];
  return new KvError(first && conflicts.length === 0 ? first.error.kind : 'conflict', parts.join(' '));
}

async function guard<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toFsError(error);
  }
}
