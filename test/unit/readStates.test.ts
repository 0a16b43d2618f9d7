import assert from 'node:assert/strict';
import { isKvError, KvError } from '../../src/core/base/errors.ts';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import { readStates } from '../../src/core/store/readStates.ts';
import type { KeyFailure, ListQuery, OnUnread } from '../../src/core/store/store.ts';
import { MemoryStore } from '../support/memoryStore.ts';

const entry = (key: string): KvEntry => ({ key, value: new TextEncoder().encode(key) });
const named = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, i) => `key ${String(from + i).padStart(6, '0')}`);

/** A namespace that counts its requests, some of whose keys are listed and give nothing. */
class CountedStore extends MemoryStore {
  readonly staleMs = 60_000;
  readonly requests: string[] = [];
  /** How often each key still gives nothing. */
  readonly hidden = new Map<string, number>();
  readonly broken = new Set<string>();

  override async list(query: ListQuery, signal?: AbortSignal) {
    this.requests.push(`list ${query.prefix ?? ''}`);
    return await super.list(query, signal);
  }

  override async *getMany(keys: readonly string[], signal?: AbortSignal, onUnread?: OnUnread): AsyncGenerator<KvEntry> {
    for (let start = 0; start < keys.length; start += 100) {
      const group = keys.slice(start, start + 100);
      this.requests.push(`read ${group.length}`);
      for await (const one of super.getMany(group, signal)) {
        const times = this.hidden.get(one.key) ?? 0;
        if (this.broken.has(one.key)) onUnread?.({ key: one.key, error: new KvError('server', one.key) });
        else if (times > 0) this.hidden.set(one.key, times - 1);
        else yield one;
      }
    }
  }
}

describe('the states of keys', () => {
  let store: CountedStore;
  let unread: KeyFailure[];
  const read = async (keys: readonly string[]): Promise<string[]> => {
    unread = [];
    store.requests.length = 0;
    return [...(await readStates(store, keys, undefined, (failure) => unread.push(failure))).keys()];
  };

  beforeEach(() => {
    store = new CountedStore();
  });

  it('that are not there cost one listing', async () => {
    assert.deepEqual(await read(named(10_000)), []);
    assert.deepEqual(store.requests, ['list key 00']);
    assert.deepEqual(await read(named(100)), []);
    assert.deepEqual(store.requests, ['read 100']);
    assert.deepEqual(await read([]), []);
    assert.deepEqual(store.requests, []);
  });

  it('are read only where they are there', async () => {
    const keys = named(10_000);
    const there = keys.filter((_, i) => i % 100 === 7);
    for (const key of [...there, 'a', 'z', 'key 01']) await store.put(entry(key));
    assert.deepEqual(await read(keys.toReversed()), there);
    assert.deepEqual(store.requests, ['list key 00', 'read 100']);
  });

  it('are listed no further than to the last of them', async () => {
    for (const key of named(20_000)) await store.put(entry(key));
    await read([...named(300), ...named(300, 900)]);
    assert.deepEqual(store.requests, ['list key 00', 'list key 00', ...Array(6).fill('read 100')]);
  });

  it('are read directly when listing them would cost too much', async () => {
    for (const key of named(20_000)) await store.put(entry(key));
    // Spread over 20 pages, of which two are half of what reading them costs.
    const keys = named(20_000).filter((_, i) => i % 50 === 0);
    assert.equal((await read(keys)).length, 400);
    assert.deepEqual(store.requests, ['list key 0', 'list key 0', ...Array(4).fill('read 100')]);
    assert.deepEqual(unread, []);
  });

  it('are not known of keys that are listed and give nothing, unless they do so when they are asked again', async () => {
    const keys = named(200);
    for (const key of keys) await store.put(entry(key));
    const [once = '', always = ''] = keys;
    store.hidden.set(once, 1).set(always, 1000);
    assert.deepEqual((await read(keys)).toSorted(), keys.filter((key) => key !== always).toSorted());
    assert.deepEqual(
      unread.map(({ key, error }) => [key, error.kind]),
      [[always, 'busy']],
    );
    assert.match(unread[0]?.error.message ?? '', /^“key 000001” is listed, but could not be read: /);
    await assert.rejects(readStates(store, keys), (error) => isKvError(error, 'busy'));
  });

  it('are those of expired keys, which are listed a while longer', async () => {
    const now = Date.now() / 1000 - 1000;
    store = new CountedStore({ now: () => now });
    const keys = named(101);
    for (const key of keys) await store.put({ ...entry(key), expiration: Math.floor(now) + 100 });
    for (const key of keys) store.hidden.set(key, 1000);
    assert.deepEqual([await read(keys), unread], [[], []]);
  });

  it('are told where single keys cannot be read', async () => {
    const keys = named(300);
    for (const key of keys) await store.put(entry(key));
    store.broken.add(keys[7] ?? '');
    assert.equal((await read(keys)).length, 299);
    assert.deepEqual(
      unread.map(({ key, error }) => [key, error.kind]),
      [[keys[7], 'server']],
    );
  });

  it('are found by a prefix of whole characters', async () => {
    const keys = Array.from({ length: 101 }, (_, i) => `k${String.fromCodePoint(0x1f600 + i)}`);
    for (const key of keys) await store.put(entry(key));
    assert.equal((await read(keys)).length, 101);
    assert.equal(store.requests[0], 'list k');
  });
});
