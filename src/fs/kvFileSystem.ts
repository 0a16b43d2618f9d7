import * as vscode from 'vscode';
import { commandLink } from '../core/commandLink.ts';
import { type KvEntry, nowSeconds } from '../core/entry.ts';
import { isKvError, KvError } from '../core/errors.ts';
import { MIN_LIFETIME_SECONDS } from '../core/limits.ts';
import { copyKey, renameKey } from '../core/renameKey.ts';
import type { SourceRegistry } from '../core/sourceRegistry.ts';
import { damageReason, type TextDamage } from '../core/textFidelity.ts';
import type { Facet } from './facets.ts';
import { toFsError } from './fsErrors.ts';
import { keyOf, type NamespaceRef, parseKvUri, valueUri } from './kvUri.ts';
import { hashOf, type Version, type Versions } from './versions.ts';

/** How long the read of the `stat` before a save may stand for the value as it is now, in milliseconds. */
const READ_COUNTS_MS = 1000;
/** How long the `stat` right after a write is answered from that write, in milliseconds. */
const WRITE_ANSWERS_MS = 5000;

/** How long after a save an editor is asked to show the text as KV holds it, in milliseconds. */
const SETTLE_MS = 150;

interface Written {
  readonly at: number;
  readonly stat: vscode.FileStat;
  /** KV holds the same entry in other words than the document saved. */
  readonly reworded: boolean;
}

interface Target {
  readonly uri: vscode.Uri;
  readonly id: string;
  readonly namespace: NamespaceRef;
  readonly key: string;
}

/** An expiration chosen for the next save of a document; `undefined` inside means none. */
export interface ChosenExpiration {
  readonly expiration: number | undefined;
}

/** The choice of a save that is under way, and why that save failed. */
interface ChosenSave extends ChosenExpiration {
  failure?: unknown;
}

/** What a file system asks of the rest of the extension. */
export interface KvFileSystemHost {
  /** Throws when the document, if one is open, would not be saved as the text that it shows. */
  checkDocument(uri: vscode.Uri): void;
  /** True while a text document of this URI is open. */
  isOpenDocument(uri: vscode.Uri): boolean;
  /** True while an open document of this URI waits to be saved. */
  hasUnsavedText(uri: vscode.Uri): boolean;
  /** True while a tab shows this URI, even if only to say that it is missing. */
  isShown(uri: vscode.Uri): boolean;
  /** The expiration for a key that is about to be created from its "missing" editor; `undefined` when dismissed. */
  askExpiration(key: string): Promise<ChosenExpiration | undefined>;
}

/**
 * Values, or metadata and expiration, as files: one key a file, directly under its namespace. See the design, section 5,
 * for the rules of a save.
 */
export class KvFileSystem implements vscode.FileSystemProvider {
  readonly #sources: SourceRegistry;
  readonly #facet: Facet;
  readonly #versions: Versions;
  readonly #host: KvFileSystemHost;
  readonly #changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly #reading = new Map<string, Promise<KvEntry | undefined>>();
  readonly #lastStat = new Map<string, { at: number; entry: KvEntry | undefined }>();
  readonly #written = new Map<string, Written>();
  readonly #missing = new Set<string>();
  readonly #damage = new Map<string, TextDamage>();
  readonly #chosen = new Map<string, ChosenSave>();
  readonly #renames = new Map<string, { failure?: unknown }>();
  readonly onDidChangeFile = this.#changed.event;

  constructor(sources: SourceRegistry, facet: Facet, versions: Versions, host: KvFileSystemHost) {
    this.#sources = sources;
    this.#facet = facet;
    this.#versions = versions;
    this.#host = host;
  }

  /** VS Code asks to be told of changes; sources tell of theirs anyway, see {@link checkForChanges}. */
  watch(): vscode.Disposable {
    return new vscode.Disposable(() => {});
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    return this.#guard(async () => {
      const location = parseKvUri(uri);
      if (location?.kind === 'namespace') return { type: vscode.FileType.Directory, ctime: 0, mtime: 0, size: 0 };
      const target = targetOf(uri);
      const written = this.#takeWritten(target);
      if (written) return written;
      const entry = await this.#read(target);
      this.#remember(target, entry);
      if (!entry) throw vscode.FileSystemError.FileNotFound(uri);
      const content = this.#facet.content(entry);
      const version = this.#versions.next(target.id, content, entry);
      // An editor that was typed in before it could load its document again still holds the version before.
      const held = this.#host.hasUnsavedText(target.uri) ? this.#versions.beforeRenewal(target.id) : undefined;
      return this.#statOf(target, held ?? version, content);
    });
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return this.#guard(async () => {
      if (parseKvUri(uri)?.kind === 'namespace') throw vscode.FileSystemError.FileIsADirectory(uri);
      const target = targetOf(uri);
      const entry = await this.#read(target);
      if (!entry) throw vscode.FileSystemError.FileNotFound(uri);
      return this.#facet.content(entry);
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
    const current = await this.#current(target);
    if (current && !options.overwrite) throw vscode.FileSystemError.FileExists(uri);
    if (!current && !options.create) throw vscode.FileSystemError.FileNotFound(uri);
    const next = current ? this.#change(target, current, content) : await this.#create(target, content, chosen);
    const entry = chosen ? { ...next, expiration: chosen.expiration } : next;
    if (!chosen && entry !== current) this.#checkLifetime(target, entry);
    if (current === undefined || chosen || entry !== current) {
      await (await this.#sources.store(target.namespace)).put(entry);
    }
    this.#missing.delete(target.id);
    const held = this.#facet.content(entry);
    this.#written.set(target.id, {
      at: Date.now(),
      stat: this.#statOf(target, this.#versions.restart(target.id, held, entry), held),
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
    return this.#guard(async () => {
      const target = this.#valueTarget(uri);
      if (!(await this.#read(target))) throw vscode.FileSystemError.FileNotFound(uri);
      await (await this.#sources.store(target.namespace)).delete(target.key);
      this.#changed.fire([{ type: vscode.FileChangeType.Deleted, uri }]);
    });
  }

  async rename(from: vscode.Uri, to: vscode.Uri, options: { overwrite: boolean }): Promise<void> {
    return this.#guard(async () => {
      try {
        await this.#rename(from, to, options);
      } catch (error) {
        const renaming = this.#renames.get(from.toString());
        if (renaming) renaming.failure = error;
        throwIfExists(error);
      }
    });
  }

  async #rename(from: vscode.Uri, to: vscode.Uri, options: { overwrite: boolean }): Promise<void> {
    const source = this.#valueTarget(from);
    const target = this.#valueTarget(to);
    if (source.namespace.source !== target.namespace.source || source.namespace.id !== target.namespace.id) {
      throw vscode.FileSystemError.NoPermissions(vscode.l10n.t('A key can only be renamed inside its namespace.'));
    }
    const store = await this.#sources.store(source.namespace);
    await renameKey(store, source.key, target.key, options);
    this.#changed.fire([
      { type: vscode.FileChangeType.Deleted, uri: from },
      { type: vscode.FileChangeType.Created, uri: to },
    ]);
  }

  async copy(from: vscode.Uri, to: vscode.Uri, options: { overwrite: boolean }): Promise<void> {
    return this.#guard(async () => {
      const source = this.#valueTarget(from);
      const target = this.#valueTarget(to);
      await copyKey(
        { store: await this.#sources.store(source.namespace), key: source.key },
        { store: await this.#sources.store(target.namespace), key: target.key },
        options,
      ).catch(throwIfExists);
      this.#changed.fire([{ type: vscode.FileChangeType.Created, uri: to }]);
    });
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

  /** Renames a key through VS Code, so that its editor, unsaved text included, goes over to the new key. */
  async renameDocument(from: vscode.Uri, to: vscode.Uri): Promise<void> {
    const id = from.toString();
    const renaming: { failure?: unknown } = {};
    this.#renames.set(id, renaming);
    try {
      const edit = new vscode.WorkspaceEdit();
      edit.renameFile(from, to, { overwrite: false });
      if (await vscode.workspace.applyEdit(edit)) return;
    } finally {
      this.#renames.delete(id);
    }
    throw (
      renaming.failure ??
      new KvError('server', vscode.l10n.t('“{0}” was not renamed. The log says why.', keyOf(from)?.key ?? id))
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
  }

  dispose(): void {
    this.#changed.dispose();
  }

  async #changeOf(target: Target): Promise<vscode.FileChangeEvent | undefined> {
    const last = this.#versions.last(target.id);
    if (!last) return undefined;
    const { Changed, Created, Deleted } = vscode.FileChangeType;
    const entry = await this.#read(target);
    if (!entry) {
      const isNews = !this.#missing.has(target.id);
      this.#missing.add(target.id);
      return isNews ? { type: Deleted, uri: target.uri } : undefined;
    }
    if (this.#missing.delete(target.id)) return { type: Created, uri: target.uri };
    // A write that no `stat` has come after was not an editor's own save.
    const isNews = last.hash !== hashOf(this.#facet.content(entry)) || this.#written.has(target.id);
    return isNews ? { type: Changed, uri: target.uri } : undefined;
  }

  #change(target: Target, current: KvEntry, content: Uint8Array): KvEntry {
    const now = this.#facet.content(current);
    const last = this.#versions.last(target.id);
    if (last && last.hash !== hashOf(now)) {
      throw new KvError(
        'conflict',
        vscode.l10n.t(
          '“{0}” was not saved: it was changed elsewhere. Save again to compare both versions.',
          target.key,
        ),
      );
    }
    if (this.#facet.damage(now)) {
      throw new KvError(
        'readOnly',
        vscode.l10n.t(
          '“{0}” was not saved: an editor would damage this value. Download it, or replace it with Put Value.',
          target.key,
        ),
      );
    }
    return Buffer.compare(now, content) === 0 ? current : this.#facet.apply(current, content);
  }

  /** A save that finds no key: a new one, unless it was there when the document was opened. */
  async #create(target: Target, content: Uint8Array, chosen: ChosenExpiration | undefined): Promise<KvEntry> {
    const entry = this.#facet.create(target.key, content);
    const { metadata, expiration } = this.#versions.companion(target.id);
    const known = this.#versions.last(target.id) !== undefined;
    if (!chosen && known && this.#host.isOpenDocument(target.uri))
      throw new KvError('conflict', vanished(target, expiration));
    if (chosen) return { ...entry, ...(metadata !== undefined && { metadata }) };
    if (this.#host.isShown(target.uri) && !this.#host.isOpenDocument(target.uri)) {
      const asked = await this.#host.askExpiration(target.key);
      if (!asked) throw new KvError('cancelled', vscode.l10n.t('“{0}” was not created.', target.key));
      return { ...entry, ...(metadata !== undefined && { metadata }), ...asked };
    }
    return entry;
  }

  /** The same as the store would say, with the way out: an editor's message can be clicked. */
  #checkLifetime(target: Target, { expiration }: KvEntry): void {
    const left = expiration === undefined ? undefined : expiration - nowSeconds();
    if (left === undefined || left >= MIN_LIFETIME_SECONDS || !this.#host.isOpenDocument(target.uri)) return;
    throw new KvError(
      'invalidInput',
      vscode.l10n.t(
        '“{0}” was not saved: it would expire in {1} s, and KV needs at least {2}. {3}, or none.',
        target.key,
        left,
        MIN_LIFETIME_SECONDS,
        choiceLink(target, vscode.l10n.t('Choose a new expiration')),
      ),
    );
  }

  /** The answer to the `stat` right after a write. */
  #takeWritten(target: Target): vscode.FileStat | undefined {
    const written = this.#written.get(target.id);
    this.#written.delete(target.id);
    if (!written || Date.now() - written.at > WRITE_ANSWERS_MS) return undefined;
    if (written.reworded) setTimeout(() => this.#reload(target), SETTLE_MS);
    return written.stat;
  }

  /** Has an editor show what KV holds where it was saved in other words: an `expirationTtl`, another layout. */
  #reload(target: Target): void {
    this.#versions.renew(target.id);
    this.touch([target.uri]);
  }

  /** The entry as it is now; the read of the `stat` just before counts once, also when it found nothing. */
  async #current(target: Target): Promise<KvEntry | undefined> {
    const last = this.#lastStat.get(target.id);
    this.#lastStat.delete(target.id);
    return last && Date.now() - last.at <= READ_COUNTS_MS ? last.entry : await this.#read(target);
  }

  /** One request however many ask at the same time. */
  #read(target: Target): Promise<KvEntry | undefined> {
    const running = this.#reading.get(target.id);
    if (running) return running;
    const reading = (async () => {
      try {
        return await (await this.#sources.store(target.namespace)).get(target.key);
      } finally {
        this.#reading.delete(target.id);
      }
    })();
    this.#reading.set(target.id, reading);
    return reading;
  }

  #remember(target: Target, entry: KvEntry | undefined): void {
    const read = { at: Date.now(), entry };
    this.#lastStat.set(target.id, read);
    setTimeout(() => {
      if (this.#lastStat.get(target.id) === read) this.#lastStat.delete(target.id);
    }, READ_COUNTS_MS).unref();
  }

  #statOf(target: Target, version: Version, content: Uint8Array): vscode.FileStat {
    const damage = this.#facet.damage(content);
    if (damage) this.#damage.set(target.id, damage);
    else this.#damage.delete(target.id);
    return {
      type: vscode.FileType.File,
      ctime: 0,
      mtime: version.mtime,
      size: version.size,
      ...((damage || this.#sources.readOnlyReason(target.namespace)) && {
        permissions: vscode.FilePermission.Readonly,
      }),
    };
  }

  #valueTarget(uri: vscode.Uri): Target {
    const target = writableTarget(uri);
    if (valueUri(target.namespace, target.key).toString() !== target.id) {
      throw vscode.FileSystemError.NoPermissions(
        vscode.l10n.t('Metadata and expiration belong to their key: rename, copy or delete the key itself.'),
      );
    }
    return target;
  }

  async #guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw toFsError(error);
    }
  }
}

function targetOf(given: vscode.Uri): Target {
  const location = keyOf(given);
  if (!location) throw vscode.FileSystemError.FileNotFound(given);
  const uri = given.with({ query: '' });
  return { uri, id: uri.toString(), ...location };
}

/** Anything but a key, such as a namespace, is none of a file's to write, move or remove. */
function writableTarget(uri: vscode.Uri): Target {
  if (!keyOf(uri)) throw vscode.FileSystemError.NoPermissions(uri);
  return targetOf(uri);
}

function throwIfExists(error: unknown): never {
  throw isKvError(error, 'conflict') ? vscode.FileSystemError.FileExists(error.message) : error;
}

const vanished = (target: Target, expiration: number | undefined): string =>
  expiration !== undefined && expiration * 1000 <= Date.now()
    ? vscode.l10n.t(
        '“{0}” was not saved: it has expired. {1} to create it again, with a new expiration or none.',
        target.key,
        choiceLink(target, vscode.l10n.t('Choose an expiration')),
      )
    : vscode.l10n.t(
        '“{0}” was not saved: it was deleted elsewhere. {1} to create it again, with an expiration or none.',
        target.key,
        choiceLink(target, vscode.l10n.t('Choose an expiration')),
      );

/** VS Code shows links of this form in its notifications, its own save errors included. */
const choiceLink = (target: Target, label: string): string =>
  commandLink(label, 'cloudflareKv.saveWithExpiration', target.uri.toJSON());
