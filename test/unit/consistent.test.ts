import assert from 'node:assert/strict';
import { KvError } from '../../src/core/base/errors.ts';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import type { KvStore, OnUnread } from '../../src/core/store/store.ts';
import { consistent } from '../../src/core/store/wrappers/consistent.ts';
import { MemoryStore } from '../support/memoryStore.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const entry = (key: string, text: string, more: Partial<KvEntry> = {}): KvEntry => ({
  key,
  value: bytes(text),
  ...more,
});

async function collect(entries: AsyncIterable<KvEntry>): Promise<KvEntry[]> {
  const all: KvEntry[] = [];
  for await (const one of entries) all.push(one);
  return all;
}

/** What is read may be older than what was written; `settle` makes it the same. */
class LateStore extends MemoryStore implements KvStore {
  readonly real = new MemoryStore();

  async settle(): Promise<void> {
    for (const { key } of this.entries) await super.delete(key);
    for (const one of this.real.entries) await super.put(one);
  }
  override async put(one: KvEntry): Promise<void> {
    await this.real.put(one);
  }
  override async delete(key: string): Promise<void> {
    await this.real.delete(key);
  }
}

describe('reading what was written', () => {
  let late: LateStore;
  let store: KvStore;
  let now: number;
  const names = async (query = {}): Promise<string[]> => (await store.list(query)).keys.map(({ name }) => name);

  beforeEach(async () => {
    late = new LateStore();
    now = 1_000_000;
    store = consistent(late, { now: () => now });
    for (const key of ['a', 'b', 'c']) await late.put(entry(key, 'old', { metadata: key }));
    await late.settle();
  });

  it('gives metadata as it is stored, whatever becomes of what was written', async () => {
    await store.get('a');
    const list = [-0];
    await store.put(entry('a', 'new', { metadata: list }));
    list.push(1);
    assert.ok(Object.is(Reflect.get(Object((await store.get('a'))?.metadata), 0), 0));
    assert.deepEqual((await store.list({})).keys[0], { name: 'a', metadata: [0] });
  });

  it('shows a write, a new key and a delete for a minute though reads are old', async () => {
    await collect(store.getMany(['a', 'b', 'c']));
    await store.put(entry('a', 'new', { metadata: { n: 1 } }));
    await store.put(entry('bb', 'fresh'));
    await store.delete('c');
    for (const at of [0, 30_000, 59_999]) {
      now = 1_000_000 + at;
      assert.deepEqual(await store.get('a'), entry('a', 'new', { metadata: { n: 1 } }));
      assert.deepEqual(await store.get('bb'), entry('bb', 'fresh'));
      assert.equal(await store.get('c'), undefined);
      assert.deepEqual(await store.list({}), {
        keys: [{ name: 'a', metadata: { n: 1 } }, { name: 'b', metadata: 'b' }, { name: 'bb' }],
      });
      assert.deepEqual(
        (await collect(store.getMany(['bb', 'c', 'missing', 'a', 'b', 'bb']))).map(({ key }) => key),
        ['bb', 'a', 'b', 'bb'],
      );
    }
    now += 1;
    assert.deepEqual(await names(), ['a', 'b', 'c']);
    assert.deepEqual(await store.get('a'), entry('a', 'old', { metadata: 'a' }));
  });

  it('shows what somebody else wrote meanwhile', async () => {
    await collect(store.getMany(['a', 'b', 'c']));
    await store.put(entry('a', 'ours'));
    await store.delete('b');
    await late.settle();
    await late.put(entry('a', 'theirs', { metadata: 'x' }));
    await late.put(entry('b', 'back again', { metadata: 'y' }));
    await late.settle();
    assert.deepEqual(await store.list({}), {
      keys: [
        { name: 'a', metadata: 'x' },
        { name: 'b', metadata: 'y' },
        { name: 'c', metadata: 'c' },
      ],
    });
    assert.deepEqual(await store.get('a'), entry('a', 'theirs', { metadata: 'x' }));
    assert.deepEqual(await store.get('b'), entry('b', 'back again', { metadata: 'y' }));
    await late.delete('a');
    await late.settle();
    assert.equal(await store.get('a'), undefined);
  });

  it('takes every state of the minute for old, not only the first', async () => {
    await store.get('a');
    await store.put(entry('a', 'first'));
    await late.settle();
    await store.put(entry('a', 'second'));
    assert.deepEqual(await store.get('a'), entry('a', 'second'));
    await store.delete('a');
    assert.equal(await store.get('a'), undefined);
    await store.put(entry('a', 'third'));
    assert.deepEqual(await store.get('a'), entry('a', 'third'));
  });

  it('knows what was there from a listing too', async () => {
    await store.list({});
    await store.deleteMany(['a', 'b']);
    assert.deepEqual(await names(), ['c']);
  });

  it('of a key that nobody read shows what there is, unless it is nothing', async () => {
    await store.put(entry('a', 'new'));
    assert.deepEqual(await store.get('a'), entry('a', 'old', { metadata: 'a' }));
    await store.put(entry('z', 'new'));
    assert.deepEqual(await store.get('z'), entry('z', 'new'));
  });

  it('adds new keys to the page in whose range they lie, once', async () => {
    const keys = Array.from({ length: 30 }, (_, i) => `k${10 + i}`);
    for (const key of keys) await late.put(entry(key, 'v'));
    await late.settle();
    for (const key of ['k', 'k195', 'k20', 'k99', 'other']) await store.put(entry(key, 'new'));
    await store.list({ prefix: 'k' });
    await store.delete('k19');
    const pages: string[][] = [];
    for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
      const page = await store.list({ prefix: 'k', limit: 10, ...(cursor !== undefined && { cursor }) });
      pages.push(page.keys.map(({ name }) => name));
      cursor = page.cursor;
    }
    assert.deepEqual(pages, [
      ['k', ...keys.slice(0, 9)],
      ['k195', ...keys.slice(10, 20)],
      [...keys.slice(20), 'k99'],
    ]);
    assert.deepEqual(await names({ prefix: 'o' }), ['other']);
  });

  it('keeps bulk writes as far as they were done', async () => {
    await collect(store.getMany(['a', 'b', 'c']));
    const done = (keys: number, failed: string[]) => ({
      done: keys,
      skipped: 0,
      failed: failed.map(fail),
      cancelled: true,
      untried: ['c'],
    });
    const fail = (key: string) => ({ key, error: new KvError('server', key) });
    late.putMany = async () => done(1, ['b']);
    await store.putMany([entry('a', '1'), entry('b', '2'), entry('c', '3')]);
    assert.deepEqual(await store.get('a'), entry('a', '1'));
    assert.deepEqual(await store.get('b'), entry('b', 'old', { metadata: 'b' }));
    assert.deepEqual(await store.get('c'), entry('c', 'old', { metadata: 'c' }));
  });

  it('hides somebody’s return to the first value for a minute after the write that replaced it, however long one writes', async () => {
    await store.get('a');
    const first = entry('a', 'old', { metadata: 'a' });
    for (let save = 0; save < 16 * 6; save++) {
      await store.put(entry('a', `save ${save}`));
      await late.settle();
      assert.deepEqual(await store.get('a'), entry('a', `save ${save}`));
      now += 10_000;
    }
    await late.put(first);
    await late.settle();
    assert.deepEqual(await store.get('a'), first);
  });

  it('keeps every old state for its minute, however many there are', async () => {
    await store.get('a');
    // A second each, as it is paced, with a few that are written twice.
    for (let save = 0; save < 59; save++) {
      await store.put(entry('a', `save ${save % 50}`));
      now += 1000;
    }
    assert.deepEqual(await store.get('a'), entry('a', 'save 8'), 'the first value, for a last second');
    now += 1001;
    assert.deepEqual(await store.get('a'), entry('a', 'old', { metadata: 'a' }));
  });

  it('takes for old what was there when a write was sent, not what was read afterwards', async () => {
    await store.get('a');
    const { promise, resolve } = Promise.withResolvers<void>();
    const { put } = late;
    late.put = async (one) => {
      await put.call(late, one);
      await promise;
    };
    const writing = store.put(entry('a', 'ours'));
    // Somebody else writes at the same time, and this is what is left and read.
    await put.call(late, entry('a', 'theirs'));
    await late.settle();
    assert.deepEqual(await store.get('a'), entry('a', 'theirs'));
    resolve();
    await writing;
    assert.deepEqual(await store.get('a'), entry('a', 'theirs'));
  });

  it('takes for old what a write relies on, though nobody read it here', async () => {
    const expected = { entry: () => entry('a', 'old', { metadata: 'a' }), readAt: 0, review: async () => new Map() };
    await store.put(entry('a', 'new'), undefined, expected);
    assert.deepEqual(await store.get('a'), entry('a', 'new'));
    await store.delete('a', undefined, { ...expected, entry: () => entry('a', 'new') });
    await late.settle();
    await late.put(entry('a', 'new'));
    await late.settle();
    assert.equal(await store.get('a'), undefined);
  });

  it('shows either state of a write whose answer was lost, and hides nothing', async () => {
    await store.get('a');
    const lost = new KvError('server', 'lost', { uncertain: true });
    const { put } = late;
    await store.put(entry('a', 'certain'));
    late.put = async (one) => {
      await put.call(late, one);
      throw lost;
    };
    await assert.rejects(store.put(entry('a', 'perhaps')), lost);
    // As before anything was written: that much is certain.
    assert.deepEqual(await store.get('a'), entry('a', 'certain'));
    await late.settle();
    assert.deepEqual(await store.get('a'), entry('a', 'perhaps'));
    late.put = put;
    await late.put(entry('a', 'certain'));
    await late.settle();
    assert.deepEqual(await store.get('a'), entry('a', 'certain'));
    await store.put(entry('a', 'last'));
    await late.put(entry('a', 'perhaps'));
    await late.settle();
    assert.deepEqual(await store.get('a'), entry('a', 'last'), 'the lost write is older than this one');
    await late.put(entry('a', 'theirs'));
    await late.settle();
    assert.deepEqual(await store.get('a'), entry('a', 'theirs'));
  });

  it('forgets a write that was refused', async () => {
    await store.get('a');
    late.put = async () => {
      throw new KvError('forbidden', 'no');
    };
    await assert.rejects(store.put(entry('a', 'refused')));
    assert.deepEqual(await store.get('a'), entry('a', 'old', { metadata: 'a' }));
  });

  it('says nothing of a key that could not be read', async () => {
    await collect(store.getMany(['a', 'b']));
    await store.put(entry('a', 'new'));
    const error = new KvError('busy', 'a');
    late.getMany = async function* (_, __, ...[onUnread]: OnUnread[]) {
      onUnread?.({ key: 'a', error });
      yield entry('b', 'old', { metadata: 'b' });
    };
    const unread: string[] = [];
    const read = await collect(store.getMany(['a', 'b'], undefined, ({ key }) => unread.push(key)));
    assert.deepEqual([read.map(({ key }) => key), unread], [['b'], ['a']]);
  });

  it('keeps no more than some megabytes of values', async () => {
    const large = new Uint8Array(20_000_000);
    await store.put({ key: 'first', value: large });
    await store.put({ key: 'second', value: large });
    assert.equal(await store.get('first'), undefined);
    assert.equal((await store.get('second'))?.value.length, 20_000_000);
  });
});
