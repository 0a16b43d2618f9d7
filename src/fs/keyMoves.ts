import * as vscode from 'vscode';
import { isKvError, KvError } from '../core/base/errors.ts';
import type { Changes } from '../core/change/changes.ts';
import { putCopy, renameKey } from '../core/change/renameKey.ts';
import { fullName, shortText } from '../core/store/names.ts';
import { notThere } from '../core/store/selection.ts';
import type { SourceRegistry } from '../core/store/sourceRegistry.ts';
import { keyOf, type NamespaceRef, valueUri } from './kvUri.ts';
import { type Target, writableTarget } from './target.ts';

/** Keys as files that go, move or are copied; each key takes its metadata and expiration along. */
export class KeyMoves {
  readonly #sources: SourceRegistry;
  readonly #changes: Changes;
  readonly #fire: (changes: vscode.FileChangeEvent[]) => void;
  readonly #renames = new Map<string, { failure?: unknown }>();

  constructor(sources: SourceRegistry, changes: Changes, fire: (changes: vscode.FileChangeEvent[]) => void) {
    this.#sources = sources;
    this.#changes = changes;
    this.#fire = fire;
  }

  async delete(uri: vscode.Uri): Promise<void> {
    const { namespace, key } = valueTarget(uri);
    const label = vscode.l10n.t('Deleted “{0}” from {1}', shortText(key), await this.#nameOf(namespace));
    await this.#changes.one(
      { kind: 'delete', namespace, label },
      {
        key,
        decide(now) {
          if (!now) throw notThere(key);
          return 'delete';
        },
      },
      { isKeepingRequired: true },
    );
    this.#fire([{ type: vscode.FileChangeType.Deleted, uri }]);
  }

  async rename(from: vscode.Uri, to: vscode.Uri, options: { overwrite: boolean }): Promise<void> {
    try {
      await this.#rename(from, to, options);
    } catch (error) {
      const renaming = this.#renames.get(from.toString());
      if (renaming) renaming.failure = error;
      throwIfExists(error);
    }
  }

  async #rename(from: vscode.Uri, to: vscode.Uri, options: { overwrite: boolean }): Promise<void> {
    const source = valueTarget(from);
    const target = valueTarget(to);
    if (source.namespace.source !== target.namespace.source || source.namespace.id !== target.namespace.id) {
      throw vscode.FileSystemError.NoPermissions(vscode.l10n.t('A key can only be renamed inside its namespace.'));
    }
    const { namespace, key } = source;
    const where = await this.#nameOf(namespace);
    const label = vscode.l10n.t('Renamed “{0}” to “{1}” in {2}', shortText(key), shortText(target.key), where);
    await renameKey(this.#changes, { kind: 'rename', namespace, label }, { from: key, to: target.key }, options);
    this.#fire([
      { type: vscode.FileChangeType.Deleted, uri: from },
      { type: vscode.FileChangeType.Created, uri: to },
    ]);
  }

  async copy(from: vscode.Uri, to: vscode.Uri, options: { overwrite: boolean }): Promise<void> {
    const source = valueTarget(from);
    const target = valueTarget(to);
    const entry = await (await this.#sources.store(source.namespace)).get(source.key);
    const { namespace, key } = target;
    const where = await this.#nameOf(namespace);
    const label = vscode.l10n.t('Copied “{0}” to “{1}” in {2}', shortText(source.key), shortText(key), where);
    await putCopy(this.#changes, { kind: 'put', namespace, label }, { entry, to: key }, options).catch(throwIfExists);
    this.#fire([{ type: vscode.FileChangeType.Created, uri: to }]);
  }

  async #nameOf(namespace: NamespaceRef): Promise<string> {
    return fullName(await this.#sources.describe(namespace));
  }

  /** Through VS Code, so that its editor, unsaved text included, goes over to the new key. */
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
}

function valueTarget(uri: vscode.Uri): Target {
  const target = writableTarget(uri);
  if (valueUri(target.namespace, target.key).toString() !== target.id) {
    throw vscode.FileSystemError.NoPermissions(
      vscode.l10n.t('Metadata and expiration belong to their key: rename, copy or delete the key itself.'),
    );
  }
  return target;
}

function throwIfExists(error: unknown): never {
  throw isKvError(error, 'conflict') ? vscode.FileSystemError.FileExists(error.message) : error;
}
