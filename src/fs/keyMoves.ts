import * as vscode from 'vscode';
import { throwIfCancelled } from '../core/base/cancel.ts';
import { KvError } from '../core/base/errors.ts';
import type { Changes } from '../core/change/changes.ts';
import type { Step } from '../core/change/keyChange.ts';
import { type CopyKeyOptions, copyKey, putCopy, renameKey } from '../core/change/renameKey.ts';
import type { KvEntry } from '../core/entry/entry.ts';
import { shortText } from '../core/store/names.ts';
import type { SourceRegistry } from '../core/store/sourceRegistry.ts';
import type { Holds } from './documentHolds.ts';
import { entryUri, type NamespaceRef, valueUri } from './kvUri.ts';
import { operationIn } from './operations.ts';
import type { Target } from './target.ts';

/** Whether an existing target is replaced. */
export type MoveOptions = Pick<CopyKeyOptions, 'overwrite'>;

export interface KeyMovesParts {
  readonly sources: SourceRegistry;
  readonly changes: Changes;
  readonly holds: Holds;
}

/** A rename that VS Code makes, document after document; the first of them renames the key. */
interface Renaming {
  /** Documents that have not gone over yet, by the URI that they go to. */
  readonly awaited: Set<string>;
  isDone: boolean;
  failure?: unknown;
}

/** Keys that go, move or are copied; each takes its metadata and expiration along. */
export class KeyMoves {
  readonly #parts: KeyMovesParts;
  /** By the namespace and key that is renamed. */
  readonly #renamings = new Map<string, Renaming>();

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
    if (isSame(from.namespace, to.namespace)) {
      await copyKey(changes, operation, { from: from.key, to: to.key }, options);
      return;
    }
    const entry = await (await sources.store(from.namespace)).get(from.key);
    if (!entry) throw missing(from.key);
    await putCopy(changes, operation, { entry, to: to.key }, options);
  }

  /** Renames a key; open documents of it, with their unsaved text, go over to the new one. */
  async renameKey(namespace: NamespaceRef, key: string, newKey: string, signal?: AbortSignal): Promise<void> {
    throwIfCancelled(signal);
    if (await this.#moveDocuments({ namespace, key }, newKey, false)) return;
    await this.#rename(namespace, key, newKey, { overwrite: false, signal });
  }

  /** Lets open documents of a key go over to the one that it has become. */
  async followRename(namespace: NamespaceRef, key: string, newKey: string): Promise<void> {
    await this.#moveDocuments({ namespace, key }, newKey, true);
  }

  /** The first document renames the key, unless that is done. False without any document. */
  async #moveDocuments(from: Pick<Target, 'namespace' | 'key'>, newKey: string, isDone: boolean): Promise<boolean> {
    const { namespace, key } = from;
    const edit = new vscode.WorkspaceEdit();
    const renaming: Renaming = { awaited: new Set(), isDone };
    for (const uriOf of [valueUri, entryUri]) {
      const [source, target] = [uriOf(namespace, key), uriOf(namespace, newKey)];
      if (!this.#parts.holds.isShown(source.toString())) continue;
      edit.renameFile(source, target, { overwrite: false });
      renaming.awaited.add(target.toString());
    }
    if (renaming.awaited.size === 0) return false;
    const name = nameOf(from);
    if (this.#renamings.has(name)) throw notRenamed(key);
    this.#renamings.set(name, renaming);
    try {
      if (await vscode.workspace.applyEdit(edit)) return true;
    } finally {
      this.#renamings.delete(name);
    }
    throw renaming.failure ?? notRenamed(key);
  }

  /** A rename is under way that this document belongs to. */
  isRenaming(from: Target): boolean {
    return this.#renamings.has(nameOf(from));
  }

  /** A document is about to go over to this URI: as a file, it is not there yet. */
  isAwaited(id: string): boolean {
    return [...this.#renamings.values()].some(({ awaited }) => awaited.has(id));
  }

  async #rename(namespace: NamespaceRef, key: string, newKey: string, options: CopyKeyOptions): Promise<void> {
    const operation = await operationIn(this.#parts.sources, namespace, 'rename', (where) =>
      vscode.l10n.t('Renamed “{0}” to “{1}” in {2}', shortText(key), shortText(newKey), where),
    );
    await renameKey(this.#parts.changes, operation, { from: key, to: newKey }, options);
  }
}

const isSame = (a: NamespaceRef, b: NamespaceRef): boolean => a.source === b.source && a.id === b.id;

const nameOf = ({ namespace, key }: Pick<Target, 'namespace' | 'key'>): string =>
  `${namespace.source}\n${namespace.id}\n${key}`;

const missing = (key: string): KvError =>
  new KvError('notFound', vscode.l10n.t('“{0}” does not exist any more. Refresh to see the keys as they are.', key));

const notRenamed = (key: string): KvError =>
  new KvError('server', vscode.l10n.t('“{0}” was not renamed. The log says why.', key));
