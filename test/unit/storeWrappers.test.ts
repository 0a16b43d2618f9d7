import assert from 'node:assert/strict';
import { isKvError } from '../../src/core/base/errors.ts';
import type { Expectation, KvStore, WriteOptions } from '../../src/core/store/store.ts';
import { ForwardingStore } from '../../src/core/store/wrappers/forwarding.ts';
import { readOnly } from '../../src/core/store/wrappers/readOnly.ts';
import { validated } from '../../src/core/store/wrappers/validated.ts';

const entry = { key: 'k', value: new Uint8Array(1) };
const done = (count: number) => ({ done: count, skipped: 0, failed: [], cancelled: false });

/** A store that answers everything and remembers which calls reached it. */
function recorder(): { store: KvStore; calls: string[] } {
  const calls: string[] = [];
  const store: KvStore = {
    list: async () => {
      calls.push('list');
      return { keys: [] };
    },
    get: async () => {
      calls.push('get');
      return entry;
    },
    async *getMany() {
      calls.push('getMany');
      yield entry;
    },
    put: async () => void calls.push('put'),
    delete: async () => void calls.push('delete'),
    putMany: async (entries) => {
      calls.push(`putMany ${entries.length}`);
      return done(entries.length);
    },
    deleteMany: async (keys) => {
      calls.push(`deleteMany ${keys.length}`);
      return done(keys.length);
    },
  };
  return { store, calls };
}

const count = async (items: AsyncIterable<unknown>): Promise<number> => {
  let number = 0;
  for await (const _ of items) number++;
  return number;
};

describe('the read-only wrapper', () => {
  it('lets reads pass, refuses writes with its reason, and follows a switch at once', async () => {
    const { store, calls } = recorder();
    let reason: string | undefined = 'SESSIONS is read-only. Switch it off first.';
    const guarded = readOnly(store, () => reason);
    await guarded.list({});
    await guarded.get('k');
    assert.equal(await count(guarded.getMany(['k'])), 1);
    for (const write of [
      () => guarded.put(entry),
      () => guarded.delete('k'),
      () => guarded.putMany([entry]),
      () => guarded.deleteMany(['k']),
    ]) {
      await assert.rejects(write, (error) => isKvError(error, 'readOnly') && error.message === reason);
    }
    assert.deepEqual(calls, ['list', 'get', 'getMany']);
    reason = undefined;
    await guarded.put(entry);
    await guarded.delete('k');
    assert.deepEqual(await guarded.putMany([entry]), done(1));
    assert.deepEqual(await guarded.deleteMany(['k']), done(1));
    assert.deepEqual(calls.slice(3), ['put', 'delete', 'putMany 1', 'deleteMany 1']);
  });

  it('refuses what waits when it is switched, before it is sent', async () => {
    const { store } = recorder();
    let reason: string | undefined;
    const waiting = async (_: unknown, second: unknown, third?: Expectation): Promise<never> => {
      const expected = third ?? (second as WriteOptions).expected;
      assert.equal(expected?.readAt, 5);
      assert.equal(await expected.review(['k']), await expected.review(['k']));
      reason = 'SESSIONS is read-only.';
      expected.checkWritable?.();
      return assert.fail();
    };
    const ways = { put: waiting, delete: waiting, putMany: waiting, deleteMany: waiting };
    const guarded = readOnly(Object.assign(new ForwardingStore(store), ways), () => reason);
    const found = new Map();
    const expected: Expectation = { entry: () => entry, readAt: 5, review: async () => found };
    for (const write of [
      () => guarded.put(entry, undefined, expected),
      () => guarded.delete('k', undefined, expected),
      () => guarded.putMany([entry], { expected }),
      () => guarded.deleteMany(['k'], { expected }),
    ]) {
      reason = undefined;
      await assert.rejects(write, (error) => isKvError(error, 'readOnly'));
    }
  });
});

describe('the validating wrapper', () => {
  it('sends nothing that KV refuses', async () => {
    const { store, calls } = recorder();
    const checked = validated(store);
    const invalid = (error: unknown) => isKvError(error, 'invalidInput');
    await assert.rejects(checked.get(''), invalid);
    await assert.rejects(checked.put({ ...entry, key: '..' }), invalid);
    await assert.rejects(checked.delete('x'.repeat(513)), invalid);
    await assert.rejects(count(checked.getMany(['k', '.'])), invalid);
    await assert.rejects(checked.list({ limit: 1001 }), invalid);
    assert.deepEqual(calls, []);
  });

  it('sends the valid part of many and names the rest first', async () => {
    const { store, calls } = recorder();
    const outcome = await validated(store).putMany([{ ...entry, key: '' }, entry, { ...entry, expiration: 1 }]);
    assert.deepEqual(calls, ['putMany 1']);
    assert.equal(outcome.done, 1);
    assert.deepEqual(
      outcome.failed.map(({ key, error }) => [key, error.kind]),
      [
        ['', 'invalidInput'],
        ['k', 'invalidInput'],
      ],
    );
  });
});
