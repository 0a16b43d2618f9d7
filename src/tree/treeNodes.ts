import * as vscode from 'vscode';
import { isKvError } from '../core/base/errors.ts';
import { counterparts } from '../core/store/counterparts.ts';
import { type NamespaceRef, namespaceKey, sameNamespace } from '../core/store/namespaceRef.ts';
import type { Pins } from '../core/store/pins.ts';
import type { SourceRegistry } from '../core/store/sourceRegistry.ts';
import type { KvReader, KvSource } from '../core/store/store.ts';
import { countText } from '../core/text/countText.ts';
import { visibleText } from '../core/text/visibleText.ts';
import type { Settings } from '../settings.ts';
import { Level } from './level.ts';
import {
  GroupNode,
  type KeyNode,
  MoreNode,
  NamespaceNode,
  NoteNode,
  type ParentNode,
  ProblemNode,
  SourceNode,
  type TreeNode,
} from './nodes.ts';

export type GroupingSettings = Pick<Settings, 'groupKeys' | 'keyDelimiters'>;

/** The nodes of the view. Each is created once and kept, because VS Code knows a row by its object. */
export class TreeNodes {
  readonly #sources: SourceRegistry;
  readonly #pins: Pins;
  readonly #settings: GroupingSettings;
  readonly #sourceNodes = new Map<string, SourceNode>();
  readonly #namespaceNodes = new Map<string, NamespaceNode>();

  constructor(sources: SourceRegistry, pins: Pins, settings: GroupingSettings) {
    this.#sources = sources;
    this.#pins = pins;
    this.#settings = settings;
  }

  /** The node of a source, if the view has shown it. */
  source(id: string): SourceNode | undefined {
    return this.#sourceNodes.get(id);
  }

  /** Every namespace that the view has shown. */
  get namespaces(): readonly NamespaceNode[] {
    return [...this.#namespaceNodes.values()];
  }

  /** The node of a namespace, if the view has shown it. */
  namespace(of: NamespaceRef): NamespaceNode | undefined {
    return this.namespaces.find(({ ref }) => sameNamespace(ref, of));
  }

  /** Whether the view has shown the same namespace on the other side. */
  hasCounterpart(of: NamespaceRef): boolean {
    const own = this.namespace(of)?.namespace;
    const all = this.namespaces.map(({ namespace }) => namespace);
    return own !== undefined && counterparts(of, all).certain.some(({ sourceKind }) => sourceKind !== own.sourceKind);
  }

  /** The nodes whose rows mention the dev server of this source, including those that point to its folder. */
  servedBy(id: string): readonly SourceNode[] {
    return [...this.#sourceNodes.values()].filter(
      ({ source }) => source.id === id || source.status?.devServer === 'elsewhere',
    );
  }

  /** The nodes of the sources that have something to show. */
  async roots(): Promise<TreeNode[]> {
    await this.#sources.shown();
    const shown = await Promise.all(
      this.#sources.sources.map(async (source) => ({ source, show: await hasSomething(source) })),
    );
    const alive = new Set(this.#sources.sources.map((source) => source.id));
    for (const id of this.#sourceNodes.keys()) if (!alive.has(id)) this.#sourceNodes.delete(id);
    for (const [id, { ref }] of this.#namespaceNodes) if (!alive.has(ref.source)) this.#namespaceNodes.delete(id);
    return shown.flatMap(({ source, show }) => (show ? this.#sourceNode(source) : []));
  }

  #sourceNode(source: KvSource): SourceNode {
    const known = this.#sourceNodes.get(source.id);
    if (known?.source === source) return known;
    const node = new SourceNode(source);
    this.#sourceNodes.set(source.id, node);
    return node;
  }

  /**
   * The namespaces of a source, pinned ones first, and its problems. If they cannot be listed now, those of the last
   * listing.
   */
  async namespacesOf(node: SourceNode): Promise<TreeNode[]> {
    // Read after listing too, because listing finds some problems.
    const problemsNow = () => node.source.problems.map((problem) => new ProblemNode(node, problem));
    try {
      const namespaces = await node.source.namespaces();
      const problems = problemsNow();
      const nodes = namespaces.map((namespace) => {
        const id = namespaceKey(namespace);
        const known = this.#namespaceNodes.get(id);
        const shown =
          known?.parent === node ? known : new NamespaceNode(node, namespace, (owner) => this.levelOf(owner));
        shown.namespace = namespace;
        // Anew at the end, so that they stay in the order of the last listing.
        this.#namespaceNodes.delete(id);
        this.#namespaceNodes.set(id, shown);
        return shown;
      });
      for (const [id, known] of this.#namespaceNodes) {
        if (known.parent === node && !nodes.includes(known)) this.#namespaceNodes.delete(id);
      }
      return nodes.length + problems.length > 0
        ? [...this.#elsewhere(node), ...pinnedFirst(nodes, this.#pins), ...problems]
        : [new NoteNode(node, 'noNamespaces', vscode.l10n.t('No KV namespaces yet'))];
    } catch (error) {
      const known = [...this.#namespaceNodes.values()].filter(({ parent }) => parent === node);
      return [new NoteNode(node, noteOf(error), messageOf(error)), ...pinnedFirst(known, this.#pins), ...problemsNow()];
    }
  }

  /** Notes where the running Worker keeps its keys instead, unless the view already shows that folder. */
  #elsewhere(node: SourceNode): readonly NoteNode[] {
    const { devServer, folder, port } = node.source.status ?? {};
    if (devServer !== 'elsewhere' || folder === undefined) return [];
    const isShown = this.#sources.sources.some(
      ({ status }) => status?.devServer === 'running' && status.port !== undefined && status.port === port,
    );
    return isShown ? [] : [new NoteNode(node, 'elsewhere', vscode.l10n.t('The dev server uses another folder'))];
  }

  /** The rows of a level that was read, and the notes at their end. */
  rowsOf(node: ParentNode): TreeNode[] {
    const { level } = node;
    const rows: TreeNode[] = [...this.#pinnedGroups(node), ...level.rows];
    if (level.error) {
      const note = new NoteNode(node, noteOf(level.error), level.error.message);
      // Above the rows if these may be out of date; otherwise below them, where reading stopped.
      if (level.isOutdated) rows.unshift(note);
      else rows.push(note);
    } else if (level.isFull && level.hasMore) {
      rows.push(new NoteNode(node, 'tooMany', vscode.l10n.t('{0} rows shown, there are more', countText(rows.length))));
    } else if (level.hasMore) rows.push(new MoreNode(node, false), new MoreNode(node, true));
    else if (rows.length === 0) rows.push(new NoteNode(node, 'empty', emptyMessage(node)));
    return rows;
  }

  /** A namespace shows its pinned prefixes first. They also keep their usual places. */
  #pinnedGroups(node: ParentNode): readonly GroupNode[] {
    if (node.kind !== 'namespace' || node.filter !== '') return [];
    node.pinned = this.#pins
      .prefixesOf(node.ref)
      .map(
        (prefix) =>
          node.pinned.find((group) => group.prefix === prefix) ??
          new GroupNode(node, prefix, prefix, (owner) => this.levelOf(owner), true),
      );
    return node.pinned;
  }

  levelOf(owner: ParentNode): Level {
    return new Level(owner, {
      store: (node): Promise<KvReader> =>
        this.#sources.store(node.kind === 'namespace' ? node.ref : node.namespace.ref),
      delimiters: () => (this.#settings.groupKeys ? this.#settings.keyDelimiters : []),
    });
  }

  /** The rows with an expiration, of every level read so far. */
  *expiring(): Iterable<KeyNode> {
    for (const node of this.#namespaceNodes.values()) {
      yield* expiringBelow(node);
      for (const group of node.pinned) yield* expiringBelow(group);
    }
  }
}

const pinnedFirst = (nodes: readonly NamespaceNode[], pins: Pins): NamespaceNode[] => [
  ...nodes.filter((node) => pins.has(node.ref)),
  ...nodes.filter((node) => !pins.has(node.ref)),
];

function* expiringBelow(parent: ParentNode): Iterable<KeyNode> {
  for (const row of parent.level.rows) {
    if (row.kind === 'group') yield* expiringBelow(row);
    else if (row.expiration !== undefined) yield row;
  }
}

/** Hides a project without any KV. A source that cannot be read is shown, with the reason. */
async function hasSomething(source: KvSource): Promise<boolean> {
  // An account is shown before it was asked: local rows must not wait for the network.
  if (source.kind === 'remote' || source.problems.length > 0) return true;
  try {
    return (await source.namespaces()).length > 0 || source.problems.length > 0;
  } catch {
    return true;
  }
}

const noteOf = (error: unknown): 'signedOut' | 'error' => (isKvError(error, 'unauthenticated') ? 'signedOut' : 'error');

const messageOf = (error: unknown): string =>
  isKvError(error) ? error.message : vscode.l10n.t('This could not be read. The log says more.');

function emptyMessage(node: ParentNode): string {
  const prefix = node.kind === 'namespace' ? node.filter : node.prefix;
  return prefix === '' ? vscode.l10n.t('No keys yet') : vscode.l10n.t('No keys begin with “{0}”', visibleText(prefix));
}
