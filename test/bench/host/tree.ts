import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { median, timed } from '../figure.ts';
import { heapUsed } from '../heap.ts';
import { extension, firstNamespace } from './extension.ts';
import { leave, type Tree } from './measured.ts';

interface Loaded {
  readonly keysRead: number;
  readonly rows: number;
}

/** The rows behind the view, as VS Code asks for them. Rows are opaque here: only what their items say counts. */
type Provider = vscode.TreeDataProvider<object>;

/** Keeps the provider that the extension registers; in a test host its `vscode` is ours too, and not frozen. */
function watchProvider(): () => { provider: Provider; view: vscode.TreeView<object> } {
  const { createTreeView } = vscode.window;
  let seen: { provider: Provider; view: vscode.TreeView<object> } | undefined;
  vscode.window.createTreeView = <T>(id: string, options: vscode.TreeViewOptions<T>) => {
    const view = createTreeView<T>(id, options);
    seen = { provider: options.treeDataProvider as Provider, view: view as vscode.TreeView<object> };
    return view;
  };
  return () => {
    vscode.window.createTreeView = createTreeView;
    assert.ok(seen);
    return seen;
  };
}

describe('the tree', () => {
  it('is measured', async function () {
    this.timeout(120_000);
    const watched = watchProvider();
    assert.ok(!extension().isActive);
    await extension().activate();
    const { provider, view } = watched();
    const namespace = await firstNamespace();
    const loadAll = (prefix?: string) =>
      vscode.commands.executeCommand<Loaded>('cloudflareKv.loadAll', { namespace, ...(prefix && { prefix }) });
    const childrenOf = async (row?: object): Promise<readonly object[]> => (await provider.getChildren(row)) ?? [];
    const itemOf = async (row: object): Promise<vscode.TreeItem> => await provider.getTreeItem(row);

    const [source] = await childrenOf();
    const [namespaceRow] = await childrenOf(source);
    const before = await heapUsed();

    const listing = await timed(async () => loadAll());
    const groups = await childrenOf(namespaceRow);
    const afterTop = await heapUsed();

    const commandMs: number[] = [];
    const expandMs: number[] = [];
    let keys = 0;
    for (const [i, group] of groups.entries()) {
      const prefix = String((await itemOf(group)).tooltip);
      if (i % 2 === 0) {
        const { ms, result } = await timed(async () => loadAll(prefix));
        commandMs.push(ms);
        keys += result.rows;
      } else {
        const { ms, result } = await timed(async () => Promise.all((await childrenOf(group)).map(itemOf)));
        expandMs.push(ms);
        keys += result.length;
      }
    }
    assert.equal(keys, listing.result.keysRead);
    const after = await heapUsed();
    await vscode.commands.executeCommand('cloudflareKv.tree.focus');
    const shownMs: number[] = [];
    for (const group of groups.slice(0, 10)) {
      shownMs.push((await timed(async () => view.reveal(group, { expand: true, select: false }))).ms);
    }
    const shown = await heapUsed();
    leave<Tree>({
      groups: groups.length,
      keys,
      listMs: listing.ms,
      topBytes: afterTop - before,
      heapBytes: after - before,
      commandMs: median(commandMs),
      worstCommandMs: Math.max(...commandMs),
      expandMs: median(expandMs),
      worstExpandMs: Math.max(...expandMs),
      shownMs: median(shownMs),
      worstShownMs: Math.max(...shownMs),
      shownBytes: shown - before,
    });
  });
});
