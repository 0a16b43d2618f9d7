import assert from 'node:assert/strict';
import { isKvError } from '../../src/core/base/errors.ts';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import { readStates } from '../../src/core/store/readStates.ts';
import type { KeyFailure, KvStore } from '../../src/core/store/store.ts';
import type { Fault, Mishap } from '../support/cloudflare/faults.ts';
import type { NamespaceRecord } from '../support/cloudflare/namespaces.ts';
import { type Remote, startRemote } from '../support/cloudflare/remote.ts';
import { HastyTiming } from '../support/hastyTiming.ts';
import { relyOn } from '../support/relyOn.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const binary = Uint8Array.of(0xff, 0);
const MISSING: Mishap = { kind: 'status', status: 404, code: 10009 };

describe('remote reads', () => {
  let remote: Remote;
  let timing: HastyTiming;
  let namespace: NamespaceRecord;
  let store: KvStore;
  let unread: KeyFailure[];

  const fault = (mishap: Mishap, more: Omit<Fault, 'mishap'> = {}): void =>
    remote.server.faults.add({ mishap, ...more });
  const put = async (key: string, value: Uint8Array): Promise<void> =>
    await namespace.keys.put({ key, metadata: 1 }, value);
  const read = async (keys: readonly string[]): Promise<string[]> => {
    const found: string[] = [];
    unread = [];
    for await (const { key } of store.getMany(keys, undefined, (failure) => unread.push(failure))) found.push(key);
    return found;
  };
  const kinds = (): (readonly [string, string])[] => unread.map(({ key, error }) => [key, error.kind] as const);

  before(async () => {
    remote = await startRemote();
  });
  beforeEach(async () => {
    remote.server.reset();
    timing = new HastyTiming();
    namespace = remote.server.createPlainNamespace(`reads ${Math.random()}`);
    store = remote.connect({ timing, random: () => 0.5 }).store(namespace.id);
    for (const key of ['a', 'b', 'c']) await put(key, binary);
    await put('text', bytes('text'));
  });
  after(async () => {
    await remote.stop();
    assert.deepEqual([remote.server.violations, remote.server.strays], [[], []]);
  });

  it('may be old for a minute', () => assert.equal(store.staleMs, 60_000));

  const alone: readonly [name: string, kind: string, mishap: Mishap, operations: Fault['operations']][] = [
    ['whose value is gone and whose metadata is not', 'busy', MISSING, ['getValue']],
    ['that is too large to be read', 'tooLarge', { kind: 'status', status: 413 }, ['getValue']],
    ['on which the server fails', 'server', { kind: 'status', status: 500 }, ['getValue']],
    ['whose answer is another one', 'server', { kind: 'html', status: 200 }, ['getValue']],
  ];
  for (const [name, kind, mishap, operations] of alone) {
    it(`name a key ${name}, and give the others`, async () => {
      fault(mishap, { ...(operations && { operations }), key: 'b', times: 1000 });
      assert.deepEqual(await read(['a', 'b', 'text', 'c']), ['a', 'text', 'c']);
      assert.deepEqual(kinds(), [['b', kind]]);
      assert.match(unread[0]?.error.message ?? '', /^“b” could not be read: /);
      await assert.rejects(
        async () => {
          for await (const _ of store.getMany(['a', 'b', 'c']));
        },
        (error) => isKvError(error) && error.kind === kind && error.message.includes('“b”'),
      );
    });
  }

  it('of values that are too much together name the one that is too much alone', async () => {
    fault({ kind: 'status', status: 413 }, { operations: ['bulkGet'], times: 7 });
    fault({ kind: 'status', status: 413 }, { operations: ['getValue'], key: 'text', times: 1000 });
    assert.deepEqual(await read(['a', 'b', 'text', 'c']), ['a', 'b', 'c']);
    assert.deepEqual(kinds(), [['text', 'tooLarge']]);
  });

  it('do not take a key for absent that an answer does not tell of', async () => {
    const values = { a: null, text: { value: 'text', metadata: 1 }, c: { value: 7 } };
    fault({ kind: 'result', result: { values } }, { operations: ['bulkGet'] });
    assert.deepEqual(await read(['a', 'b', 'text', 'c']), ['b', 'text', 'c']);
    assert.deepEqual(unread, []);
  });

  it('look again where the text of a value was there and its bytes are not', async () => {
    fault(MISSING, { operations: ['getValue'], key: 'a' });
    assert.deepEqual(await read(['a', 'b']), ['a', 'b']);
    fault(MISSING, { key: 'a', times: 3 });
    assert.deepEqual(await read(['a', 'b']), ['b'], 'deleted: neither value nor metadata');
  });

  it('of a value that is replaced between its text and its bytes do not mix the two', async () => {
    const values = { a: { value: 'older \ufffd', metadata: { v: 'older' } } };
    fault({ kind: 'result', result: { values } }, { operations: ['bulkGet'] });
    const entries: KvEntry[] = [];
    for await (const entry of store.getMany(['a'])) entries.push(entry);
    assert.deepEqual(entries, [{ key: 'a', value: binary, metadata: 1 }]);
  });

  it('end where no other key would fare better', async () => {
    for (const [mishap, kind] of [
      [{ kind: 'status', status: 403, code: 10000 }, 'forbidden'],
      [{ kind: 'status', status: 404, code: 10013 }, 'namespaceNotFound'],
    ] as const) {
      fault(mishap, { operations: ['getValue'], key: 'b', times: 1000 });
      await assert.rejects(read(['a', 'b', 'c']), (error) => isKvError(error, kind));
      assert.deepEqual(unread, []);
      remote.server.faults.clear();
    }
  });

  it('of a key that is listed and gives nothing are not taken for its absence', async () => {
    for (let i = 0; i < 120; i++) await put(`key ${1000 + i}`, bytes('v'));
    const keys = Array.from({ length: 120 }, (_, i) => `key ${1000 + i}`);
    const values = Object.fromEntries(keys.slice(0, 100).map((key, i) => [key, i === 5 ? null : { value: 'v' }]));
    fault({ kind: 'result', result: { values } }, { operations: ['bulkGet'] });
    assert.equal((await readStates(store, keys)).size, 120);
    fault({ kind: 'result', result: { values } }, { operations: ['bulkGet'] });
    fault({ kind: 'result', result: { values } }, { operations: ['bulkGet'], skip: 1 });
    unread = [];
    const found = await readStates(store, keys, undefined, (failure) => unread.push(failure));
    assert.deepEqual([found.size, kinds()], [119, [['key 1005', 'busy']]]);
  });

  /** As an import does it: the keys as they are, then the entries. */
  async function written(keys: readonly string[]): Promise<void> {
    const entries = keys.map((key): KvEntry => ({ key, value: bytes('new') }));
    const before = await readStates(store, keys);
    const expected = { ...(await relyOn(store, [], () => timing.now(), entries)), readAt: timing.now() };
    const { done } = await store.putMany(entries, { expected: { ...expected, entry: (key) => before.get(key) } });
    assert.equal(done, keys.length);
  }

  it('for an import of 25,000 new keys cost a few requests', async () => {
    remote.server.checks = false;
    const keys = Array.from({ length: 25_000 }, (_, i) => `import:${i}`);
    for (let start = 0; start < keys.length; start += 10_000) await written(keys.slice(start, start + 10_000));
    remote.server.checks = true;
    assert.equal(remote.server.count('bulkPut'), 3);
    assert.ok(remote.server.count() - 3 <= 9, `${remote.server.count() - 3} others`);
  });
});
