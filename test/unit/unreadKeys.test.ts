import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isKvError, KvError } from '../../src/core/base/errors.ts';
import { checkPlan } from '../../src/core/change/keysPlan.ts';
import { type KvEntry, nowSeconds } from '../../src/core/entry/entry.ts';
import { entryDigest } from '../../src/core/entry/entryDigest.ts';
import type { LifetimeClock } from '../../src/core/entry/lifetimeClock.ts';
import { findListed } from '../../src/core/store/findListed.ts';
import type { KvReader } from '../../src/core/store/store.ts';
import { isCertainlyGone } from '../../src/core/store/unread.ts';
import { consistent } from '../../src/core/store/wrappers/consistent.ts';
import { paced } from '../../src/core/store/wrappers/paced.ts';
import { readOnly } from '../../src/core/store/wrappers/readOnly.ts';
import { validated } from '../../src/core/store/wrappers/validated.ts';
import { loadKeys } from '../../src/fs/keysLoading.ts';
import { MemoryStore } from '../support/memoryStore.ts';

const entry = (key: string): KvEntry => ({ key, value: new Uint8Array(Buffer.from(key)) });

/** An account: what a listing shows, a read need not show yet. */
function account(ground: MemoryStore, stale: ReadonlySet<string>): KvReader {
  return {
    staleMs: 60_000,
    list: (query, signal) => ground.list(query, signal),
    get: async (key, signal) => (stale.has(key) ? undefined : await ground.get(key, signal)),
    async *getMany(keys, signal, onUnread) {
      yield* ground.getMany(
        keys.filter((key) => !stale.has(key)),
        signal,
        onUnread,
      );
    },
  };
}

const namesKey =
  (key: string) =>
  (error: unknown): boolean =>
    isKvError(error, 'busy') && error.message.includes(`“${key}”`);

describe('a document of many keys, where reads are older than listings', () => {
  let ground: MemoryStore;
  const stale = new Set(['b']);
  beforeEach(async () => {
    ground = new MemoryStore();
    await ground.putMany(['a', 'b', 'c'].map(entry));
  });
  const openedOf = (...keys: string[]) => new Map(keys.map((key) => [key, entryDigest(entry(key)) ?? '']));

  it('is not opened without a key that is listed', async () => {
    const store = account(ground, stale);
    await assert.rejects(loadKeys(store, { prefix: '' }), namesKey('b'));
    await assert.rejects(loadKeys(store, { keys: ['a', 'b'] }), namesKey('b'));
    const { opened } = await loadKeys(account(ground, new Set()), { prefix: '' });
    assert.deepEqual(
      opened.map(([key]) => key),
      ['a', 'b', 'c'],
    );
  });

  it('is opened without keys that are not there', async () => {
    const store = account(ground, new Set());
    const { opened } = await loadKeys(store, { keys: ['gone', 'c', 'a'] });
    assert.deepEqual(
      opened.map(([key]) => key),
      ['c', 'a'],
    );
    assert.deepEqual((await loadKeys(store, { prefix: 'x' })).opened, []);
  });

  it('names a key that cannot be read at all', async () => {
    ground.unread.set('c', new KvError('server', 'The row of “c” is damaged.'));
    await assert.rejects(loadKeys(account(ground, new Set()), { prefix: '' }), /“c” is damaged/);
  });

  it('does not take such a key for absent when it is saved', async () => {
    const store = account(ground, stale);
    const added = await checkPlan(
      store,
      { changes: [], additions: [entry('b'), entry('d')], removals: [] },
      openedOf(),
    );
    assert.deepEqual([added.additions, added.conflicts, added.settled], [[entry('d')], [], []]);
    assert.ok(added.unread.length === 1 && namesKey('b')(added.unread[0]?.error));
    const removed = await checkPlan(
      store,
      { changes: [], additions: [], removals: ['b', 'gone'] },
      openedOf('b', 'gone'),
    );
    assert.deepEqual([removed.removals, removed.conflicts, removed.settled], [[], [], ['gone']]);
    assert.ok(removed.unread.length === 1 && namesKey('b')(removed.unread[0]?.error));
  });

  it('goes on with the other keys where one cannot be read', async () => {
    ground.unread.set('c', new KvError('server', 'The row of “c” is damaged.'));
    const plan = await checkPlan(
      account(ground, new Set()),
      { changes: [], additions: [], removals: ['a', 'c'] },
      openedOf('a', 'c'),
    );
    assert.deepEqual([plan.removals, plan.unread.map(({ key }) => key)], [['a'], ['c']]);
  });
});

describe('what a listing shows of some keys', () => {
  it('is found wherever they lie', () =>
    fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.string({ unit: fc.constantFrom('a', 'b', 'é', '\ue000', '😀'), minLength: 1, maxLength: 5 })),
        fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'é', '\ue000', '😀'), minLength: 1, maxLength: 5 })),
        fc.integer({ min: 1, max: 5 }),
        fc.boolean(),
        async (there, asked, most, hasEmptyPages) => {
          const ground = new MemoryStore();
          await ground.putMany(there.map(entry));
          const store: KvReader = {
            ...account(ground, new Set()),
            async list({ cursor, limit = most, ...query }, signal) {
              // KV may give a page without keys before one with keys.
              if (hasEmptyPages && cursor === undefined) return { keys: [], cursor: 'begin' };
              const from = cursor === undefined || cursor === 'begin' ? {} : { cursor };
              return await ground.list({ ...query, ...from, limit: Math.min(limit, most) }, signal);
            },
          };
          const found = await findListed(store, asked);
          assert.deepEqual(new Set(found.keys()), new Set(asked.filter((key) => there.includes(key))));
        },
      ),
      { numRuns: 300 },
    ));

  it('takes few requests where they lie close together', async () => {
    const ground = new MemoryStore();
    await ground.putMany(Array.from({ length: 5000 }, (_, at) => entry(`old/${at}`)));
    let requests = 0;
    ground.intercept = () => requests++;
    const keys = Array.from({ length: 400 }, (_, at) => `new/${at}`);
    assert.deepEqual(await findListed(ground, [...keys, 'old/4999']), new Map([['old/4999', { name: 'old/4999' }]]));
    assert.ok(requests <= 3, String(requests));
  });
});

describe('a listed key that has an end and is not read', () => {
  const now = nowSeconds();
  const gone = (expiration: number, clock?: LifetimeClock, staleMs?: number): boolean =>
    isCertainlyGone(
      { ...account(new MemoryStore(), new Set()), ...(clock && { clock }), ...(staleMs !== undefined && { staleMs }) },
      { name: 'k', expiration },
    );

  it('is gone by the clock of its store, once that is known', () => {
    const behind = { isKnown: true, now: () => now - 3600 };
    assert.deepEqual([gone(now - 1800), gone(now - 1800, behind), gone(now - 3600, behind)], [true, false, true]);
    assert.equal(gone(now - 1800, { isKnown: false, now: nowSeconds }), false);
  });

  it('has the clock of its store through all that is put around that', () => {
    const clock = { isKnown: true, now: () => now };
    const store = Object.assign(new MemoryStore(), { clock, staleMs: 60_000 });
    assert.equal(readOnly(validated(paced(consistent(store))), () => undefined).clock, clock);
  });
});
