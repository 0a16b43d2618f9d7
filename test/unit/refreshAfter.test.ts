import assert from 'node:assert/strict';
import { KvError } from '../../src/core/base/errors.ts';
import type { RegistryChange } from '../../src/core/store/sourceRegistry.ts';
import type { KvWrite } from '../../src/core/store/store.ts';
import type { GroupNode, NamespaceNode, ParentNode } from '../../src/tree/nodes.ts';
import { refreshAfter } from '../../src/tree/refreshAfter.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { namespaceNode } from '../support/treeNodes.ts';

const value = Buffer.from('v');

describe('rows after a change', () => {
  let store: MemoryStore;
  let node: NamespaceNode;
  let lists: number;

  const groups = (): GroupNode[] => node.level.rows.filter((row) => row.kind === 'group');
  const names = (parent: ParentNode): string[] =>
    parent.level.rows.map((row) => (row.kind === 'key' ? row.key : row.prefix));
  const change = (more: Partial<RegistryChange>): RegistryChange => ({ source: node.ref.source, ...more });
  const wrote = (...writes: KvWrite[]): RegistryChange =>
    change({ namespace: node.ref.id, keys: writes.map(({ name }) => name), wrote: writes });

  /** Twenty groups of two keys, all open. */
  beforeEach(async () => {
    store = new MemoryStore();
    const prefixes = Array.from({ length: 20 }, (_, i) => `g${String(i).padStart(2, '0')}:`);
    await store.putMany(prefixes.flatMap((prefix) => [`${prefix}a`, `${prefix}c`].map((key) => ({ key, value }))));
    node = namespaceNode(store, [':']);
    await node.level.first();
    for (const group of groups()) await group.level.first();
    lists = 0;
    store.intercept = (call) => {
      if (call === 'list') lists++;
    };
  });

  it('shows a new key in its place without asking', async () => {
    await refreshAfter(node, [wrote({ name: 'g07:b', metadata: { m: 1 }, expiration: 2_000_000_000 })]);
    const [row] = (groups()[7]?.level.rows ?? []).filter((one) => one.kind === 'key' && one.key === 'g07:b');
    assert.ok(row?.kind === 'key');
    assert.deepEqual([row.hint, row.expiration], ['{"m":1}', 2_000_000_000]);
    await refreshAfter(node, [wrote({ name: 'g07x:1' }, { name: 'zoo' }, { name: 'aardvark' })]);
    assert.deepEqual(names(node).slice(0, 2), ['aardvark', 'g00:']);
    assert.deepEqual(names(node).slice(8, 11), ['g07:', 'g07x:', 'g08:']);
    assert.deepEqual(names(node).at(-1), 'zoo');
    assert.equal(lists, 0);
  });

  it('agrees with a listing', async () => {
    const keys = ['g03:b', 'g03:b:c', 'g03', 'h:1', 'h:2', 'é', '\ufffd', '\u{1f98a}', 'g', ':'];
    await store.putMany(keys.map((key) => ({ key, value })));
    for (const key of keys) await refreshAfter(node, [wrote({ name: key })]);
    for (const group of groups()) await group.level.first();
    const shown = [names(node), ...groups().map(names)];
    await node.level.refresh();
    assert.deepEqual([names(node), ...groups().map(names)], shown);
  });

  it('takes a group out that was never opened, once its last key is gone', async () => {
    node = namespaceNode(store, [':']);
    await node.level.first();
    lists = 0;
    const drop = async (...keys: string[]): Promise<ParentNode[]> => {
      await store.deleteMany(keys);
      return [
        ...(await refreshAfter(node, [wrote(...keys.map((name) => ({ name, isDeleted: true as const })))])).parents,
      ];
    };
    assert.deepEqual(await drop('g03:a'), []);
    assert.deepEqual(await drop('g03:c'), [node]);
    assert.deepEqual([lists, groups().length, names(node).includes('g03:')], [1, 19, false]);
    // Of many groups none is asked by itself.
    lists = 0;
    assert.deepEqual(await drop('g05:a', 'g05:c', 'g06:a', 'g07:a', 'g07:c'), [node]);
    assert.deepEqual([lists, groups().length, names(node).slice(3, 6)], [1, 17, ['g04:', 'g06:', 'g08:']]);
  });

  it('lists a level once for very many new keys', async () => {
    const many = Array.from({ length: 500 }, (_, i) => ({ name: `g01:n${i}` }));
    await store.putMany(many.map(({ name }) => ({ key: name, value })));
    lists = 0;
    await refreshAfter(node, [wrote(...many)]);
    assert.deepEqual([lists, groups()[1]?.level.rows.length], [1, 502]);
  });

  it('reads again only what could not be read, once an account can be reached again', async () => {
    store.intercept = () => {
      throw new KvError('offline', 'No network');
    };
    await groups()[4]?.level.refresh();
    lists = 0;
    store.intercept = () => {
      lists++;
    };
    await refreshAfter(node, [change({ only: 'unread' })]);
    assert.deepEqual([lists, groups()[4]?.level.error], [1, undefined]);
  });

  it('asks nothing when namespaces are only named otherwise', async () => {
    await refreshAfter(node, [change({ only: 'names' })]);
    assert.equal(lists, 0);
  });

  it('reads everything again after any other change', async () => {
    await refreshAfter(node, [change({}), change({ only: 'names' })]);
    assert.equal(lists, 21);
  });
});
