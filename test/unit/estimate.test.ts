import assert from 'node:assert/strict';
import { KvError } from '../../src/core/base/errors.ts';
import { estimate, isCostly, readingOf } from '../../src/core/cost/estimate.ts';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import { EVERYTHING, selectedEntries } from '../../src/core/store/selection.ts';
import type { KvStore } from '../../src/core/store/store.ts';
import { countKeys } from '../../src/core/transfer/countKeys.ts';
import { sampleBytes } from '../../src/core/transfer/sampleBytes.ts';
import { MemoryStore } from '../support/memoryStore.ts';

const entriesOf = (count: number, bytes = (_: number) => 1): KvEntry[] =>
  Array.from({ length: count }, (_, i) => ({
    key: `key:${String(i).padStart(6, '0')}`,
    value: new Uint8Array(bytes(i)),
  }));

describe('an estimate of bulk work', () => {
  it('counts requests as the bulk endpoints take them', () => {
    assert.equal(estimate({ deletes: 12_400 }).requests, 2);
    assert.equal(estimate({ writes: 10_000 }, 65_000_000).requests, 3);
    assert.equal(estimate(readingOf(12_400)).requests, 124 + 13);
    assert.equal(estimate({}).requests, 0);
  });

  it('takes time for the bytes, and for the budget of requests', () => {
    assert.ok(estimate({ writes: 10 }, 100_000_000).seconds > 20);
    const million = estimate(readingOf(1_000_000));
    assert.equal(million.requests, 11_000);
    assert.ok(million.seconds > 2400 && million.seconds < 2500, String(million.seconds));
  });

  it('is worth a question from a tenth of the free plan’s day on', () => {
    assert.equal(isCostly(readingOf(9_000)), false);
    assert.equal(isCostly(readingOf(10_000)), true);
    assert.equal(isCostly({}), false);
  });
});

describe('counting keys', () => {
  let store: MemoryStore;
  let lists: number;
  beforeEach(() => {
    store = new MemoryStore();
    lists = 0;
    store.intercept = (call) => {
      if (call === 'list') lists++;
    };
  });

  const names = async (from: Parameters<typeof selectedEntries>[0]): Promise<string[]> => {
    const found: string[] = [];
    for await (const { key } of selectedEntries(from, EVERYTHING)) found.push(key);
    return found;
  };

  it('lists no page twice, though the work that follows may be done again', async () => {
    const entries = entriesOf(2500);
    await store.putMany(entries);
    const seen: number[] = [];
    const counted = await countKeys(store, EVERYTHING, { report: (keys) => seen.push(keys) });
    assert.deepEqual([counted.keys, counted.isAll, lists, seen], [2500, true, 3, [1000, 2000, 2500]]);
    assert.deepEqual(
      await names(counted.store),
      entries.map(({ key }) => key),
    );
    assert.equal(lists, 3);
    assert.equal((await names(counted.store)).length, 2500);
    assert.equal(lists, 6);
  });

  it('takes single keys as they are', async () => {
    const { keys, isAll } = await countKeys(store, { keys: ['a', 'b'], prefixes: [] });
    assert.deepEqual([keys, isAll, lists], [2, true, 0]);
  });

  it('ends where nobody would wait any longer', async () => {
    const endless: Pick<KvStore, 'list'> = {
      list: async ({ cursor = '0' }) => ({
        keys: Array.from({ length: 1000 }, (_, i) => ({ name: `${cursor}:${i}` })),
        cursor: String(++lists),
      }),
    };
    const counted = await countKeys(Object.assign(store, endless), EVERYTHING);
    assert.deepEqual([counted.keys, counted.isAll, lists], [100_000, false, 101]);
  });
});

describe('sampling the size of values', () => {
  it('takes values that cannot be read for average ones', async () => {
    const store = new MemoryStore();
    const entries = entriesOf(4, () => 10);
    await store.putMany(entries);
    store.unread.set(entries[1]?.key ?? '', new KvError('server', 'No such file.'));
    assert.equal(
      await sampleBytes(
        store,
        entries.map(({ key }) => key),
      ),
      40,
    );
  });

  it('is exact for few keys and about right for many, with a hundred reads', async () => {
    const store = new MemoryStore();
    const entries = entriesOf(5000, (i) => i % 10);
    await store.putMany(entries);
    let reads = 0;
    store.intercept = (call) => {
      if (call === 'get') reads++;
    };
    const keys = entries.map(({ key }) => key);
    assert.equal(await sampleBytes(store, keys.slice(0, 10)), 45);
    assert.equal(await sampleBytes(store, []), 0);
    reads = 0;
    const bytes = await sampleBytes(store, keys.slice(0, 4990));
    assert.ok(bytes > 15_000 && bytes < 30_000, String(bytes));
    assert.ok(reads <= 100, String(reads));
  });
});
