import assert from 'node:assert/strict';
import { KvError } from '../../src/core/base/errors.ts';
import type { KvPage, ListQuery } from '../../src/core/store/store.ts';
import { MOST_ROWS } from '../../src/tree/level.ts';
import type { GroupNode, KeyNode, ParentNode, RowNode } from '../../src/tree/nodes.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { namespaceNode } from '../support/treeNodes.ts';

const value = Buffer.from('v');
const numbered = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(6, '0')}`);

async function storeOf(keys: readonly string[]): Promise<MemoryStore> {
  const store = new MemoryStore();
  await store.putMany(keys.map((key) => ({ key, value })));
  return store;
}

const nameOf = (row: RowNode): string => (row.kind === 'key' ? row.key : row.prefix);
const names = (parent: ParentNode): string[] => parent.level.rows.map(nameOf);

function group(parent: ParentNode, prefix: string): GroupNode {
  const found = parent.level.rows.find((row): row is GroupNode => row.kind === 'group' && row.prefix === prefix);
  assert.ok(found);
  return found;
}

describe('a level of the tree', () => {
  it('reads one page at first and one more at a time, and nothing twice', async () => {
    const store = await storeOf(numbered('k', 2500));
    let lists = 0;
    store.intercept = (call) => {
      if (call === 'list') lists++;
    };
    const { level } = namespaceNode(store);
    assert.equal(level.isRead, false);
    await Promise.all([level.first(), level.first()]);
    assert.deepEqual([level.rows.length, level.hasMore, lists], [1000, true, 1]);
    await level.more();
    assert.deepEqual([level.rows.length, level.hasMore, lists], [2000, true, 2]);
    await Promise.all([level.more(), level.more()]);
    assert.deepEqual([level.rows.length, level.hasMore, level.keysRead, lists], [2500, false, 2500, 3]);
  });

  it('reads on by itself over pages that are empty', async () => {
    class Gaps extends MemoryStore {
      override async list(query: ListQuery): Promise<KvPage> {
        const page = Number(query.cursor ?? 0);
        return page < 5 ? { keys: [], cursor: String(page + 1) } : { keys: [{ name: 'last' }] };
      }
    }
    const node = namespaceNode(new Gaps());
    await node.level.first();
    assert.deepEqual(names(node), ['last']);
    assert.equal(node.level.hasMore, false);
  });

  it('reads on by itself over keys of a group that is shown already', async () => {
    const node = namespaceNode(await storeOf([...numbered('g:', 3500), 'z']), [':']);
    await node.level.first();
    assert.deepEqual(names(node), ['g:']);
    await node.level.more();
    assert.deepEqual(names(node), ['g:', 'z']);
  });

  it('opens a group by asking the store with its prefix', async () => {
    const store = await storeOf(['a', 'g:1', 'g:2:x', 'h:1', 'g:']);
    const node = namespaceNode(store, [':']);
    await node.level.first();
    assert.deepEqual(names(node), ['a', 'g:', 'h:']);
    const asked: string[] = [];
    store.intercept = (call, prefix) => {
      if (call === 'list') asked.push(prefix);
    };
    const inside = group(node, 'g:');
    await inside.level.first();
    assert.deepEqual(names(inside), ['g:', 'g:1', 'g:2:']);
    assert.deepEqual(asked, ['g:']);
  });

  it('filters by asking the store with the prefix', async () => {
    const node = namespaceNode(await storeOf(['a:1', 'ab', 'b']), [':']);
    node.filter = 'a';
    await node.level.first();
    assert.deepEqual(names(node), ['a:', 'ab']);
  });

  it('keeps rows the same objects over a refresh, with what is new about them', async () => {
    const store = await storeOf(['a', 'b', 'g:1']);
    const node = namespaceNode(store, [':']);
    await node.level.first();
    const before = [...node.level.rows];
    await group(node, 'g:').level.first();
    await store.put({ key: 'b', value, metadata: { n: 1 }, expiration: 2_000_000_000 });
    await store.put({ key: 'c', value });
    await store.put({ key: 'g:2', value });
    await store.delete('a');
    await node.level.refresh();
    assert.deepEqual(names(node), ['b', 'c', 'g:']);
    assert.equal(node.level.rows[0], before[1]);
    assert.equal(node.level.rows[2], before[2]);
    const changed = node.level.rows[0] as KeyNode;
    assert.deepEqual([changed.hint, changed.expiration], ['{"n":1}', 2_000_000_000]);
    assert.deepEqual(names(group(node, 'g:')), ['g:1', 'g:2'], 'a group that was open is read again too');
  });

  it('refreshes as far as it had been read', async () => {
    const node = namespaceNode(await storeOf(numbered('k', 3500)));
    await node.level.first();
    await node.level.more();
    await node.level.refresh();
    assert.deepEqual([node.level.rows.length, node.level.hasMore], [2000, true]);
    await node.level.more();
    assert.equal(node.level.rows.length, 3000);
  });

  it('does not read for a refresh what nobody has opened', async () => {
    const store = await storeOf(['a']);
    store.intercept = () => assert.fail('nothing is to be read');
    await namespaceNode(store).level.refresh();
  });

  it('reads all with counts, and stops between pages when cancelled', async () => {
    const node = namespaceNode(await storeOf(numbered('k', 3500)));
    const cancelled = new AbortController();
    const counts: number[] = [];
    await node.level.all({
      signal: cancelled.signal,
      report: (count) => {
        counts.push(count);
        if (count === 2000) cancelled.abort();
      },
    });
    assert.deepEqual(counts, [1000, 2000]);
    assert.deepEqual([node.level.rows.length, node.level.hasMore, node.level.error], [2000, true, undefined]);
    await node.level.all();
    assert.deepEqual([node.level.rows.length, node.level.hasMore], [3500, false]);
  });

  it('stops at as many rows as a view takes', async () => {
    const { level } = namespaceNode(await storeOf(numbered('k', MOST_ROWS + 1500)));
    await level.all();
    assert.deepEqual([level.rows.length, level.isFull, level.hasMore], [MOST_ROWS, true, true]);
    await level.more();
    assert.equal(level.rows.length, MOST_ROWS);
  });

  it('is not read again for keys of our own that come when it is full', async () => {
    const node = namespaceNode(await storeOf(numbered('k', MOST_ROWS + 1500)));
    await node.level.all();
    const before = node.level.rows.length;
    assert.ok(node.level.insert({ name: 'zzz' }), 'beyond the rows');
    assert.equal(node.level.rowOf('zzz'), undefined);
    assert.ok(node.level.insert({ name: 'k000005x' }));
    assert.deepEqual(names(node).slice(5, 8), ['k000005', 'k000005x', 'k000006']);
    assert.equal(node.level.rows.length, before + 1);
    const own = numbered('a', 2000).findIndex((name) => !node.level.insert({ name }));
    assert.ok(own > 900 && own <= 1000, 'it does not grow without end');
    await node.level.refresh();
    assert.equal(node.level.rows.length, MOST_ROWS);
  });

  it('says why it could not be read, and is read when that is over', async () => {
    const store = await storeOf(['a', 'b']);
    const { level } = namespaceNode(store);
    const failure = new KvError('offline', 'No network');
    store.intercept = () => {
      throw failure;
    };
    await level.first();
    assert.equal(level.error, failure);
    assert.equal(level.isRead, true);
    store.intercept = undefined;
    await level.refresh();
    assert.deepEqual([level.error, level.rows.length], [undefined, 2]);
  });

  it('keeps what it has read when it cannot be read again', async () => {
    const store = await storeOf([...numbered('k', 2500), 'z:1']);
    const node = namespaceNode(store, [':']);
    const { level } = node;
    await level.more();
    await level.all();
    const before = [...level.rows];
    let lists = 0;
    const failAt = (number: number): void => {
      lists = 0;
      store.intercept = () => {
        if (++lists >= number) throw new KvError('offline', 'No network');
      };
    };
    for (const number of [1, 3]) {
      failAt(number);
      await level.refresh();
      assert.deepEqual([level.rows, level.isOutdated, level.error?.kind], [before, true, 'offline']);
      assert.equal(lists, number);
    }
    store.intercept = undefined;
    await store.delete('k000000');
    await level.refresh();
    assert.deepEqual([level.rows, level.isOutdated, level.error], [before.slice(1), false, undefined]);
  });

  it('takes a row out whose key has expired', async () => {
    const node = namespaceNode(await storeOf(['a', 'b']));
    await node.level.first();
    const [row] = node.level.rows;
    assert.ok(row);
    node.level.remove(new Set([row]));
    assert.deepEqual(names(node), ['b']);
  });

  it('tells a refresh that brought nothing from one that changed rows or texts', async () => {
    const store = await storeOf(['a', 'b', 'g:1']);
    const node = namespaceNode(store, [':']);
    await node.level.first();
    await group(node, 'g:').level.first();
    assert.deepEqual(await node.level.refresh(), { parents: [], rows: [] });

    await store.put({ key: 'a', value, metadata: { by: 'Worker' } });
    const [a] = node.level.rows;
    assert.deepEqual(await node.level.refresh(), { parents: [], rows: [a] });

    await store.put({ key: 'g:2', value });
    assert.deepEqual(await node.level.refresh(), { parents: [group(node, 'g:')], rows: [] });

    await store.delete('b');
    assert.deepEqual(await node.level.refresh(), { parents: [node], rows: [] });

    store.intercept = () => {
      throw new KvError('offline', 'away');
    };
    assert.deepEqual(await node.level.refresh(), { parents: [node], rows: [] });
    assert.deepEqual(await node.level.refresh(), { parents: [], rows: [] });
  });
});
