import * as vscode from 'vscode';
import { KvError } from '../core/base/errors.ts';
import type { KvKeyInfo } from '../core/entry/entry.ts';
import { keyCount, namespaceLabel } from '../core/store/names.ts';
import { type NamespaceRef, namespaceKey } from '../core/store/namespaceRef.ts';
import type { Pins } from '../core/store/pins.ts';
import type { RegistryChange, SourceRegistry } from '../core/store/sourceRegistry.ts';
import type { KvNamespace } from '../core/store/store.ts';
import { valueUri } from '../fs/kvUri.ts';
import { contextKeys, viewId } from '../ids.ts';
import type { Settings } from '../settings.ts';
import { ContextKey } from '../ui/contextKey.ts';
import { type DropHost, dragAndDrop } from './dragAndDrop.ts';
import { ExpirationClock, PORTION } from './expirationClock.ts';
import { findKeyRow } from './findKeyRow.ts';
import { type LoadOptions, type Refreshed, together } from './level.ts';
import { loadedBelow } from './loadedBelow.ts';
import type { GroupNode, KeyNode, NamespaceNode, ParentNode, SourceNode, TreeNode } from './nodes.ts';
import { PacedChanges } from './pacedChanges.ts';
import { refreshAfter, refreshRows } from './refreshAfter.ts';
import { removeRows } from './removeRows.ts';
import { type OpenCommand, resolveKey } from './resolveKey.ts';
import { revealRow } from './revealRow.ts';
import { RowSelection } from './rowSelection.ts';
import { namespaceTooltip } from './tooltips.ts';
import { treeItem } from './treeItems.ts';
import { type GroupingSettings, TreeNodes } from './treeNodes.ts';

export interface KvTreeHost {
  readonly sources: SourceRegistry;
  readonly pins: Pins;
  readonly settings: GroupingSettings & Pick<Settings, 'onDidChange'>;
  readonly openCommand: OpenCommand;
  readonly drop: DropHost;
  readonly report: (what: string, error: unknown) => void;
}

/** The tree view: sources, their namespaces, and their keys page by page. */
export class KvTree implements vscode.TreeDataProvider<TreeNode>, vscode.Disposable {
  readonly view: vscode.TreeView<TreeNode>;
  readonly selection: RowSelection;
  readonly #host: KvTreeHost;
  readonly #changed = new vscode.EventEmitter<TreeNode | TreeNode[] | undefined>();
  readonly #clock: ExpirationClock;
  readonly #owned: vscode.Disposable[] = [];
  readonly #nodes: TreeNodes;
  readonly #closed = new WeakSet<TreeNode>();
  readonly #changes: PacedChanges;
  readonly #discovered = new ContextKey<boolean>(contextKeys.discovered);
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(host: KvTreeHost) {
    this.#host = host;
    this.#nodes = new TreeNodes(host.sources, host.pins, host.settings);
    this.#clock = new ExpirationClock({
      expiring: () => this.#nodes.expiring(),
      changed: (nodes) => this.#changed.fire([...nodes]),
      expired: (nodes) => this.#dropExpired(nodes),
    });
    this.#changes = new PacedChanges({
      apply: (changes) => this.#applyChanges(changes),
      report: (error) => host.report('refresh the view', error),
    });
    this.view = vscode.window.createTreeView(viewId, {
      treeDataProvider: this,
      canSelectMany: true,
      showCollapseAll: true,
      dragAndDropController: dragAndDrop(host.drop),
    });
    this.selection = new RowSelection(this.view);
    this.#owned.push(
      this.view,
      this.selection,
      this.#changed,
      this.#clock,
      this.#changes,
      this.view.onDidChangeVisibility(({ visible }) => this.#clock.setVisible(visible)),
      this.view.onDidCollapseElement(({ element }) => {
        this.#closed.add(element);
        this.#tellHowMuch();
      }),
      this.view.onDidExpandElement(({ element }) => {
        this.#closed.delete(element);
        this.#tellHowMuch(element.kind === 'namespace' || element.kind === 'group' ? element : undefined);
      }),
      host.sources.onDidChange((change) => this.#changes.add(change)),
      host.sources.onDidChangeStatus((id) => {
        const nodes = this.#nodes.servedBy(id);
        if (nodes.length > 0) this.#changed.fire([...nodes]);
      }),
      host.pins.onDidChange(() => this.#changed.fire(undefined)),
      host.settings.onDidChange((changed) => {
        if (changed.has('groupKeys') || changed.has('keyDelimiters')) this.#regroup();
      }),
    );
    this.#clock.setVisible(this.view.visible);
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    const item = treeItem(node, {
      lastMinute: this.#clock.lastMinute,
      isPinned: (what) => this.#host.pins.has(what),
      isReadOnly: (what) => this.#host.sources.readOnlyReason(what) !== undefined,
      hasCounterpart: (what) => this.#nodes.hasCounterpart(what),
    });
    // Set here because VS Code would first resolve a row without a command on a click, which takes a request to the
    // account.
    const isRemoteKey = node.kind === 'key' && node.namespace.parent.source.kind === 'remote';
    if (isRemoteKey) item.command = this.#host.openCommand(valueUri(node.namespace.ref, node.key));
    return item;
  }

  getParent(node: TreeNode): TreeNode | undefined {
    return node.kind === 'source' ? undefined : node.parent;
  }

  async getChildren(node?: TreeNode): Promise<TreeNode[]> {
    switch (node?.kind) {
      case undefined:
        return this.#roots();
      case 'source':
        return this.#namespacesOf(node);
      case 'namespace':
      case 'group':
        return this.#rowsOf(node);
      case 'problem':
      case 'key':
      case 'more':
      case 'note':
        return [];
    }
  }

  async resolveTreeItem(
    item: vscode.TreeItem,
    node: TreeNode,
    token: vscode.CancellationToken,
  ): Promise<vscode.TreeItem> {
    if (node.kind === 'namespace') {
      const readOnly = this.#host.sources.readOnlyReason(node.ref);
      item.tooltip = namespaceTooltip(node, node.parent.source, readOnly);
    }
    if (node.kind === 'key') await resolveKey(item, node, this.#host, token);
    return item;
  }

  /** Reads again everything that the view shows of a namespace, a source, or all sources. */
  async refresh(what?: SourceNode | ParentNode): Promise<void> {
    if (what === undefined || what.kind === 'source') {
      for (const source of what ? [what.source] : this.#host.sources.sources) source.refresh?.();
      // This refresh already covers the changes that the sources have just announced.
      this.#changes.drop(({ source }) => what === undefined || source === what.source.id);
      const nodes = this.#nodes.namespaces.filter((node) => what === undefined || node.parent === what);
      await Promise.all(nodes.map(refreshRows));
      this.#changed.fire(what);
    } else {
      const namespace = what.kind === 'namespace' ? what : what.namespace;
      namespace.parent.source.retry?.();
      await refreshRows(what);
      this.#changed.fire(what);
    }
    this.#afterLoad();
  }

  /** Draws every row again, without asking a store. */
  redraw(): void {
    this.#changed.fire(undefined);
  }

  async loadMore(node: ParentNode, options: LoadOptions = {}): Promise<void> {
    await node.level.more(options);
    this.#changed.fire(node);
    this.#afterLoad(node);
  }

  async loadAll(node: ParentNode, options: LoadOptions = {}): Promise<void> {
    await node.level.all(options);
    this.#changed.fire(node);
    this.#afterLoad(node);
  }

  /** Shows only keys with this prefix under a namespace. An empty prefix shows all keys again. */
  async filter(node: NamespaceNode, prefix: string): Promise<void> {
    await this.#setFilter(node, prefix);
    if (this.view.visible) await this.view.reveal(node, { expand: true, select: false }).then(undefined, () => {});
  }

  /** The namespaces that are filtered. */
  get filtered(): readonly NamespaceNode[] {
    return this.#nodes.namespaces.filter(({ filter }) => filter !== '');
  }

  /** Every namespace that the view has listed so far. Makes no request. */
  get namespaces(): readonly KvNamespace[] {
    return this.#nodes.namespaces.map(({ namespace }) => namespace);
  }

  /** Keys with this prefix that the view has already read, at most `most`. Does not ask the store. */
  loadedKeys(namespace: NamespaceRef, prefix: string, most: number): readonly KvKeyInfo[] {
    const node = this.#nodes.namespace(namespace);
    const found: KvKeyInfo[] = [];
    for (const info of node ? loadedBelow(node, prefix) : []) {
      if (found.push(info) >= most) break;
    }
    return found;
  }

  /** The row of a namespace. Throws `namespaceNotFound` if the view does not have it (yet). */
  async namespaceRow(namespace: NamespaceRef): Promise<NamespaceNode> {
    const node = await this.find(namespace);
    if (node?.kind === 'namespace') return node;
    // Where its source is not there either, that is the reason.
    await this.#host.sources.source(namespace.source);
    throw new KvError('namespaceNotFound', vscode.l10n.t('The view shows no such namespace. Refresh it first.'));
  }

  /** The row of a namespace, or of a group in it. `undefined` if the view does not have it (yet). */
  async find(namespace: NamespaceRef, prefix?: string): Promise<ParentNode | undefined> {
    const root = (await this.#roots()).find(
      (node): node is SourceNode => node.kind === 'source' && node.source.id === namespace.source,
    );
    if (!root) return undefined;
    const found = (await this.#nodes.namespacesOf(root)).find(
      (node): node is NamespaceNode => node.kind === 'namespace' && node.namespace.id === namespace.id,
    );
    if (!found || prefix === undefined || prefix === '') return found;
    return this.#findGroup(found, prefix);
  }

  /**
   * Shows the row of an existing key: opens its groups, reads pages on the way, and clears a filter that hides it. If a
   * level is full before the key comes, filters for the key instead. Returns false if the row could not be read. Throws
   * if the view does not have the namespace.
   */
  async reveal(namespace: NamespaceRef, key: string, options: LoadOptions = {}): Promise<boolean> {
    const node = await this.namespaceRow(namespace);
    await this.#changes.applyNow();
    if (!key.startsWith(node.filter)) await this.#setFilter(node, '');
    const readOn = (parent: ParentNode): Promise<void> => this.loadMore(parent, options);
    let found = await findKeyRow(node, key, options, readOn);
    if (found === 'missing') {
      await this.refresh(node);
      found = await findKeyRow(node, key, options, readOn);
    }
    if (typeof found === 'string') {
      await this.#setFilter(node, key);
      found = await findKeyRow(node, key, options);
    }
    if (typeof found === 'string') return false;
    await revealRow(this.view, found);
    return true;
  }

  /** Shows the row of a group. Filters for the group if its row has not been read. */
  async revealGroup(namespace: NamespaceRef, prefix: string): Promise<void> {
    const node = await this.namespaceRow(namespace);
    await this.#changes.applyNow();
    const found = await this.find(namespace, prefix);
    if (found) await revealRow(this.view, found, { expand: true });
    else await this.filter(node, prefix);
  }

  /**
   * Selects the row of a key that was just created, if the view is visible and does not have to read more pages for it.
   * Also focuses the row, because key presses apply to the focused row.
   */
  async showNew(namespace: NamespaceRef, key: string): Promise<void> {
    if (!this.view.visible) return;
    const node = await this.find(namespace);
    if (node?.kind !== 'namespace' || !key.startsWith(node.filter)) return;
    await this.#changes.applyNow();
    const found = await findKeyRow(node, key);
    if (typeof found !== 'string') await revealRow(this.view, found);
  }

  dispose(): void {
    vscode.Disposable.from(...this.#owned).dispose();
  }

  async #setFilter(node: NamespaceNode, prefix: string): Promise<void> {
    node.filter = prefix;
    node.level = this.#nodes.levelOf(node);
    await node.level.first();
    this.#changed.fire(node);
    this.#afterLoad(node);
  }

  async #findGroup(parent: ParentNode, prefix: string): Promise<GroupNode | undefined> {
    await parent.level.first();
    const group = parent.level.rows.find(
      (row): row is GroupNode => row.kind === 'group' && prefix.startsWith(row.prefix),
    );
    return group === undefined || group.prefix === prefix ? group : this.#findGroup(group, prefix);
  }

  async #roots(): Promise<TreeNode[]> {
    const roots = await this.#nodes.roots();
    this.#discovered.set(true);
    return roots;
  }

  /** Also redraws rows of other sources that have gained or lost a counterpart among these namespaces. */
  async #namespacesOf(node: SourceNode): Promise<TreeNode[]> {
    const paired = () =>
      this.#nodes.namespaces.filter((one) => one.parent !== node && this.#nodes.hasCounterpart(one.ref));
    const before = paired();
    const rows = await this.#nodes.namespacesOf(node);
    const after = paired();
    const moved = [...before.filter((one) => !after.includes(one)), ...after.filter((one) => !before.includes(one))];
    if (moved.length > 0) this.#changed.fire(moved);
    return rows;
  }

  async #rowsOf(node: ParentNode): Promise<TreeNode[]> {
    if (!node.level.isRead) {
      await node.level.first();
      this.#afterLoad(node);
    }
    return this.#nodes.rowsOf(node);
  }

  #afterLoad(node?: ParentNode): void {
    this.#clock.wake();
    this.#tellHowMuch(node);
  }

  /** Sets the view's message: how much of a long listing the visible rows show. */
  #tellHowMuch(latest?: ParentNode): void {
    const partial = [...(latest ? [latest] : []), ...this.#nodes.namespaces].find(
      (node) => node.level.hasMore && this.#isOpen(node),
    );
    this.view.message = partial
      ? vscode.l10n.t(
          '{0}: the first {1} are shown',
          partial.kind === 'namespace' ? namespaceLabel(partial.namespace) : `“${partial.prefix}”`,
          keyCount(partial.level.keysRead),
        )
      : '';
  }

  #isOpen(node: SourceNode | ParentNode): boolean {
    return !this.#closed.has(node) && (node.kind === 'source' || this.#isOpen(node.parent));
  }

  async #applyChanges(changes: readonly RegistryChange[]): Promise<void> {
    const whole = changes.some((change) => change.source === undefined);
    await this.#forgetRemoved(changes);
    const nodes = this.#nodes.namespaces.filter(({ ref }) =>
      changes.some(
        (change) =>
          (change.source === undefined || change.source === ref.source) &&
          (change.namespace === undefined || change.namespace === ref.id),
      ),
    );
    const refreshed = together(await Promise.all(nodes.map((node) => refreshAfter(node, changes))));
    const listed = new Set(nodes.map(({ ref }) => namespaceKey(ref)));
    const sources = changes.flatMap((change) => {
      const { source, namespace } = change;
      if (source === undefined) return [];
      if (namespace !== undefined && listed.has(namespaceKey({ source, id: namespace }))) return [];
      return this.#nodes.source(source) ?? [];
    });
    const appeared = changes.some((change) => change.source !== undefined && !this.#nodes.source(change.source));
    if (whole || appeared) this.#changed.fire(undefined);
    else this.#draw(sources, refreshed);
    this.#afterLoad();
  }

  /** Forgets namespaces that have gone, according to their source, so that nobody asks for what was in them. */
  async #forgetRemoved(changes: readonly RegistryChange[]): Promise<void> {
    const named = new Set(changes.flatMap(({ source, only }) => (only === 'names' ? (source ?? []) : [])));
    const moved = changes.flatMap(({ source, namespace, keys }) =>
      source !== undefined && namespace !== undefined && keys === undefined && named.has(source) ? source : [],
    );
    const parents = [...new Set(moved)].map((source) => this.#nodes.source(source));
    await Promise.all(parents.map((parent) => parent && this.#namespacesOf(parent)));
  }

  /** Redraws only what has changed, because VS Code reads every row below a changed one again. */
  #draw(sources: readonly SourceNode[], { parents, rows }: Refreshed): void {
    const above = rows.length > PORTION ? rows.map(({ parent }) => parent) : rows;
    const nodes = new Set<TreeNode>([...sources, ...parents, ...above]);
    if (nodes.size > 0) this.#changed.fire([...nodes]);
  }

  #regroup(): void {
    for (const node of this.#nodes.namespaces) {
      node.level = this.#nodes.levelOf(node);
      node.pinned = [];
    }
    this.#changed.fire(undefined);
  }

  #dropExpired(nodes: readonly KeyNode[]): void {
    this.#changed.fire([...removeRows(nodes)]);
  }
}
