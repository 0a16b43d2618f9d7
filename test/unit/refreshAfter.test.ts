import assert from 'node:assert/strict';
import { KvError } from '../../src/core/base/errors.ts';
import type { RegistryChange } from '../../src/core/store/sourceRegistry.ts';
import type { KvWrite } from '../../src/core/store/store.ts';
import { Level } from '../../src/tree/level.ts';
import { GroupNode, type NamespaceNode, type ParentNode } from '../../src/tree/nodes.ts';
import { refreshAfter, refreshRows } from '../../src/tree/refreshAfter.ts';
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

  describe('at the end of the pages that were read', () => {
    const numbered = (number: number): string => `k${String(number).padStart(4, '0')}`;
    let long: NamespaceNode;
    beforeEach(async () => {
      store = new MemoryStore();
      await store.putMany(Array.from({ length: 1500 }, (_, number) => ({ key: numbered(number), value })));
      long = namespaceNode(store);
      await long.level.first();
    });
    const writes = async (write: KvWrite): Promise<unknown> => {
      if (write.isDeleted) await store.delete(write.name);
      else await store.put({ key: write.name, value });
      return refreshAfter(long, [wrote(write)]);
    };
    const isWhole = async (): Promise<void> => {
      await long.level.all();
      assert.deepEqual(
        names(long),
        store.entries.map(({ key }) => key),
      );
    };

    it('shows a new key after the last row, when that one was read and is gone', async () => {
      await writes({ name: numbered(999), isDeleted: true });
      await writes({ name: `${numbered(998)}b` });
      assert.deepEqual(names(long).slice(-2), [numbered(998), `${numbered(998)}b`]);
      await isWhole();
    });

    it('leaves a new key to the page that it comes with', async () => {
      await writes({ name: `${numbered(1000)}b` });
      assert.equal(long.level.rowOf(`${numbered(1000)}b`), undefined);
      await isWhole();
    });

    it('shows a group again that was taken out, with the page that its new key comes with', async () => {
      store = new MemoryStore();
      await store.putMany([...Array(999).keys(), 2000].map((number) => ({ key: numbered(number), value })));
      await store.putMany(['k1:a', 'l'].map((key) => ({ key, value })));
      long = namespaceNode(store, [':']);
      await long.level.first();
      assert.deepEqual([long.level.hasMore, names(long).at(-1)], [true, 'k1:']);
      await writes({ name: 'k1:a', isDeleted: true });
      assert.equal(names(long).at(-1), numbered(998));
      await writes({ name: 'k1:b' });
      await long.level.all();
      assert.deepEqual(names(long).slice(-4), [numbered(998), 'k1:', numbered(2000), 'l']);
    });

    it('asks where a page without keys has ended nobody knows where', async () => {
      const gap = new MemoryStore();
      const list = gap.list.bind(gap);
      let pages = 0;
      gap.list = async (query, signal) =>
        query.cursor === 'end' ? list({}, signal) : { keys: [], cursor: ++pages > 30 ? 'end' : 'on' };
      const node = namespaceNode(gap);
      await node.level.first();
      assert.deepEqual([names(node), node.level.hasMore], [[], true]);
      await gap.put({ key: 'new', value });
      await refreshAfter(node, [wrote({ name: 'new' })]);
      assert.deepEqual(names(node), ['new']);
    });
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

  it('reads again what a namespace shows pinned, and of a group nothing else', async () => {
    const host = { store: async () => store, delimiters: () => [':'] };
    const pinned = new GroupNode(node, 'g07:', 'g07:', (owner) => new Level(owner, host), true);
    await pinned.level.first();
    node.pinned = [pinned];
    const [first] = groups();
    assert.ok(first);
    lists = 0;
    await refreshRows(first);
    assert.equal(lists, 1);
    await store.put({ key: 'g07:new', value });
    await refreshRows(node);
    assert.ok(pinned.level.rowOf('g07:new'));
  });

  it('reads everything again after any other change', async () => {
    await refreshAfter(node, [change({}), change({ only: 'names' })]);
    assert.equal(lists, 21);
  });
});
