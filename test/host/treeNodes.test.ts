import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { KvError } from '../../src/core/base/errors.ts';
import { Pins } from '../../src/core/store/pins.ts';
import { SourceRegistry } from '../../src/core/store/sourceRegistry.ts';
import type { KvSource } from '../../src/core/store/store.ts';
import { type NamespaceNode, SourceNode, type TreeNode } from '../../src/tree/nodes.ts';
import { treeItem } from '../../src/tree/treeItems.ts';
import { TreeNodes } from '../../src/tree/treeNodes.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { namespaceNode } from '../support/treeNodes.ts';

describe('rows that cannot be read again', () => {
  const failure = new KvError('offline', 'No network');
  const store = new MemoryStore();
  let isOffline: boolean;
  let listed: readonly string[];
  let nodes: TreeNodes;
  let source: KvSource;
  beforeEach(async () => {
    isOffline = false;
    listed = ['one', 'two'];
    await store.put({ key: 'k', value: Buffer.from('v') });
    store.intercept = () => {
      if (isOffline) throw failure;
    };
    source = {
      ...namespaceNode(store).parent.source,
      store: () => store,
      namespaces: async () => {
        if (isOffline) throw failure;
        return listed.map((id) => ({
          source: source.id,
          sourceKind: source.kind,
          id,
          title: id,
          bindings: [],
        }));
      },
    };
    const group = { sources: [source], onDidChange: () => ({ dispose: () => {} }), ready: Promise.resolve() };
    nodes = new TreeNodes(new SourceRegistry([group], () => undefined), new Pins(memory), {
      groupKeys: true,
      keyDelimiters: [':'],
    });
  });
  const memory: vscode.Memento = {
    keys: () => [],
    get: <T>(_: string, otherwise?: T): T => otherwise as T,
    update: async () => {},
  };
  const texts = (rows: readonly TreeNode[]): string[] =>
    rows.map((row) => {
      if (row.kind === 'namespace') return row.namespace.title;
      return row.kind === 'note' ? row.message : row.kind === 'key' ? row.key : row.kind;
    });

  it('come after the folder that the dev server uses instead, which a click shows, until it is shown', async () => {
    const status = { devServer: 'elsewhere', port: 8787, folder: '/data/persisted' } as const;
    const moved = { ...source, status };
    const other = { ...source, id: 'other', status: { devServer: 'none' } as KvSource['status'] };
    const group = { sources: [moved, other], onDidChange: () => ({ dispose: () => {} }), ready: Promise.resolve() };
    nodes = new TreeNodes(new SourceRegistry([group], () => undefined), new Pins(memory), {
      groupKeys: true,
      keyDelimiters: [':'],
    });
    const [root, unconcerned] = (await nodes.roots()) as SourceNode[];
    assert.ok(root && unconcerned);
    const rows = await nodes.namespacesOf(root);
    assert.deepEqual(texts(rows), ['The dev server uses another folder', 'one', 'two']);
    const [first] = rows;
    assert.ok(first);
    const state = {
      lastMinute: 'seconds',
      isPinned: () => false,
      isReadOnly: () => false,
      hasCounterpart: () => false,
    };
    const item = treeItem(first, state as never);
    assert.equal(item.description, 'Show /data/persisted');
    assert.deepEqual(item.command?.arguments, ['/data/persisted']);
    assert.match(String(item.tooltip), /keeps its data in \/data\/persisted/);
    assert.ok((await vscode.commands.getCommands()).includes(String(item.command?.command)));
    assert.deepEqual(nodes.servedBy('other'), [root, unconcerned]);
    Object.assign(other, { status: { devServer: 'running', port: 8787 } });
    assert.deepEqual(texts(await nodes.namespacesOf(root)), ['one', 'two']);
  });

  it('stay, under the error', async () => {
    const root = new SourceNode(source);
    const [one] = (await nodes.namespacesOf(root)) as NamespaceNode[];
    assert.ok(one);
    await one.level.first();
    isOffline = true;
    await one.level.refresh();
    assert.deepEqual(texts(await nodes.namespacesOf(root)), ['No network', 'one', 'two']);
    assert.deepEqual(texts(nodes.rowsOf(one)), ['No network', 'k']);
    isOffline = false;
    await one.level.refresh();
    assert.deepEqual(texts(await nodes.namespacesOf(root)), ['one', 'two']);
    assert.deepEqual(texts(nodes.rowsOf(one)), ['k']);
  });

  it('stay in the order of the last listing', async () => {
    const root = new SourceNode(source);
    await nodes.namespacesOf(root);
    listed = ['two', 'new', 'one'];
    const before = await nodes.namespacesOf(root);
    isOffline = true;
    assert.deepEqual((await nodes.namespacesOf(root)).slice(1), before);
  });

  it('that never were there are the error alone', async () => {
    isOffline = true;
    assert.deepEqual(texts(await nodes.namespacesOf(new SourceNode(source))), ['No network']);
  });
});
