import assert from 'node:assert/strict';
import { isKvError } from '../../src/core/base/errors.ts';
import { MemoryStore } from '../support/memoryStore.ts';

describe('memory store', () => {
  const value = Uint8Array.of(1);

  it('lists in byte order, by prefix, in pages', async () => {
    const store = new MemoryStore();
    await store.putMany(['b', '\u{10000}', 'a:2', '\uffff', 'a:1', 'a:3'].map((key) => ({ key, value })));
    const names = async (query: object) => (await store.list(query)).keys.map(({ name }) => name);
    assert.deepEqual(await names({}), ['a:1', 'a:2', 'a:3', 'b', '\uffff', '\u{10000}']);
    const page = await store.list({ prefix: 'a:', limit: 2 });
    assert.deepEqual(page.keys, [{ name: 'a:1' }, { name: 'a:2' }]);
    assert.deepEqual(await store.list({ prefix: 'a:', limit: 2, cursor: page.cursor ?? '' }), {
      keys: [{ name: 'a:3' }],
    });
  });

  it('forgets what has expired, keeps its own copy, and refuses what KV refuses', async () => {
    let now = 1000;
    const store = new MemoryStore({ now: () => now });
    const own = Uint8Array.of(1);
    await store.put({ key: 'k', value: own, metadata: null, expiration: 1060 });
    own[0] = 2;
    assert.deepEqual(await store.get('k'), { key: 'k', value, expiration: 1060 });
    now = 1060;
    assert.equal(await store.get('k'), undefined);
    assert.deepEqual(await store.list({}), { keys: [] });
    await assert.rejects(store.put({ key: 'k', value, expiration: 1061 }), (error) => isKvError(error, 'invalidInput'));
    const outcome = await store.putMany([
      { key: '', value },
      { key: 'b', value },
    ]);
    assert.deepEqual([outcome.done, outcome.failed.map(({ key }) => key)], [1, ['']]);
  });
});
