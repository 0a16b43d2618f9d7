import * as vscode from 'vscode';
import { KvError } from '../core/base/errors.ts';
import type { KvEntry } from '../core/entry/entry.ts';
import { entryDigest } from '../core/entry/entryDigest.ts';
import { damageReason, type TextDamage } from '../core/entry/textFidelity.ts';
import type { SourceRegistry } from '../core/store/sourceRegistry.ts';
import type { DocumentKind } from './documentKinds.ts';
import { EntryReads } from './entryReads.ts';
import { toFsError } from './fsErrors.ts';
import { KeyMoves } from './keyMoves.ts';
import { isRemote, keyOf, parseKvUri, valueUri } from './kvUri.ts';
import { type ChosenExpiration, type SaveHost, SaveRules } from './saveRules.ts';
import { type Target, targetOf, writableTarget } from './target.ts';
import { hashOf, type Version, type Versions } from './versions.ts';

/** How long the `stat` right after a write is answered from that write, in milliseconds. */
const WRITE_ANSWERS_MS = 5000;

/** How long after a save an editor is asked to show the text as KV holds it, in milliseconds. */
const SETTLE_MS = 150;

/** How long after a save a change of the key is taken for that save, in milliseconds. */
const JUST_SAVED_MS = 2000;
/** Remote values larger than this are not read merely to see whether they changed. */
const LARGE_BYTES = 1024 * 1024;
const NO_VALUE = { value: new Uint8Array() };

interface Written {
  readonly at: number;
  readonly stat: vscode.FileStat;
  /** KV holds the same entry in other words than the document saved. */
  readonly reworded: boolean;
}

/** The choice of a save that is under way, and why that save failed. */
interface ChosenSave extends ChosenExpiration {
  failure?: unknown;
}

/** What a file system asks of the rest of the extension. */
export interface KvFileSystemHost extends SaveHost {
  /** Throws when the document, if one is open, would not be saved as the text that it shows. */
  checkDocument(uri: vscode.Uri): void;
  /** True while an open document of this URI waits to be saved. */
  hasUnsavedText(uri: vscode.Uri): boolean;
  /** True from the moment a save of this document begins until it has ended. */
  isSaving(uri: vscode.Uri): boolean;
  /** Called when a document cannot be read for a reason that passes. */
  tellUnavailable(uri: vscode.Uri, error: unknown): void;
}

/**
 * Values, or metadata and expiration, as files: one key a file, directly under its namespace. See the design, section 5,
 * for the rules of a save.
 */
export class KvFileSystem implements vscode.FileSystemProvider {
  readonly #sources: SourceRegistry;
  readonly #kind: DocumentKind;
  readonly #versions: Versions;
  readonly #host: KvFileSystemHost;
  readonly #changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly #reads: EntryReads;
  readonly #rules: SaveRules;
  readonly #written = new Map<string, Written>();
  readonly #saves = new Map<string, { at: number; id: string }>();
  readonly #missing = new Set<string>();
  readonly #damage = new Map<string, TextDamage>();
  /** What could not be read last time, for a reason that passes. */
  readonly #unavailable = new Set<string>();
  readonly #chosen = new Map<string, ChosenSave>();
  readonly #moves: KeyMoves;
  readonly onDidChangeFile = this.#changed.event;

  constructor(sources: SourceRegistry, kind: DocumentKind, versions: Versions, host: KvFileSystemHost) {
    this.#sources = sources;
    this.#kind = kind;
    this.#versions = versions;
    this.#host = host;
    this.#reads = new EntryReads(sources);
    this.#moves = new KeyMoves(sources, (changes) => this.#changed.fire(changes));
    this.#rules = new SaveRules(kind, versions, host);
  }

  /** VS Code asks to be told of changes; sources tell of theirs anyway, see {@link checkForChanges}. */
  watch(): vscode.Disposable {
    return new vscode.Disposable(() => {});
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    return this.#reading(uri, async () => {
      const location = parseKvUri(uri);
      if (location?.kind === 'namespace') return { type: vscode.FileType.Directory, ctime: 0, mtime: 0, size: 0 };
      const target = targetOf(uri);
      const written = this.#takeWritten(target);
      if (written) return written;
      const large = await this.#unchangedLarge(target);
      if (large) return large;
      const entry = await this.#reads.readForStat(target);
      if (!entry) throw vscode.FileSystemError.FileNotFound(uri);
      const content = this.#kind.content(entry);
      const version = this.#versions.next(target.id, content, entry);
      this.#noteDamage(target, content);
      // An editor that was typed in before it could load its document again still holds the version before.
      const held = this.#host.hasUnsavedText(target.uri) ? this.#versions.beforeRenewal(target.id) : undefined;
      return this.#statOf(target, held ?? version);
    });
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return this.#reading(uri, async () => {
      if (parseKvUri(uri)?.kind === 'namespace') throw vscode.FileSystemError.FileIsADirectory(uri);
      const target = targetOf(uri);
      const entry = await this.#reads.read(target);
      if (!entry) throw vscode.FileSystemError.FileNotFound(uri);
      return this.#kind.content(entry);
    });
  }

  async writeFile(
    uri: vscode.Uri,
    content: Uint8Array,
    options: { create: boolean; overwrite: boolean },
  ): Promise<void> {
    const chosen = this.#chosen.get(uri.toString());
    return this.#guard(async () => {
      try {
        await this.#write(writableTarget(uri), content, options, chosen);
      } catch (error) {
        if (chosen) chosen.failure = error;
        throw error;
      }
    });
  }

  async #write(
    target: Target,
    content: Uint8Array,
    options: { create: boolean; overwrite: boolean },
    chosen: ChosenExpiration | undefined,
  ): Promise<void> {
    const { uri } = target;
    this.#host.checkDocument(uri);
    const current = await this.#reads.readForSave(target);
    if (current && !options.overwrite) throw vscode.FileSystemError.FileExists(uri);
    if (!current && !options.create) throw vscode.FileSystemError.FileNotFound(uri);
    const next = current
      ? this.#rules.change(target, current, content)
      : await this.#rules.create(target, content, chosen);
    const entry = chosen ? { ...next, expiration: chosen.expiration } : next;
    if (!chosen && entry !== current) this.#rules.checkLifetime(target, entry);
    if (current === undefined || chosen || entry !== current) {
      await (await this.#sources.store(target.namespace)).put(entry);
    }
    this.#missing.delete(target.id);
    for (const [name, { at }] of this.#saves) if (Date.now() - at > JUST_SAVED_MS) this.#saves.delete(name);
    this.#saves.set(keyName(target), { at: Date.now(), id: target.id });
    const held = this.#kind.content(entry);
    this.#noteDamage(target, held);
    this.#written.set(target.id, {
      at: Date.now(),
      stat: this.#statOf(target, this.#versions.restart(target.id, held, entry)),
      reworded: Buffer.compare(held, content) !== 0,
    });
  }

  async readDirectory(uri: vscode.Uri): Promise<[string, vscode.FileType][]> {
    return this.#guard(async () => {
      const location = parseKvUri(uri);
      if (location?.kind !== 'namespace') throw vscode.FileSystemError.FileNotADirectory(uri);
      const page = await (await this.#sources.store(location.namespace)).list({});
      return page.keys.map(({ name }) => {
        const path = valueUri(location.namespace, name).path;
        return [path.slice(path.lastIndexOf('/') + 1), vscode.FileType.File];
      });
    });
  }

  createDirectory(uri: vscode.Uri): void {
    // The workbench makes sure of a new file's folder; a namespace is there already.
    if (parseKvUri(uri)?.kind !== 'namespace') throw vscode.FileSystemError.NoPermissions(uri);
  }

  async delete(uri: vscode.Uri): Promise<void> {
    return this.#guard(() => this.#moves.delete(uri));
  }

  async rename(from: vscode.Uri, to: vscode.Uri, options: { overwrite: boolean }): Promise<void> {
    return this.#guard(() => this.#moves.rename(from, to, options));
  }

  async copy(from: vscode.Uri, to: vscode.Uri, options: { overwrite: boolean }): Promise<void> {
    return this.#guard(() => this.#moves.copy(from, to, options));
  }

  /** Renames a key through VS Code, so that its editor, unsaved text included, goes over to the new key. */
  async renameDocument(from: vscode.Uri, to: vscode.Uri): Promise<void> {
    await this.#moves.renameDocument(from, to);
  }

  /** Saves a document with an expiration of the user's choice, also when its key has vanished. */
  async saveDocument(document: vscode.TextDocument, { expiration }: ChosenExpiration): Promise<void> {
    const id = document.uri.toString();
    const save: ChosenSave = { expiration };
    this.#chosen.set(id, save);
    try {
      if (await document.save()) return;
    } finally {
      this.#chosen.delete(id);
    }
    throw (
      save.failure ??
      new KvError(
        'conflict',
        vscode.l10n.t(
          '“{0}” was not saved: it was changed elsewhere. Compare both versions in its editor.',
          keyOf(document.uri)?.key ?? id,
        ),
      )
    );
  }

  /** The metadata and expiration last seen with the document, also after its key has vanished. */
  lastSeen(uri: vscode.Uri): Pick<KvEntry, 'metadata' | 'expiration'> {
    return this.#versions.companion(uri.toString());
  }

  /** Why this document cannot be written, as of its last `stat`; a clause for the user. */
  readOnlyReason(uri: vscode.Uri): string | undefined {
    const damage = this.#damage.get(uri.toString());
    const location = keyOf(uri);
    return damage ? damageReason(damage) : location && this.#sources.readOnlyReason(location.namespace);
  }

  /** Asks the store about these documents and tells VS Code of those whose content moved, came back or went. */
  async checkForChanges(uris: readonly vscode.Uri[]): Promise<void> {
    const changes = await Promise.allSettled(uris.map((uri) => this.#changeOf(targetOf(uri))));
    const events = changes.flatMap((change) => (change.status === 'fulfilled' ? (change.value ?? []) : []));
    if (events.length > 0) this.#changed.fire(events);
    const failed = changes.find((change) => change.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /** An editor has just saved this key: every document of it is up to date without asking the store. */
  wasJustSaved(uri: vscode.Uri): boolean {
    const save = this.#saves.get(keyName(targetOf(uri)));
    return save !== undefined && Date.now() - save.at < JUST_SAVED_MS && !this.#written.has(save.id);
  }

  /** Something other than the content moved, such as whether it may be written. */
  touch(uris: readonly vscode.Uri[]): void {
    this.#changed.fire(uris.map((uri) => ({ type: vscode.FileChangeType.Changed, uri })));
  }

  /** No editor shows this URI any longer. */
  closed(uri: vscode.Uri): void {
    const id = uri.toString();
    this.#versions.forget(id);
    this.#written.delete(id);
    this.#missing.delete(id);
    this.#damage.delete(id);
    this.#unavailable.delete(id);
  }

  /** Could not be read last time, for a reason that passes: signed out, offline. VS Code does not try again by itself. */
  isUnavailable(uri: vscode.Uri): boolean {
    return this.#unavailable.has(uri.toString());
  }

  /** Forgets everything about the documents of these sources. */
  forget(isGone: (source: string) => boolean): void {
    for (const id of new Set([
      ...this.#versions.ids,
      ...this.#written.keys(),
      ...this.#missing,
      ...this.#damage.keys(),
      ...this.#unavailable,
    ])) {
      const uri = vscode.Uri.parse(id, true);
      if (isGone(uri.authority)) this.closed(uri);
    }
  }

  dispose(): void {
    this.#changed.dispose();
  }

  async #changeOf(target: Target): Promise<vscode.FileChangeEvent | undefined> {
    const last = this.#versions.last(target.id);
    if (!last) return undefined;
    const { Changed, Created, Deleted } = vscode.FileChangeType;
    const entry = await this.#reads.read(target);
    if (!entry) {
      const isNews = !this.#missing.has(target.id);
      this.#missing.add(target.id);
      return isNews ? { type: Deleted, uri: target.uri } : undefined;
    }
    if (this.#missing.delete(target.id)) return { type: Created, uri: target.uri };
    // A write that no `stat` has come after was not an editor's own save.
    const isNews = last.hash !== hashOf(this.#kind.content(entry)) || this.#written.has(target.id);
    return isNews ? { type: Changed, uri: target.uri } : undefined;
  }

  /** The answer to the `stat` right after a write. */
  #takeWritten(target: Target): vscode.FileStat | undefined {
    const written = this.#written.get(target.id);
    this.#written.delete(target.id);
    if (!written || Date.now() - written.at > WRITE_ANSWERS_MS) return undefined;
    this.#saves.set(keyName(target), { at: Date.now(), id: target.id });
    if (written.reworded) setTimeout(() => this.#reload(target), SETTLE_MS);
    return written.stat;
  }

  /** Has an editor show what KV holds where it was saved in other words: an `expirationTtl`, another layout. */
  #reload(target: Target): void {
    this.#versions.renew(target.id);
    this.touch([target.uri]);
  }

  /**
   * A large remote value is not read again only to see that it is the same: metadata and expiration tell enough, except
   * just before a save.
   */
  async #unchangedLarge(target: Target): Promise<vscode.FileStat | undefined> {
    const last = this.#versions.last(target.id);
    if (!last || last.size <= LARGE_BYTES || !isRemote(target.uri) || this.#host.isSaving(target.uri)) return undefined;
    const info = await this.#reads.info(target);
    const seen = this.#versions.companion(target.id);
    const isSame =
      info !== undefined && entryDigest({ ...NO_VALUE, ...info }) === entryDigest({ ...NO_VALUE, ...seen });
    return isSame ? this.#statOf(target, last) : undefined;
  }

  #noteDamage(target: Target, content: Uint8Array): void {
    const damage = this.#kind.damage(content);
    if (damage) this.#damage.set(target.id, damage);
    else this.#damage.delete(target.id);
  }

  #statOf(target: Target, version: Version): vscode.FileStat {
    const isReadOnly = this.#damage.has(target.id) || this.#sources.readOnlyReason(target.namespace) !== undefined;
    return {
      type: vscode.FileType.File,
      ctime: 0,
      mtime: version.mtime,
      size: version.size,
      ...(isReadOnly && { permissions: vscode.FilePermission.Readonly }),
    };
  }

  async #reading<T>(uri: vscode.Uri, work: () => Promise<T>): Promise<T> {
    const id = uri.toString();
    try {
      const result = await work();
      this.#unavailable.delete(id);
      return result;
    } catch (error) {
      const thrown = toFsError(error);
      if (thrown instanceof vscode.FileSystemError && thrown.code === 'Unavailable') {
        this.#unavailable.add(id);
        this.#host.tellUnavailable(uri, error);
      } else this.#unavailable.delete(id);
      throw thrown;
    }
  }

  async #guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw toFsError(error);
    }
  }
}

/** The same for a value and its entry document. */
const keyName = ({ namespace, key }: Target): string => `${namespace.source}\n${namespace.id}\n${key}`;
