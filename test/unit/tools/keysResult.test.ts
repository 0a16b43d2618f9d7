import assert from 'node:assert/strict';
import { byteLength } from '../../../src/core/entry/limits.ts';
import type { KvReader } from '../../../src/core/store/store.ts';
import { keysResult } from '../../../src/language/tools/keysResult.ts';
import { MAX_RESULT_BYTES } from '../../../src/language/tools/result.ts';
import { MemoryStore } from '../../support/memoryStore.ts';

const namespace = { source: 'local-1', id: 'KV' };

describe('keys as a tool gives them', () => {
  const page = async (store: KvReader, prefix = '', cursor?: string) => {
    const text = await keysResult(store, { namespace, prefix, cursor, place: { side: 'local' } });
    assert.ok(byteLength(text) <= MAX_RESULT_BYTES, `${byteLength(text)} bytes`);
    return JSON.parse(text);
  };
  /** Every key, as a model that follows the cursors gets them; how many of a page, too. */
  const follow = async (store: KvReader, prefix = '', between = async (_keys: readonly string[]) => {}) => {
    const [keys, counts]: [string[], number[]] = [[], []];
    let cursor: string | undefined;
    do {
      const result = await page(store, prefix, cursor);
      counts.push(result.keys.length);
      for (const { key } of result.keys) keys.push(key);
      await between(keys);
      ({ cursor } = result);
      assert.equal(result.complete, cursor === undefined);
    } while (cursor !== undefined);
    return { keys, counts };
  };
  const fill = async (store: MemoryStore, count: number, key: (at: number) => string, metadata?: string) => {
    for (let at = 0; at < count; at++) {
      await store.put({ key: key(at), value: new Uint8Array(), ...(metadata !== undefined && { metadata }) });
    }
  };
  const padded = (at: number): string => `user:${String(at).padStart(4, '0')}`;

  it('are a hundred at once, with a cursor for the next', async () => {
    const store = new MemoryStore();
    await fill(store, 250, padded);
    const { keys, counts } = await follow(store);
    assert.deepEqual(counts, [100, 100, 50]);
    assert.deepEqual(
      keys,
      Array.from({ length: 250 }, (_, at) => padded(at)),
    );
    assert.equal((await page(store)).side, 'local');
  });

  it('have metadata and expiration where there are any', async () => {
    const store = new MemoryStore();
    await store.put({ key: 'a', value: new Uint8Array(), metadata: { by: 'anna' }, expiration: 1_900_000_000 });
    await store.put({ key: 'b', value: new Uint8Array() });
    const { keys } = await page(store);
    assert.deepEqual(keys, [{ key: 'a', expires: '2030-03-17T17:46:40Z', metadata: { by: 'anna' } }, { key: 'b' }]);
  });

  for (const [name, long] of [
    ['of control characters', '\u0001'.repeat(500)],
    ['of quotes', '"'.repeat(500)],
    ['of many bytes', 'ü'.repeat(250)],
  ] as const) {
    it(`fit with a long prefix ${name}`, async () => {
      const store = new MemoryStore();
      await fill(store, 30, (at) => long + padded(at));
      const { keys } = await follow(store, long);
      assert.equal(new Set(keys).size, 30);
    });

    it(`fit with a long prefix ${name} and metadata`, async () => {
      const store = new MemoryStore();
      await fill(store, 5, (at) => long + padded(at), 'm'.repeat(1000));
      const { keys } = await follow(store, long);
      assert.equal(new Set(keys).size, 5);
    });
  }

  it('fit with a long prefix and long cursors', async () => {
    const store = new MemoryStore();
    const long = '\u0001'.repeat(500);
    await fill(store, 130, (at) => long + padded(at), 'm'.repeat(1000));
    const mark = 'c'.repeat(800);
    const list = store.list.bind(store);
    store.list = async (query, signal) => {
      const found = await list({ ...query, ...(query?.cursor && { cursor: query.cursor.slice(mark.length) }) }, signal);
      return found.cursor === undefined ? found : { ...found, cursor: mark + found.cursor };
    };
    assert.equal(new Set((await follow(store, long)).keys).size, 130);
  });

  it('begin with the prefix', async () => {
    const store = new MemoryStore();
    await fill(store, 3, padded);
    await store.put({ key: 'other', value: new Uint8Array() });
    const result = await page(store, 'user:');
    assert.deepEqual([result.prefix, result.keys.length, result.complete], ['user:', 3, true]);
  });

  it('are fewer where they are long, and none is left out', async () => {
    const store = new MemoryStore();
    await fill(store, 130, (at) => `${String(at).padStart(4, '0')}${'\u0001'.repeat(508)}`, 'm'.repeat(1000));
    const { keys, counts } = await follow(store);
    assert.equal(new Set(keys).size, 130);
    assert.deepEqual(keys, [...keys].sort());
    assert.ok(Math.max(...counts) < 10 && Math.min(...counts) > 0, counts.join());
  });

  it('go on behind the last one, whatever was deleted or added meanwhile', async () => {
    const store = new MemoryStore();
    await fill(store, 90, (at) => `${padded(at)}${'x'.repeat(400)}`);
    const gone: string[] = [];
    const { keys } = await follow(store, '', async (keys) => {
      for (const key of keys) {
        await store.delete(key);
        gone.push(key);
      }
      await store.put({ key: 'a', value: new Uint8Array() });
    });
    assert.equal(new Set(keys).size, 90);
    assert.ok(gone.length >= 90);
  });

  it('are looked for behind pages without any, for a while', async () => {
    const empty = (count: number): KvReader => {
      const pages = Array.from({ length: count }, (_, at) => ({ keys: [], cursor: `c${at}` }));
      const all = [...pages, { keys: [{ name: 'last' }] }];
      const store = new MemoryStore();
      store.list = async ({ cursor }) =>
        all[cursor === undefined ? 0 : Number(cursor.slice(1)) + 1] ?? assert.fail(cursor);
      return store;
    };
    assert.deepEqual((await page(empty(5))).keys, [{ key: 'last' }]);
    const { keys, counts } = await follow(empty(45));
    assert.deepEqual([keys, counts], [['last'], [0, 0, 1]]);
  });

  it('are those of the prefix that the cursor belongs to', async () => {
    const store = new MemoryStore();
    await fill(store, 250, padded);
    const { cursor } = await page(store, 'user:');
    await assert.rejects(page(store, '', cursor), /same namespace, source and prefix/);
  });
});
