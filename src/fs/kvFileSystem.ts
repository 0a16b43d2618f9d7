import * as vscode from 'vscode';
import { isKvError, KvError } from '../core/base/errors.ts';
import type { Changes } from '../core/change/changes.ts';
import type { KvEntry } from '../core/entry/entry.ts';
import { damageReason } from '../core/entry/textFidelity.ts';
import { firstPage } from '../core/store/firstPage.ts';
import { sameNamespace } from '../core/store/namespaceRef.ts';
import type { SourceRegistry } from '../core/store/sourceRegistry.ts';
import type { ChosenExpiration } from './chosenExpiration.ts';
import type { DocumentKind } from './documentKinds.ts';
import type { DocumentRegistry } from './documentRegistry.ts';
import { DocumentSaves, type WriteFileOptions } from './documentSaves.ts';
import { toFsError, toWriteError } from './fsErrors.ts';
import type { ChosenSave, KeyDocument } from './keyDocument.ts';
import type { KeyMoves, MoveOptions } from './keyMoves.ts';
import { isRemote, keyOf, parseKvUri, siblingUri } from './kvUri.ts';
import { LARGE_BYTES, seemsUnchanged } from './largeValues.ts';
import type { SaveHost } from './saveRules.ts';
import { targetOf, valueTarget, writableTarget } from './target.ts';
import { hashOf, isTextOf, type KeptVersions, type Version } from './versions.ts';

/** How long after a save the editor reloads the text in the form that KV holds, in milliseconds. */
const SETTLE_MS = 150;

/** What the file system needs from the rest of the extension. */
export interface KvFileSystemHost extends SaveHost {
  /**
   * Throws if the open document would be saved as something other than the text that it shows, or if it must not be
   * saved automatically.
   */
  checkDocument(document: KeyDocument): void;
  /** Whether an open document of this URI has unsaved changes. */
  hasUnsavedText(uri: vscode.Uri): boolean;
  /** The text that an open document shows. */
  textOf(uri: vscode.Uri): string | undefined;
  /** Called when a document cannot be read for a temporary reason. */
  tellUnavailable(uri: vscode.Uri, error: unknown): void;
}

export interface KvFileSystemParts {
  readonly sources: SourceRegistry;
  readonly changes: Changes;
  readonly kind: DocumentKind;
  readonly documents: DocumentRegistry<KeptVersions, KeyDocument>;
  readonly moves: KeyMoves;
  readonly host: KvFileSystemHost;
}

/**
 * Values, or metadata and expiration, as files: one file per key, directly below its namespace. What a save may write
 * is up to {@link SaveRules}.
 */
export class KvFileSystem implements vscode.FileSystemProvider {
  readonly #parts: KvFileSystemParts;
  readonly #saves: DocumentSaves;
  readonly #changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly documents: DocumentRegistry<KeptVersions, KeyDocument>;
  readonly onDidChangeFile = this.#changed.event;

  constructor(parts: KvFileSystemParts) {
    this.#parts = parts;
    this.documents = parts.documents;
    this.#saves = new DocumentSaves(parts);
  }

  /** Nothing to do: sources report their changes anyway, see {@link checkForChanges}. */
  watch(): vscode.Disposable {
    return new vscode.Disposable(() => {});
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    if (parseKvUri(uri)?.kind === 'namespace') return { type: vscode.FileType.Directory, ctime: 0, mtime: 0, size: 0 };
    return await this.#reading(uri, async (document) => {
      const { target, versions, reads } = document;
      if (this.#parts.moves.isAwaited(target.id)) throw vscode.FileSystemError.FileNotFound(uri);
      const written = this.#takeWritten(document);
      if (written) return written;
      if (document.save.isRunning) document.noteArrived();
      if (document.arriving) return this.#statOf(document, document.arriving);
      if (!document.save.isRunning && versions.last && (await this.#seemsUnchanged(document))) {
        return this.#statOf(document, versions.last);
      }
      const { begunAt, entry } = await reads.readForStat();
      if (!entry) throw vscode.FileSystemError.FileNotFound(uri);
      const content = this.#parts.kind.content(entry);
      const before = versions.last;
      const isTextUnsaved = this.#parts.host.hasUnsavedText(target.uri);
      const version = versions.next(content, entry);
      if (!document.isMissing && !document.isWriteOpen) document.noteChecked(begunAt);
      if (before && before.hash !== version.hash) this.#tellEditor(document, version);
      document.damage = this.#parts.kind.damage(content);
      // An editor that was typed in before it could load its document again still holds the version before.
      const held = isTextUnsaved ? versions.beforeRenewal : undefined;
      return this.#statOf(document, held ?? version);
    });
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    if (parseKvUri(uri)?.kind === 'namespace') throw vscode.FileSystemError.FileIsADirectory(uri);
    return await this.#reading(uri, async ({ reads }) => {
      const entry = await reads.read();
      if (!entry) throw vscode.FileSystemError.FileNotFound(uri);
      return this.#parts.kind.content(entry);
    });
  }

  async writeFile(uri: vscode.Uri, content: Uint8Array, options: WriteFileOptions): Promise<void> {
    await guard(() =>
      this.documents.use(writableTarget(uri).id, async (document) => {
        const { chosen } = document;
        try {
          this.#parts.host.checkDocument(document);
          this.#written(document, content, await this.#saves.write(document, content, options));
        } catch (error) {
          if (chosen) chosen.failure = error;
          throw error;
        }
      }),
    );
  }

  async readDirectory(uri: vscode.Uri): Promise<[string, vscode.FileType][]> {
    const location = parseKvUri(uri);
    if (location?.kind !== 'namespace') throw vscode.FileSystemError.FileNotADirectory(uri);
    try {
      const page = await firstPage(await this.#parts.sources.store(location.namespace), {});
      return page.keys.map(({ name }) => {
        const { path } = siblingUri(uri, location.namespace, name);
        return [path.slice(path.lastIndexOf('/') + 1), vscode.FileType.File];
      });
    } catch (error) {
      throw toFsError(error);
    }
  }

  createDirectory(uri: vscode.Uri): void {
    // VS Code makes sure that the folder of a new file exists. Namespaces exist already.
    if (parseKvUri(uri)?.kind !== 'namespace') throw vscode.FileSystemError.NoPermissions(uri);
  }

  async delete(uri: vscode.Uri): Promise<void> {
    await guard(() => this.#parts.moves.delete(valueTarget(uri)));
    this.#changed.fire([{ type: vscode.FileChangeType.Deleted, uri }]);
  }

  async rename(from: vscode.Uri, to: vscode.Uri, options: MoveOptions): Promise<void> {
    await guard(async () => {
      const { moves } = this.#parts;
      const [source, target] = moves.isRenaming(writableTarget(from))
        ? [targetOf(from), targetOf(to)]
        : [valueTarget(from), valueTarget(to)];
      if (!sameNamespace(source.namespace, target.namespace)) {
        throw vscode.FileSystemError.NoPermissions(vscode.l10n.t('A key can only be renamed inside its namespace.'));
      }
      const { leaving, kept } = this.documents.find(source.id) ?? {};
      await moves.rename(source, target, options).catch(throwIfExists);
      if (leaving && kept) this.documents.add(target.id, kept).noteArriving(leaving);
    });
    this.#changed.fire([
      { type: vscode.FileChangeType.Deleted, uri: from },
      { type: vscode.FileChangeType.Created, uri: to },
    ]);
  }

  async copy(from: vscode.Uri, to: vscode.Uri, options: MoveOptions): Promise<void> {
    await guard(() => this.#parts.moves.copy(valueTarget(from), valueTarget(to), options).catch(throwIfExists));
    this.#changed.fire([{ type: vscode.FileChangeType.Created, uri: to }]);
  }

  /** Saves a document with an expiration chosen by the user, even if its key has vanished. */
  async saveDocument(document: vscode.TextDocument, { expiration }: ChosenExpiration): Promise<void> {
    const { id, key } = targetOf(document.uri);
    const chosen: ChosenSave = { expiration };
    const isSaved = await this.documents.use(id, async (state) => {
      state.chosen = chosen;
      try {
        return await document.save();
      } finally {
        state.chosen = undefined;
      }
    });
    if (isSaved) return;
    throw (
      chosen.failure ??
      new KvError(
        'conflict',
        vscode.l10n.t('“{0}” was not saved: it was changed elsewhere. Compare both versions in its editor.', key),
      )
    );
  }

  /** The metadata and expiration last seen with the document, even if its key has vanished. */
  lastSeen(uri: vscode.Uri): Pick<KvEntry, 'metadata' | 'expiration'> {
    return this.documents.find(uri.toString())?.versions.companion ?? {};
  }

  /** Why this document is read-only, as of its last `stat`: a clause for the user. */
  readOnlyReason(uri: vscode.Uri): string | undefined {
    const damage = this.documents.find(uri.toString())?.damage;
    const location = keyOf(uri);
    return damage ? damageReason(damage) : location && this.#parts.sources.readOnlyReason(location.namespace);
  }

  /** Checks these documents against the store, and tells VS Code which ones changed, came back or are gone. */
  async checkForChanges(documents: readonly KeyDocument[]): Promise<void> {
    const changes = await Promise.allSettled(documents.map((document) => this.#changeOf(document)));
    const events = changes.flatMap((change) => (change.status === 'fulfilled' ? (change.value ?? []) : []));
    if (events.length > 0) this.#changed.fire(events);
    const failed = changes.find((change) => change.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /** Tells VS Code that something other than the content changed, such as whether a document is read-only. */
  touch(uris: readonly vscode.Uri[]): void {
    if (uris.length > 0) this.#changed.fire(uris.map((uri) => ({ type: vscode.FileChangeType.Changed, uri })));
  }

  /** Forgets everything about the documents of these sources. */
  forget(isGone: (source: string) => boolean): void {
    this.documents.forget((id) => isGone(vscode.Uri.parse(id, true).authority));
  }

  dispose(): void {
    this.#changed.dispose();
  }

  async #changeOf(document: KeyDocument): Promise<vscode.FileChangeEvent | undefined> {
    const { versions, reads, target, isMissing } = document;
    if (!versions.last) return undefined;
    const { Changed, Created, Deleted } = vscode.FileChangeType;
    const { uri } = target;
    if (!isMissing && !document.isWriteOpen && (await this.#seemsUnchanged(document))) return undefined;
    const entry = await reads.read(document.changedAt);
    document.isMissing = entry === undefined;
    if (!entry) return isMissing ? undefined : { type: Deleted, uri };
    const hash = hashOf(this.#parts.kind.content(entry));
    const isChanged = versions.last.hash !== hash;
    document.announcedHash = hash;
    if (isMissing) return { type: Created, uri };
    // A write without a following `stat` was not an editor's own save, so the editor must be told.
    return isChanged || document.isWriteOpen ? { type: Changed, uri } : undefined;
  }

  #written(document: KeyDocument, content: Uint8Array, entry: KvEntry): void {
    const { kind } = this.#parts;
    const held = kind.content(entry);
    document.isMissing = false;
    document.announcedHash = undefined;
    document.damage = kind.damage(held);
    const version = this.#isOfEditor(document, content)
      ? document.versions.restart(held, entry)
      : document.versions.next(held, entry);
    document.noteWritten(this.#statOf(document, version), Buffer.compare(held, content) !== 0);
  }

  /** Whether the editor has written this, if there is one. Another extension can write beside it. */
  #isOfEditor({ save, target }: KeyDocument, content: Uint8Array): boolean {
    const text = this.#parts.host.textOf(target.uri);
    return save.isRunning || text === undefined || isTextOf({ hash: hashOf(content) }, text);
  }

  /** Takes the answer to the `stat` right after a write. */
  #takeWritten(document: KeyDocument): vscode.FileStat | undefined {
    const written = document.takeWritten();
    if (written?.isReworded) setTimeout(() => this.#reload(document), SETTLE_MS);
    return written?.stat;
  }

  /**
   * The caller of this `stat` may not be the editor, so the editor is told too, unless it was told already and asks
   * because of that.
   */
  #tellEditor(document: KeyDocument, { hash }: Version): void {
    if (document.announcedHash === hash) return;
    document.announcedHash = hash;
    setTimeout(() => this.touch([document.target.uri]), SETTLE_MS);
  }

  /**
   * Makes an editor show what KV holds if that has another form than the saved text: an `expirationTtl`, another
   * layout.
   */
  #reload({ versions, target }: KeyDocument): void {
    versions.renew();
    this.touch([target.uri]);
  }

  async #seemsUnchanged({ versions, target }: KeyDocument): Promise<boolean> {
    if (!versions.last || !isRemote(target.uri)) return false;
    if (!this.#parts.kind.isListed && versions.last.size <= LARGE_BYTES) return false;
    return await seemsUnchanged(await this.#parts.sources.store(target.namespace), target.key, versions.companion);
  }

  #statOf({ target, damage }: KeyDocument, version: Version): vscode.FileStat {
    const isReadOnly = damage !== undefined || this.#parts.sources.readOnlyReason(target.namespace) !== undefined;
    return {
      type: vscode.FileType.File,
      ctime: 0,
      mtime: version.mtime,
      size: version.size,
      ...(isReadOnly && { permissions: vscode.FilePermission.Readonly }),
    };
  }

  async #reading<T>(uri: vscode.Uri, work: (document: KeyDocument) => Promise<T>): Promise<T> {
    return await this.documents.use(targetOf(uri).id, async (document) => {
      try {
        const result = await work(document);
        document.isUnavailable = false;
        return result;
      } catch (error) {
        const thrown = toFsError(error);
        document.isUnavailable = thrown.code === 'Unavailable';
        if (document.isUnavailable) this.#parts.host.tellUnavailable(uri, error);
        throw thrown;
      }
    });
  }
}

/** Wraps operations that write. */
async function guard(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw toWriteError(error);
  }
}

function throwIfExists(error: unknown): never {
  throw isKvError(error, 'conflict') ? vscode.FileSystemError.FileExists(error.message) : error;
}
