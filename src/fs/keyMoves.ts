import * as vscode from 'vscode';
import { throwIfCancelled } from '../core/base/cancel.ts';
import { KvError } from '../core/base/errors.ts';
import { Turns } from '../core/base/turns.ts';
import type { Changes } from '../core/change/changes.ts';
import type { Step } from '../core/change/keyChange.ts';
import { type CopyKeyOptions, copyKey, existsAlready, putCopy, renameKey } from '../core/change/renameKey.ts';
import type { KvEntry } from '../core/entry/entry.ts';
import { shortText } from '../core/store/names.ts';
import { type NamespaceRef, namespaceKey, sameNamespace } from '../core/store/namespaceRef.ts';
import type { SourceRegistry } from '../core/store/sourceRegistry.ts';
import type { Holds } from './documentHolds.ts';
import { entryUri, valueUri } from './kvUri.ts';
import { operationIn } from './operationIn.ts';
import type { Target } from './target.ts';

/** Whether to replace an existing target. */
export type MoveOptions = Pick<CopyKeyOptions, 'overwrite'>;

export interface KeyMovesParts {
  readonly sources: SourceRegistry;
  readonly changes: Changes;
  readonly holds: Holds;
  /** Whether an open document of this URI has unsaved changes. */
  readonly hasUnsavedText: (uri: vscode.Uri) => boolean;
}

/** A rename that VS Code performs document by document. The first document renames the key. */
interface Renaming {
  /** The target URIs of documents that have not moved yet. */
  readonly awaited: Set<string>;
  isDone: boolean;
  failure?: unknown;
}

/** A document that moves to another URI. */
interface DocumentMove {
  readonly source: vscode.Uri;
  readonly target: vscode.Uri;
}

const documentKinds = [valueUri, entryUri];

const documentUris = (namespace: NamespaceRef, key: string): readonly vscode.Uri[] =>
  documentKinds.map((uriOf) => uriOf(namespace, key));

/** Deletes, renames and copies keys, with their metadata and expiration. */
export class KeyMoves {
  readonly #parts: KeyMovesParts;
  /** By namespace and old key. */
  readonly #renamings = new Map<string, Renaming>();
  /** Also by namespace and old key. */
  readonly #turns = new Turns();

  constructor(parts: KeyMovesParts) {
    this.#parts = parts;
  }

  /** Throws `notFound` if the key does not exist. */
  async delete({ namespace, key }: Target): Promise<void> {
    const operation = await operationIn(this.#parts.sources, namespace, 'delete', (where) =>
      vscode.l10n.t('Deleted “{0}” from {1}', shortText(key), where),
    );
    const decide = (now: KvEntry | undefined): Step => {
      if (!now) throw missing(key);
      return 'delete';
    };
    await this.#parts.changes.one(operation, { key, decide }, { isKeepingRequired: true });
  }

  /** Renames a key within its namespace. During {@link renameKey}, this is one step of it. */
  async rename(from: Target, to: Target, options: MoveOptions): Promise<void> {
    const renaming = this.#renamings.get(nameOf(from));
    renaming?.awaited.delete(to.id);
    if (renaming?.isDone) return;
    try {
      await this.#rename(from.namespace, from.key, to.key, options);
      if (renaming) renaming.isDone = true;
    } catch (error) {
      if (renaming) renaming.failure = error;
      throw error;
    }
  }

  async copy(from: Target, to: Target, options: MoveOptions): Promise<void> {
    const { sources, changes } = this.#parts;
    const operation = await operationIn(sources, to.namespace, 'put', (where) =>
      vscode.l10n.t('Copied “{0}” to “{1}” in {2}', shortText(from.key), shortText(to.key), where),
    );
    if (sameNamespace(from.namespace, to.namespace)) {
      await copyKey(changes, operation, { from: from.key, to: to.key }, options);
      return;
    }
    const entry = await (await sources.store(from.namespace)).get(from.key);
    if (!entry) throw missing(from.key);
    await putCopy(changes, operation, { entry, to: to.key }, options);
  }

  /**
   * Renames a key. Its open documents, with their unsaved text, move to the new key. Throws `conflict` if the new key
   * exists or has unsaved text.
   */
  async renameKey(namespace: NamespaceRef, key: string, newKey: string, signal?: AbortSignal): Promise<void> {
    await this.#turns.take(nameOf({ namespace, key }), () => this.#renameKey(namespace, key, newKey, signal));
  }

  async #renameKey(namespace: NamespaceRef, key: string, newKey: string, signal?: AbortSignal): Promise<void> {
    throwIfCancelled(signal);
    if (documentUris(namespace, newKey).some((uri) => this.#parts.hasUnsavedText(uri))) throw unsaved(newKey);
    const moves = this.#movesOf(namespace, key, newKey);
    if (moves.length === 0) {
      await this.#rename(namespace, key, newKey, { overwrite: false, signal });
      return;
    }
    // Checked first, because VS Code closes the open documents of the target before the rename, which would then fail.
    await this.#checkFree(namespace, newKey, signal);
    if (await this.#moveDocuments({ namespace, key }, moves, false)) return;
    // Somebody else may have created the new key meanwhile.
    await this.#checkFree(namespace, newKey, signal);
    throw notRenamed(key);
  }

  /** Moves open documents of a renamed key to its new name. A document stays if its target has unsaved text. */
  async followRename(namespace: NamespaceRef, key: string, newKey: string): Promise<void> {
    await this.#turns.take(nameOf({ namespace, key }), async () => {
      const moves = this.#movesOf(namespace, key, newKey).filter(({ target }) => !this.#parts.hasUnsavedText(target));
      if (moves.length === 0 || (await this.#moveDocuments({ namespace, key }, moves, true))) return;
      throw notMoved(newKey);
    });
  }

  /** The moves of the documents of a key, as far as they are shown. */
  #movesOf(namespace: NamespaceRef, key: string, newKey: string): readonly DocumentMove[] {
    return documentKinds
      .map((uriOf) => ({ source: uriOf(namespace, key), target: uriOf(namespace, newKey) }))
      .filter(({ source }) => this.#parts.holds.isShown(source.toString()));
  }

  async #checkFree(namespace: NamespaceRef, key: string, signal: AbortSignal | undefined): Promise<void> {
    const store = await this.#parts.sources.store(namespace);
    if (await store.get(key, signal)) throw existsAlready(key);
  }

  /** Moves documents. The first one renames the key unless `isDone`. Returns false if VS Code refuses. */
  async #moveDocuments(
    from: Pick<Target, 'namespace' | 'key'>,
    moves: readonly DocumentMove[],
    isDone: boolean,
  ): Promise<boolean> {
    const edit = new vscode.WorkspaceEdit();
    for (const { source, target } of moves) edit.renameFile(source, target, { overwrite: false });
    const renaming: Renaming = { awaited: new Set(moves.map(({ target }) => target.toString())), isDone };
    const name = nameOf(from);
    this.#renamings.set(name, renaming);
    try {
      if (await vscode.workspace.applyEdit(edit)) return true;
    } finally {
      this.#renamings.delete(name);
    }
    if (renaming.failure !== undefined) throw renaming.failure;
    return false;
  }

  /** Whether this document is part of a rename in progress. */
  isRenaming(from: Target): boolean {
    return this.#renamings.has(nameOf(from));
  }

  /**
   * Whether a document is about to move to this URI after its key was renamed. As a file, it does not exist yet. Before
   * the key is renamed, a target exists or not like any file, so that VS Code does not close a document of an existing
   * one.
   */
  isAwaited(id: string): boolean {
    return [...this.#renamings.values()].some(({ awaited, isDone }) => isDone && awaited.has(id));
  }

  async #rename(namespace: NamespaceRef, key: string, newKey: string, options: CopyKeyOptions): Promise<void> {
    const operation = await operationIn(this.#parts.sources, namespace, 'rename', (where) =>
      vscode.l10n.t('Renamed “{0}” to “{1}” in {2}', shortText(key), shortText(newKey), where),
    );
    await renameKey(this.#parts.changes, operation, { from: key, to: newKey }, options);
  }
}

const nameOf = ({ namespace, key }: Pick<Target, 'namespace' | 'key'>): string => `${namespaceKey(namespace)}\n${key}`;

const missing = (key: string): KvError =>
  new KvError('notFound', vscode.l10n.t('“{0}” does not exist any more. Refresh to see the keys as they are.', key));

const unsaved = (key: string): KvError =>
  new KvError(
    'conflict',
    vscode.l10n.t('“{0}” has unsaved changes in an editor. Save or revert them, or choose another name.', key),
  );

const notRenamed = (key: string): KvError =>
  new KvError(
    'server',
    vscode.l10n.t('“{0}” was not renamed: VS Code did not move its open editors. Close them and try again.', key),
  );

const notMoved = (newKey: string): KvError =>
  new KvError(
    'server',
    vscode.l10n.t('VS Code did not move the open editors of what is now “{0}”. Close them and open it anew.', newKey),
  );
