import assert from 'node:assert/strict';
import { groupsBelow } from '../../src/core/store/groupsBelow.ts';
import { MemoryStore } from '../support/memoryStore.ts';

describe('groups below a prefix', () => {
  const LIMITS = { most: 200, withinMs: 10_000 };
  const storeOf = async (keys: readonly string[]): Promise<MemoryStore> => {
    const store = new MemoryStore();
    await store.putMany(keys.map((key) => ({ key, value: Buffer.from('v') })));
    return store;
  };
  const numbered = (prefix: string, count: number): string[] =>
    Array.from({ length: count }, (_, i) => `${prefix}${i}`);
  const groups = async (keys: readonly string[], prefix: string, delimiters = [':', '/']): Promise<string> => {
    const found = await groupsBelow(await storeOf(keys), prefix, delimiters, LIMITS);
    return `${found.groups.join(' ')}${found.isPart ? ' …' : ''}`;
  };

  it('are all found, however many keys each has', async () => {
    const keys = [...numbered('a:', 300), ...numbered('b:x:', 300), ...numbered('b:y/', 2), 'c', 'd/1', 'd/2'];
    assert.equal(await groups(keys, ''), 'a: b: d/');
    assert.equal(await groups(keys, 'b'), 'b:');
    assert.equal(await groups(keys, 'b:'), 'b: b:x: b:y/');
    assert.equal(await groups(keys, 'b:y/'), 'b: b:y/');
    assert.equal(await groups(keys, 'x'), '');
    assert.equal(await groups(keys, '', []), '');
  });

  it('are not skipped with one that they begin with', async () => {
    assert.equal(await groups([...numbered('a:', 300), ...numbered('a::', 300)], '', [':', '::']), 'a: a::');
  });

  it('are found with few reads, and are no more than asked for', async () => {
    const store = await storeOf(numbered('', 100).flatMap((group) => numbered(`g${group}:`, 100)));
    let reads = 0;
    store.intercept = () => reads++;
    const all = await groupsBelow(store, '', [':'], LIMITS);
    assert.deepEqual([all.groups.length, all.isPart], [100, false]);
    assert.ok(reads <= 101, `${reads}`);
    const some = await groupsBelow(store, '', [':'], { ...LIMITS, most: 5 });
    assert.deepEqual([some.groups.length, some.isPart], [5, true]);
    const none = await groupsBelow(store, '', [':'], { ...LIMITS, withinMs: 0 });
    assert.deepEqual([none.groups.length, none.isPart], [1, true]);
  });
});
