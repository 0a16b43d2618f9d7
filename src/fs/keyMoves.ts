import * as vscode from 'vscode';
import { isKvError, KvError } from '../core/base/errors.ts';
import { copyKey, renameKey } from '../core/change/renameKey.ts';
import type { SourceRegistry } from '../core/store/sourceRegistry.ts';
import { keyOf, valueUri } from './kvUri.ts';
import { type Target, writableTarget } from './target.ts';

/** Keys as files that go, move or are copied; each key takes its metadata and expiration along. */
export class KeyMoves {
  readonly #sources: SourceRegistry;
  readonly #fire: (changes: vscode.FileChangeEvent[]) => void;
  readonly #renames = new Map<string, { failure?: unknown }>();

  constructor(sources: SourceRegistry, fire: (changes: vscode.FileChangeEvent[]) => void) {
    this.#sources = sources;
    this.#fire = fire;
  }

  async delete(uri: vscode.Uri): Promise<void> {
    const { namespace, key } = valueTarget(uri);
    const store = await this.#sources.store(namespace);
    if (!(await store.get(key))) throw vscode.FileSystemError.FileNotFound(uri);
    await store.delete(key);
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
    await renameKey(await this.#sources.store(source.namespace), source.key, target.key, options);
    this.#fire([
      { type: vscode.FileChangeType.Deleted, uri: from },
      { type: vscode.FileChangeType.Created, uri: to },
    ]);
  }

  async copy(from: vscode.Uri, to: vscode.Uri, options: { overwrite: boolean }): Promise<void> {
    const source = valueTarget(from);
    const target = valueTarget(to);
    await copyKey(
      { store: await this.#sources.store(source.namespace), key: source.key },
      { store: await this.#sources.store(target.namespace), key: target.key },
      options,
    ).catch(throwIfExists);
    this.#fire([{ type: vscode.FileChangeType.Created, uri: to }]);
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
