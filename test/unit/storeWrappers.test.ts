import assert from 'node:assert/strict';
import { isKvError, KvError, type KvErrorKind } from '../../src/core/base/errors.ts';
import type { BulkOutcome, KvStore } from '../../src/core/store/store.ts';
import { readOnly } from '../../src/core/store/wrappers/readOnly.ts';
import { validated } from '../../src/core/store/wrappers/validated.ts';
import { witnessed } from '../../src/core/store/wrappers/witnessed.ts';

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

describe('the witness of bulk writes', () => {
  const failing = (kind: KvErrorKind, done = 0) => ({
    ...{ done, skipped: 0, cancelled: false },
    failed: [{ key: 'k', error: new KvError(kind, 'no') }],
  });
  const untouchedBy = async (outcome: BulkOutcome | KvError, signal?: AbortSignal): Promise<boolean> => {
    const { store } = recorder();
    store.deleteMany = () => (isKvError(outcome) ? Promise.reject(outcome) : Promise.resolve(outcome));
    const watched = witnessed(store);
    assert.ok(watched.isUntouched);
    await watched.deleteMany(['k'], signal && { signal }).catch(() => undefined);
    return watched.isUntouched;
  };

  it('is sure that nothing was written only where an answer says so', async () => {
    for (const kind of ['forbidden', 'readOnly', 'invalidInput', 'namespaceNotFound'] as const) {
      assert.ok(await untouchedBy(failing(kind)));
      assert.ok(await untouchedBy(new KvError(kind, 'no')));
    }
    for (const kind of ['offline', 'server', 'busy', 'rateLimited', 'cancelled'] as const) {
      assert.equal(await untouchedBy(failing(kind)), false, kind);
      assert.equal(await untouchedBy(new KvError(kind, 'no')), false, kind);
    }
    assert.equal(await untouchedBy(failing('forbidden', 1)), false);
    assert.equal(await untouchedBy(done(1)), false);
    assert.ok(await untouchedBy(done(0)));
  });

  it('is sure of a cancelled write only when it was cancelled before', async () => {
    const cancelled = { ...done(0), cancelled: true };
    assert.ok(await untouchedBy(cancelled, AbortSignal.abort()));
    assert.equal(await untouchedBy(cancelled), false);
  });
});
