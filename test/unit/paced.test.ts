import assert from 'node:assert/strict';
import { isKvError, KvError } from '../../src/core/base/errors.ts';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import type { KvStore } from '../../src/core/store/store.ts';
import { paced } from '../../src/core/store/wrappers/paced.ts';
import { ManualTiming, settle } from '../support/manualTiming.ts';
import { MemoryStore } from '../support/memoryStore.ts';

const entry = (key: string, text: string): KvEntry => ({ key, value: new TextEncoder().encode(text) });

describe('one write per second and key', () => {
  let timing: ManualTiming;
  let memory: MemoryStore;
  let store: KvStore;
  /** Each write with the second in which it was made. */
  let writes: string[];
  const start = 1_000_000;
  const now = (): number => (timing.now() - start) / 1000;

  beforeEach(() => {
    timing = new ManualTiming();
    memory = new MemoryStore();
    writes = [];
    const { put, putMany } = memory;
    memory.put = async (one, signal) => {
      writes.push(`${now()} ${one.key}=${Buffer.from(one.value)}`);
      await put.call(memory, one, signal);
    };
    memory.putMany = async (entries, options) => {
      writes.push(`${now()} many ${entries.length}`);
      return await putMany.call(memory, entries, options);
    };
    memory.intercept = (call, key) => {
      if (call === 'delete') writes.push(`${now()} -${key}`);
    };
    store = paced(memory, timing);
  });

  it('sends the first at once, and every other one in its turn', async () => {
    await store.put(entry('k', '1'));
    const all = ['2', '3', '4'].map((text) => store.put(entry('k', text)));
    let ended = 0;
    for (const write of all) void write.then(() => ended++);
    await timing.pass(999);
    assert.deepEqual([ended, writes], [0, ['0 k=1']]);
    await timing.pass(1);
    assert.deepEqual([ended, writes.slice(1)], [1, ['1 k=2']]);
    await timing.pass(2000);
    await Promise.all(all);
    assert.deepEqual(writes.slice(2), ['2 k=3', '3 k=4']);
    await timing.pass(5000);
    await store.put(entry('k', '5'));
    assert.deepEqual(writes.slice(4), ['8 k=5']);
  });

  it('does not keep other keys waiting, and deletes like any write', async () => {
    await store.put(entry('a', '1'));
    const put = store.put(entry('a', '2'));
    const gone = store.delete('a');
    await store.put(entry('b', '1'));
    await timing.pass(2000);
    await Promise.all([put, gone]);
    assert.deepEqual(writes, ['0 a=1', '0 b=1', '1 a=2', '2 -a']);
  });

  it('passes on what a write relies on, when its turn comes', async () => {
    const given: unknown[] = [];
    memory.put = async (_, __, ...rest: unknown[]) => void given.push(...rest);
    memory.delete = async (_, __, ...rest: unknown[]) => void given.push(...rest);
    const expected = { entry: () => undefined, readAt: 0, review: async () => new Map() };
    await store.put(entry('k', '1'), undefined, expected);
    const gone = store.delete('k', undefined, expected);
    await timing.pass(1000);
    await gone;
    assert.deepEqual(given, [expected, expected]);
  });

  it('lets a cancelled write go, which keeps nobody waiting', async () => {
    await store.put(entry('k', '1'));
    const aborting = new AbortController();
    const kept = store.put(entry('k', '2'));
    const cancelled = store.put(entry('k', '3'), aborting.signal);
    const later = store.put(entry('k', '4'));
    aborting.abort();
    await assert.rejects(cancelled, (error) => isKvError(error, 'cancelled'));
    await timing.pass(2000);
    await Promise.all([kept, later]);
    assert.deepEqual(writes, ['0 k=1', '1 k=2', '2 k=4']);
  });

  it('keeps a waiting write with an end before a newer one without', async () => {
    await store.put(entry('k', '1'));
    const first = store.put(entry('k', 'older'), new AbortController().signal);
    const second = store.put(entry('k', 'newer'));
    await timing.pass(2000);
    await Promise.all([first, second]);
    assert.deepEqual(writes, ['0 k=1', '1 k=older', '2 k=newer']);
  });

  it('tells an error to the one that it is about, and goes on', async () => {
    await store.put(entry('k', '1'));
    memory.intercept = () => {
      throw new KvError('server', 'no');
    };
    const outcomes = Promise.allSettled([store.put(entry('k', '2'))]);
    const next = store.put(entry('k', '3'));
    await timing.pass(1000);
    assert.deepEqual(
      (await outcomes).map(({ status }) => status),
      ['rejected'],
    );
    memory.intercept = undefined;
    await timing.pass(1000);
    await next;
    assert.equal(Buffer.from((await store.get('k'))?.value ?? []).toString(), '3');
  });

  it('keeps the order of single and bulk writes', async () => {
    await store.put(entry('k', '1'));
    const second = store.put(entry('k', '2'));
    const many = store.putMany([entry('k', 'many'), entry('j', 'many')]);
    const last = store.put(entry('j', 'last'));
    await timing.pass(10_000);
    await Promise.all([second, many, last]);
    assert.deepEqual(writes.slice(0, 2), ['0 k=1', '1 k=2']);
    assert.ok(writes.indexOf('2 many 2') > 0);
    assert.ok(writes.indexOf('3 j=last') > writes.indexOf('2 many 2'));
    assert.equal(Buffer.from((await store.get('j'))?.value ?? []).toString(), 'last');
  });

  it('ends a bulk write that is cancelled while it waits, with nothing done', async () => {
    await store.put(entry('k', '1'));
    const aborting = new AbortController();
    const many = store.putMany([entry('k', '2')], { signal: aborting.signal });
    await settle();
    aborting.abort();
    assert.deepEqual(await many, { done: 0, skipped: 0, failed: [], cancelled: true, untried: ['k'] });
  });

  it('ends a cancelled bulk write while the one before it goes on, which the next one waits for', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    memory.putMany = async (entries, options) => {
      if (!options?.signal?.aborted) await promise;
      return MemoryStore.prototype.putMany.call(memory, entries, options);
    };
    const first = store.putMany([entry('k', 'first')]);
    const aborting = new AbortController();
    const second = store.putMany([entry('k', 'second')], { signal: aborting.signal });
    await settle();
    aborting.abort();
    const outcome = await Promise.race([second, settle()]);
    assert.deepEqual(outcome, { done: 0, skipped: 0, failed: [], cancelled: true, untried: ['k'] });
    const third = store.put(entry('k', 'third'));
    await timing.pass(5000);
    assert.equal(await memory.get('k'), undefined);
    resolve();
    await timing.pass(5000);
    await Promise.all([first, third]);
    assert.equal(Buffer.from((await memory.get('k'))?.value ?? []).toString(), 'third');
  });
});
