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

/** Whether an existing target is replaced. */
export type MoveOptions = Pick<CopyKeyOptions, 'overwrite'>;

export interface KeyMovesParts {
  readonly sources: SourceRegistry;
  readonly changes: Changes;
  readonly holds: Holds;
  /** True while an open document of this URI waits to be saved. */
  readonly hasUnsavedText: (uri: vscode.Uri) => boolean;
}

/** A rename that VS Code makes, document after document; the first of them renames the key. */
interface Renaming {
  /** Documents that have not gone over yet, by the URI that they go to. */
  readonly awaited: Set<string>;
  isDone: boolean;
  failure?: unknown;
}

/** A document that goes over to another URI. */
interface DocumentMove {
  readonly source: vscode.Uri;
  readonly target: vscode.Uri;
}

const documentKinds = [valueUri, entryUri];

const documentUris = (namespace: NamespaceRef, key: string): readonly vscode.Uri[] =>
  documentKinds.map((uriOf) => uriOf(namespace, key));

/** Keys that go, move or are copied; each takes its metadata and expiration along. */
export class KeyMoves {
  readonly #parts: KeyMovesParts;
  /** By the namespace and key that is renamed. */
  readonly #renamings = new Map<string, Renaming>();
  /** By the same. */
  readonly #turns = new Turns();

  constructor(parts: KeyMovesParts) {
    this.#parts = parts;
  }

  /** Throws `notFound` for a key that is not there. */
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

  /** Inside a namespace; a step of {@link renameKey} where that is under way. */
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
   * Renames a key; open documents of it, with their unsaved text, go over to the new one. Throws `conflict` where that
   * is there, or has unsaved text.
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
    // VS Code gives up what is open of a target before it comes to the rename itself, which would refuse.
    await this.#checkFree(namespace, newKey, signal);
    if (await this.#moveDocuments({ namespace, key }, moves, false)) return;
    // Somebody else may have made it meanwhile.
    await this.#checkFree(namespace, newKey, signal);
    throw notRenamed(key);
  }

  /** Lets open documents of a key go over to the one that it has become; one whose place has unsaved text stays. */
  async followRename(namespace: NamespaceRef, key: string, newKey: string): Promise<void> {
    await this.#turns.take(nameOf({ namespace, key }), async () => {
      const moves = this.#movesOf(namespace, key, newKey).filter(({ target }) => !this.#parts.hasUnsavedText(target));
      if (moves.length === 0 || (await this.#moveDocuments({ namespace, key }, moves, true))) return;
      throw notMoved(newKey);
    });
  }

  /** Where the documents of a key that are shown go with it. */
  #movesOf(namespace: NamespaceRef, key: string, newKey: string): readonly DocumentMove[] {
    return documentKinds
      .map((uriOf) => ({ source: uriOf(namespace, key), target: uriOf(namespace, newKey) }))
      .filter(({ source }) => this.#parts.holds.isShown(source.toString()));
  }

  async #checkFree(namespace: NamespaceRef, key: string, signal: AbortSignal | undefined): Promise<void> {
    const store = await this.#parts.sources.store(namespace);
    if (await store.get(key, signal)) throw existsAlready(key);
  }

  /** The first document renames the key, unless that is done; false where VS Code refuses to. */
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

  /** A rename is under way that this document belongs to. */
  isRenaming(from: Target): boolean {
    return this.#renamings.has(nameOf(from));
  }

  /**
   * A document is about to go over to this URI, and its key has: as a file, it is not there yet. Before the key has, it
   * is there or not as every file is, so that VS Code gives up no document of one that is.
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
