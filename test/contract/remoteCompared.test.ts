import assert from 'node:assert/strict';
import { CloudflareApi } from '../../src/cloudflare/cloudflareApi.ts';
import type { Credential } from '../../src/cloudflare/credential.ts';
import { isKvError, KvError } from '../../src/core/base/errors.ts';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import type { KvStore } from '../../src/core/store/store.ts';
import { readOnly } from '../../src/core/store/wrappers/readOnly.ts';
import type { Operation } from '../support/cloudflare/api.ts';
import type { Fault, Mishap } from '../support/cloudflare/faults.ts';
import type { NamespaceRecord } from '../support/cloudflare/namespaces.ts';
import { type Remote, startRemote } from '../support/cloudflare/remote.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/freePort.ts';
import { HastyTiming } from '../support/hastyTiming.ts';
import { ManualTiming } from '../support/manualTiming.ts';
import { type Reliance, relyOn } from '../support/relyOn.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const entry = (text: string): KvEntry => ({ key: 'key', value: bytes(text) });

/** How a write of `key` ends: with nothing to say, or a kind and whether it is uncertain. */
type End = 'done' | readonly [kind: string, certainty: 'certain' | 'uncertain'];

interface Way {
  readonly operation: Operation;
  /** Writes "ours", or deletes. */
  readonly write: (store: KvStore, expected?: Reliance, signal?: AbortSignal) => Promise<End>;
  readonly after: readonly KvEntry[];
  /** What its sentences begin with. */
  readonly perhaps: RegExp;
}

const endOf = (error: KvError): End => [error.kind, error.uncertain ? 'uncertain' : 'certain'];

async function single(work: Promise<void>): Promise<End> {
  try {
    await work;
    return 'done';
  } catch (error) {
    assert.ok(isKvError(error), String(error));
    messages.push(error.message);
    return endOf(error);
  }
}

async function many(work: ReturnType<KvStore['putMany']>): Promise<End> {
  const { done, failed, cancelled, untried } = await work;
  const [failure] = failed;
  if (!failure) {
    assert.equal(done, cancelled ? 0 : 1);
    return cancelled ? ['cancelled', untried ? 'certain' : 'uncertain'] : 'done';
  }
  assert.deepEqual([done, failed.length, failure.key, failure.uncertain], [0, 1, 'key', failure.error.uncertain]);
  messages.push(failure.error.message);
  return endOf(failure.error);
}

let messages: string[] = [];

const ways: Readonly<Record<string, Way>> = {
  'a put': {
    operation: 'putValue',
    write: (store, expected, signal) => single(store.put(entry('ours'), signal, expected)),
    after: [entry('ours')],
    perhaps: /^It is not certain whether “key” was written: /,
  },
  'a delete': {
    operation: 'deleteValue',
    write: (store, expected, signal) => single(store.delete('key', signal, expected)),
    after: [],
    perhaps: /^It is not certain whether “key” was deleted: /,
  },
  'a bulk write': {
    operation: 'bulkPut',
    write: (store, expected, signal) => many(store.putMany([entry('ours')], { expected, ...(signal && { signal }) })),
    after: [entry('ours')],
    perhaps: /^It is not certain whether “key” was written: /,
  },
  'a bulk delete': {
    operation: 'bulkDelete',
    write: (store, expected, signal) => many(store.deleteMany(['key'], { expected, ...(signal && { signal }) })),
    after: [],
    perhaps: /^It is not certain whether “key” was deleted: /,
  },
};

describe('remote writes that rely on what was read', () => {
  let remote: Remote;
  let timing: HastyTiming;
  let namespace: NamespaceRecord;
  let store: KvStore;

  const fault = (mishap: Mishap, more: Omit<Fault, 'mishap'> = {}): void =>
    remote.server.faults.add({ mishap, ...more });
  /** Not through the store: by somebody else, at once. */
  const put = async (text: string): Promise<void> => {
    await namespace.keys.put({ key: 'key' }, bytes(text));
  };
  const now = async (): Promise<string | undefined> => (await namespace.keys.get('key'))?.bytes.toString();
  const rely = async (after: readonly KvEntry[]): Promise<Reliance> =>
    await relyOn(store, ['key'], () => timing.now(), after);
  /** Does something the next time that somebody waits. */
  const meanwhile = (act: () => Promise<void>): void => {
    timing.meanwhile = async () => {
      timing.meanwhile = undefined;
      await act();
    };
  };
  const connect = (credential?: Credential): KvStore => {
    if (!credential) return remote.connect({ timing, random: () => 0.5 }).store(namespace.id);
    const api = new CloudflareApi({ configs: () => [], timing });
    return api.source(remote.server.baseUrl, remote.server.account, credential).store(namespace.id);
  };

  before(async () => {
    remote = await startRemote();
  });
  beforeEach(async () => {
    remote.server.reset();
    messages = [];
    timing = new HastyTiming();
    namespace = remote.server.createPlainNamespace(`compared ${Math.random()}`);
    store = connect();
    await put('old');
  });
  after(async () => {
    await remote.stop();
    assert.deepEqual([remote.server.violations, remote.server.strays], [[], []]);
  });

  for (const [name, { operation, write, after, perhaps }] of Object.entries(ways)) {
    const operations = [operation];
    const made = after.length > 0 ? 'ours' : undefined;

    describe(name, () => {
      it('is sent once, and nothing is read again, when nothing has to be waited for', async () => {
        const expected = await rely(after);
        remote.server.counts.clear();
        assert.equal(await write(store, expected), 'done');
        assert.deepEqual([await now(), expected.reviewed, remote.server.count()], [made, [], 1]);
      });

      for (const mishap of [
        { kind: 'status', status: 502 },
        { kind: 'html', status: 502 },
        { kind: 'cut', at: 'start' },
      ] satisfies Mishap[]) {
        it(`is sent again after a lost answer only where it was not done: ${Object.values(mishap).join(' ')}`, async () => {
          for (const applied of [false, true]) {
            // What was written before counts for nothing any more.
            timing.pass(61_000);
            await put('old');
            const expected = await rely(after);
            remote.server.counts.clear();
            fault(mishap, { operations, applied });
            assert.equal(await write(store, expected), 'done');
            assert.deepEqual([await now(), remote.server.count(operation)], [made, applied ? 1 : 2]);
            assert.deepEqual(expected.reviewed, [['key']]);
          }
        });

        it(`leaves alone what somebody writes after a lost answer: ${Object.values(mishap).join(' ')}`, async () => {
          for (const applied of [false, true]) {
            timing.pass(61_000);
            await put('old');
            const expected = await rely(after);
            fault(mishap, { operations, applied });
            meanwhile(() => put('theirs'));
            assert.deepEqual(await write(store, expected), ['conflict', 'uncertain']);
            assert.equal(await now(), 'theirs');
            assert.match(messages.at(-1) ?? '', perhaps);
          }
        });
      }

      it('leaves alone what somebody writes while it waits for Retry-After', async () => {
        const expected = await rely(after);
        fault({ kind: 'status', status: 429, retryAfter: 15 }, { operations });
        meanwhile(() => put('theirs'));
        assert.deepEqual(await write(store, expected), ['conflict', 'certain']);
        assert.deepEqual([await now(), remote.server.count(operation)], ['theirs', 1]);
        assert.match(messages.at(-1) ?? '', /“key” was not (written|deleted): it was changed by somebody else/);
      });

      it('is not sent again where its namespace becomes read-only while it waits', async () => {
        const before = await now();
        let reason: string | undefined;
        const guarded = readOnly(store, () => reason);
        const protect = async (): Promise<void> => {
          reason = 'It is read-only now.';
        };
        fault({ kind: 'status', status: 502 }, { operations });
        let expected = await rely(after);
        meanwhile(protect);
        assert.equal((await write(guarded, expected))[1], 'uncertain');
        reason = undefined;
        fault({ kind: 'status', status: 429, retryAfter: 15 }, { operations });
        expected = await rely(after);
        meanwhile(protect);
        assert.deepEqual(await write(guarded, expected), ['readOnly', 'certain']);
        assert.deepEqual([await now(), remote.server.count(operation)], [before, 2]);
      });

      it('leaves alone what somebody writes while it waits for the budget', async () => {
        remote.server.headers = { ratelimit: '"default";r=0;t=5', 'ratelimit-policy': '"burst";q=100;w=60' };
        const expected = await rely(after);
        remote.server.headers = {};
        meanwhile(() => put('theirs'));
        assert.deepEqual(await write(store, expected), ['conflict', 'certain']);
        assert.deepEqual([await now(), remote.server.count(operation)], ['theirs', 0]);
      });

      it('leaves alone what somebody writes while it waits for its second', async () => {
        const clock = new ManualTiming();
        store = remote.connect({ timing: clock }).store(namespace.id);
        await store.put(entry('first'));
        fault({ kind: 'status', status: 403, code: 10000 }, { operations: ['putValue'] });
        const refused = single(store.put(entry('refused')));
        const expected = await relyOn(store, ['key'], () => clock.now(), after);
        const work = write(store, expected);
        await clock.pass(1000);
        assert.deepEqual(await refused, ['forbidden', 'certain']);
        await put('theirs');
        await clock.pass(1000);
        assert.deepEqual(await work, ['conflict', 'certain']);
        assert.equal(await now(), 'theirs');
      });

      it('is sent after a wait during which nobody wrote', async () => {
        const expected = await rely(after);
        fault({ kind: 'status', status: 429, retryAfter: 15 }, { operations });
        assert.equal(await write(store, expected), 'done');
        assert.deepEqual([await now(), expected.reviewed], [made, [['key']]]);
      });

      it('stays uncertain after a lost answer, whatever the later ones say', async () => {
        // Reads are old for a while, so they show nothing.
        const unseen: Reliance = { ...(await rely(after)), review: async () => new Map([['key', 'unchanged']]) };
        for (const [refusal, kind] of [
          [{ kind: 'status', status: 403, code: 10000 }, 'forbidden'],
          [{ kind: 'status', status: 401, code: 10000 }, 'unauthenticated'],
          [{ kind: 'status', status: 429, code: 10048 }, 'rateLimited'],
          [{ kind: 'status', status: 400, code: 10029 }, 'invalidInput'],
        ] as const) {
          // A token that was refused is tried again only then.
          timing.pass(20_000);
          fault({ kind: 'status', status: 502 }, { operations, applied: true });
          fault(refusal, { operations, times: 2 });
          assert.deepEqual(await write(store, unseen), [kind, 'uncertain']);
          assert.match(messages.at(-1) ?? '', perhaps);
          remote.server.faults.clear();
        }
      });

      it('is certain when it was refused before anything else', async () => {
        fault({ kind: 'status', status: 403, code: 10000 }, { operations });
        assert.deepEqual(await write(store, await rely(after)), ['forbidden', 'certain']);
        assert.equal(await now(), 'old');
      });

      it('asks a credential that fails once, and is certain that nothing was sent', async () => {
        let asked = 0;
        const locked = connect(async () => {
          asked++;
          throw new Error('the keyring is locked');
        });
        assert.deepEqual(await write(locked), ['unauthenticated', 'certain']);
        assert.equal(asked, 1);
        assert.match(messages.at(-1) ?? '', /“key” was not .*: the sign-in could not be read/);
        assert.doesNotMatch(messages.join(), /keyring/);
      });

      it('is uncertain when the credential fails only after an answer was lost', async () => {
        let asked = 0;
        const locking = connect(async () => {
          if (++asked > 1)
            throw asked === 2 ? new Error('the keyring is locked') : new KvError('unauthenticated', 'Out.');
          return remote.token.text;
        });
        fault({ kind: 'status', status: 502 }, { operations });
        assert.deepEqual(await write(locking), ['unauthenticated', 'uncertain']);
      });

      it('is certain that nothing was sent where nothing is reached', async () => {
        const api = new CloudflareApi({ configs: () => [], timing });
        const nowhere = api.source(
          `http://127.0.0.1:${await freePort()}/client/v4`,
          remote.server.account,
          async () => 'token',
        );
        assert.deepEqual(await write(nowhere.store(namespace.id)), ['offline', 'certain']);
      });

      it('says whether it was under way when it is cancelled', async () => {
        const waiting = AbortSignal.abort();
        assert.deepEqual(await write(store, await rely(after), waiting), ['cancelled', 'certain']);
        if (operation.startsWith('bulk')) return;
        const aborting = new AbortController();
        fault({ kind: 'stall', at: 'start' }, { operations, applied: true });
        const work = write(store, await rely(after), aborting.signal);
        await eventually(() => assert.equal(remote.server.stalled, 1));
        aborting.abort();
        assert.deepEqual(await work, ['cancelled', 'uncertain']);
      });
    });
  }

  it('leave out of a bulk write sent again what moved, and what is done', async () => {
    const entries = ['a', 'b', 'c', 'd'].map((key) => ({ key, value: bytes(`our ${key}`) }));
    const keys = entries.map(({ key }) => key);
    const expected = await relyOn(store, keys, () => timing.now(), entries);
    fault({ kind: 'status', status: 500 }, { operations: ['bulkPut'] });
    meanwhile(async () => {
      await namespace.keys.put({ key: 'a' }, bytes('our a'));
      await namespace.keys.put({ key: 'b' }, bytes('theirs'));
    });
    const { done, failed } = await store.putMany(entries, { expected });
    assert.deepEqual(
      [done, failed.map(({ key, error, uncertain }) => [key, error.kind, uncertain])],
      [3, [['b', 'conflict', true]]],
    );
    const values = await namespace.keys.getMany(keys);
    assert.deepEqual(
      values.map((value) => value?.text),
      ['our a', 'theirs', 'our c', 'our d'],
    );
    assert.equal(remote.server.count('bulkPut'), 2);
  });

  it('read again what a bulk answer does not account for', async () => {
    const entries = ['a', 'b', 'c'].map((key) => ({ key, value: bytes(key) }));
    const keys = ['a', 'b', 'c'];
    for (const result of [
      { successful_key_count: 2, unsuccessful_keys: [] },
      { successful_key_count: 2, unsuccessful_keys: ['x'] },
      {},
      null,
    ]) {
      for (const applied of [true, false]) {
        timing.pass(61_000);
        await namespace.keys.deleteMany(keys);
        remote.server.counts.clear();
        fault({ kind: 'result', result }, { operations: ['bulkPut'], applied });
        const expected = await relyOn(store, keys, () => timing.now(), entries);
        const { done, failed } = await store.putMany(entries, { expected });
        assert.deepEqual([done, failed, remote.server.count('bulkPut')], [3, [], applied ? 1 : 2]);
        assert.deepEqual(expected.reviewed, [keys]);
      }
    }
    // Never accounted for, and never seen: nobody knows.
    const blind = { ...(await relyOn(store, keys, () => timing.now(), [])), review: async () => UNCHANGED };
    fault({ kind: 'result', result: { successful_key_count: 0 } }, { operations: ['bulkDelete'], times: 10 });
    const outcome = await store.deleteMany(keys, { expected: blind });
    assert.deepEqual([outcome.done, outcome.failed.map(({ uncertain }) => uncertain)], [0, [true, true, true]]);
    assert.match(outcome.failed[0]?.error.message ?? '', /^It is not certain whether “a” was deleted: /);
  });

  it('name what they did not come to when they are cancelled', async () => {
    const small = remote.connect({ timing, bulkLimits: { items: 2, bytes: 1_000_000 } }).store(namespace.id);
    const keys = ['a', 'b', 'c', 'd', 'e'];
    const aborting = new AbortController();
    const outcome = await small.deleteMany(keys, { signal: aborting.signal, report: () => aborting.abort() });
    assert.deepEqual(outcome, { done: 2, skipped: 0, failed: [], cancelled: true, untried: ['c', 'd', 'e'] });
    assert.deepEqual((await small.deleteMany(keys, { signal: AbortSignal.abort() })).untried, keys);
  });

  it('do not keep their turns while they read again', async () => {
    // As many as may be under way at once, all of which have to look first.
    fault({ kind: 'status', status: 500 }, { operations: ['putValue'], times: 12 });
    const works = Array.from({ length: 12 }, async (_, i) => {
      const own = { key: `key ${i}`, value: bytes(`${i}`) };
      await store.put(own, undefined, await relyOn(store, [own.key], () => timing.now(), [own]));
    });
    await Promise.all(works);
    assert.equal((await store.list({ prefix: 'key ' })).keys.length, 12);
  });
});

const UNCHANGED = new Map((['a', 'b', 'c'] as const).map((key) => [key, 'unchanged' as const]));
