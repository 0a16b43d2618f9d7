import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { KvError } from '../core/base/errors.ts';
import type { NamespaceRef } from '../core/store/namespaceRef.ts';
import type { DocumentRegistry } from './documentRegistry.ts';
import { toFsError, toWriteError } from './fsErrors.ts';
import type { KeptKeys, KeysDocument, LoadedKeys } from './keysDocument.ts';
import type { KeysSavesParts } from './keysSaves.ts';
import { keysUri } from './kvUri.ts';

/** The folder of a document: VS Code checks that it exists before it writes a file. */
const DIRECTORY = /^\/[0-9a-f]*$/;

/** What the file system needs from the rest of the extension. */
export interface KeysFileSystemHost {
  /** Throws if the document must not be saved now, or if a save would not write the text that it shows. */
  checkDocument(document: KeysDocument): void;
  hasUnsavedText(uri: vscode.Uri): boolean;
}

export interface KeysFileSystemParts extends Omit<KeysSavesParts, 'host'> {
  readonly documents: DocumentRegistry<KeptKeys, KeysDocument>;
  readonly host: KeysFileSystemHost & KeysSavesParts['host'];
}

/**
 * Many keys of a namespace as one JSON document. Unsaved text refers to the entries as they were when the document was
 * opened: a save writes what differs from them, but no key that was changed elsewhere since.
 */
export class KeysFileSystem implements vscode.FileSystemProvider {
  readonly #parts: KeysFileSystemParts;
  readonly #changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly #listener: vscode.Disposable;
  readonly documents: DocumentRegistry<KeptKeys, KeysDocument>;
  readonly onDidChangeFile = this.#changed.event;

  constructor(parts: KeysFileSystemParts) {
    this.#parts = parts;
    this.documents = parts.documents;
    this.#listener = vscode.Disposable.from(
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.#adopt(document)),
      vscode.workspace.onDidSaveTextDocument(({ uri }) => {
        if (this.documents.find(uri.toString())?.isReworded) this.touch([uri]);
      }),
    );
  }

  /** Creates a document. Throws `tooLarge` if it would contain too much. */
  async create(namespace: NamespaceRef, what: KeptKeys['what'], signal: AbortSignal): Promise<vscode.Uri> {
    const { namespace: described } = await this.#parts.sources.describe(namespace);
    const begin = { namespace, what, opened: [], mtime: 0, size: 0 };
    const { opened, text } = await this.#loaded(begin, signal);
    const title = 'prefix' in what && what.prefix !== '' ? what.prefix : described.title;
    const uri = keysUri(randomBytes(6).toString('hex'), title);
    const kept = { ...begin, opened, mtime: Date.now(), size: Buffer.byteLength(text) };
    this.documents.add(uri.toString(), kept).noteRead(text);
    return uri;
  }

  /** The namespace of a document of many keys. `undefined` for any other document, and for a forgotten one. */
  namespaceOf(uri: vscode.Uri): NamespaceRef | undefined {
    return this.documents.find(uri.toString())?.kept?.namespace;
  }

  /** Makes VS Code read these documents again. */
  touch(uris: readonly vscode.Uri[]): void {
    if (uris.length > 0) this.#changed.fire(uris.map((uri) => ({ type: vscode.FileChangeType.Changed, uri })));
  }

  /** Forgets the documents of these sources. */
  forget(isGone: (source: string) => boolean): void {
    this.documents.forget((_, kept) => kept !== undefined && isGone(kept.namespace.source));
  }

  watch(): vscode.Disposable {
    return new vscode.Disposable(() => {});
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    if (DIRECTORY.test(uri.path)) return { type: vscode.FileType.Directory, ctime: 0, mtime: 0, size: 0 };
    return await this.#using(uri, async (document, kept) => {
      const isUnsaved = this.#parts.host.hasUnsavedText(uri);
      const { mtime, size } = isUnsaved ? (document.heldStat ?? kept) : await this.#load(document, kept);
      // A save of unsaved text should fail with the reason. If VS Code knew the file as read-only, it would not even
      // try.
      const isReadOnly = !isUnsaved && this.#parts.sources.readOnlyReason(kept.namespace) !== undefined;
      return {
        type: vscode.FileType.File,
        ctime: 0,
        mtime,
        size,
        ...(isReadOnly && { permissions: vscode.FilePermission.Readonly }),
      };
    });
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return await this.#using(uri, async (document, kept) => {
      const read = document.takeRead();
      if (read !== undefined) return Buffer.from(read, 'utf8');
      if (this.#parts.host.hasUnsavedText(uri)) {
        // A diff reads the file as well. Only later is it known whether this read reverts the unsaved text.
        const loaded = await this.#loaded(kept);
        document.reverting = loaded;
        return Buffer.from(loaded.text, 'utf8');
      }
      await this.#load(document, kept);
      return Buffer.from(document.takeRead() ?? '', 'utf8');
    });
  }

  async writeFile(uri: vscode.Uri, content: Uint8Array): Promise<void> {
    const write = async (document: KeysDocument, kept: KeptKeys): Promise<void> => {
      this.#parts.host.checkDocument(document);
      const readOnly = this.#parts.sources.readOnlyReason(kept.namespace);
      if (readOnly !== undefined) throw new KvError('readOnly', readOnly);
      const { KeysSaves } = await import('./keysEditing.lazy.ts');
      await new KeysSaves(this.#parts).write(document, kept, content);
    };
    await this.#using(uri, write, toWriteError);
  }

  /** Reads the current entries, which become the base of the document. */
  async #load(document: KeysDocument, kept: KeptKeys): Promise<KeptKeys> {
    const { opened, text } = await this.#loaded(kept);
    document.noteRead(text);
    const isSame = JSON.stringify(opened) === JSON.stringify(kept.opened);
    if (isSame && !document.isReworded) return kept;
    const loaded = { ...kept, opened, mtime: Math.max(Date.now(), kept.mtime + 1), size: Buffer.byteLength(text) };
    if (document.isReworded && isSameSet(opened, kept.opened)) document.reload(loaded);
    else document.keep(loaded);
    document.isReworded = false;
    return loaded;
  }

  async #loaded({ namespace, what }: Pick<KeptKeys, 'namespace' | 'what'>, signal?: AbortSignal): Promise<LoadedKeys> {
    const { loadKeys } = await import('./keysEditing.lazy.ts');
    return await loadKeys(await this.#parts.sources.store(namespace), what, signal);
  }

  /** `mtime` stays: the editor knows the one of the `stat` before it read. */
  #adopt(text: vscode.TextDocument): void {
    const document = this.documents.find(text.uri.toString());
    if (!document?.kept || !document.reverting || text.isDirty || text.getText() !== document.reverting.text) return;
    const { opened } = document.reverting;
    document.reverting = undefined;
    document.keep({ ...document.kept, opened });
  }

  /** Throws `FileNotFound` for a document that is no longer known. */
  async #using<T>(
    uri: vscode.Uri,
    work: (document: KeysDocument, kept: KeptKeys) => Promise<T>,
    translate = toFsError,
  ): Promise<T> {
    const id = uri.toString();
    if (!this.documents.find(id)) throw vscode.FileSystemError.FileNotFound(uri);
    return await this.documents.use(id, async (document) => {
      if (!document.kept) throw vscode.FileSystemError.FileNotFound(uri);
      try {
        return await work(document, document.kept);
      } catch (error) {
        throw translate(error);
      }
    });
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

/** Compares in any order. */
function isSameSet(one: KeptKeys['opened'], other: KeptKeys['opened']): boolean {
  const digests = new Map(other);
  return one.length === digests.size && one.every(([key, digest]) => digests.get(key) === digest);
}
