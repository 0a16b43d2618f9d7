import assert from 'node:assert/strict';
import type * as vscode from 'vscode';
import { KvError } from '../../src/core/base/errors.ts';
import { Pins } from '../../src/core/store/pins.ts';
import { SourceRegistry } from '../../src/core/store/sourceRegistry.ts';
import type { KvSource } from '../../src/core/store/store.ts';
import { type NamespaceNode, SourceNode, type TreeNode } from '../../src/tree/nodes.ts';
import { TreeNodes } from '../../src/tree/treeNodes.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { namespaceNode } from '../support/treeNodes.ts';

describe('rows that cannot be read again', () => {
  const failure = new KvError('offline', 'No network');
  const store = new MemoryStore();
  let isOffline: boolean;
  let nodes: TreeNodes;
  let source: KvSource;
  beforeEach(async () => {
    isOffline = false;
    await store.put({ key: 'k', value: Buffer.from('v') });
    store.intercept = () => {
      if (isOffline) throw failure;
    };
    source = {
      ...namespaceNode(store).parent.source,
      store: () => store,
      namespaces: async () => {
        if (isOffline) throw failure;
        return ['one', 'two'].map((id) => ({
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
      ...{ groupKeys: true, keyDelimiters: [':'] },
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

  it('that never were there are the error alone', async () => {
    isOffline = true;
    assert.deepEqual(texts(await nodes.namespacesOf(new SourceNode(source))), ['No network']);
  });
});
