import assert from 'node:assert/strict';
import type { KvError } from '../../src/core/base/errors.ts';
import { readEntries } from '../../src/core/store/readEntries.ts';
import { MemoryStore } from '../support/memoryStore.ts';

/** What an export and a copy go through. */
describe('reading every entry of a namespace', () => {
  let store: MemoryStore;
  let unread: (readonly [string, KvError['kind']])[];
  beforeEach(async () => {
    store = new MemoryStore();
    unread = [];
    for (const key of ['a', 'b', 'c']) await store.put({ key, value: Buffer.from(key) });
    const listed = await store.list({});
    store.list = async () => listed;
    await store.delete('b');
  });

  const keys = async (): Promise<string[]> => {
    const found: string[] = [];
    const tell = ({ key, error }: { readonly key: string; readonly error: KvError }) => unread.push([key, error.kind]);
    for await (const { key } of readEntries(store, undefined, undefined, tell)) found.push(key);
    return found;
  };

  it('names a listed key of which a read gives nothing, where reads may be old', async () => {
    Object.assign(store, { staleMs: 60_000 });
    assert.deepEqual(await keys(), ['a', 'c']);
    assert.deepEqual(unread, [['b', 'busy']]);
  });

  it('leaves out what was deleted meanwhile, where reads are never old', async () => {
    assert.deepEqual([await keys(), unread], [['a', 'c'], []]);
  });
});
