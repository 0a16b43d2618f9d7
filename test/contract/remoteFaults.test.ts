import assert from 'node:assert/strict';
import { isKvError, type KvErrorKind } from '../../src/core/base/errors.ts';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import type { KvStore } from '../../src/core/store/store.ts';
import type { Operation } from '../support/cloudflare/api.ts';
import type { Fault, Mishap } from '../support/cloudflare/faults.ts';
import { type Remote, startRemote } from '../support/cloudflare/remote.ts';
import { eventually } from '../support/eventually.ts';
import { HastyTiming } from '../support/hastyTiming.ts';
import { ManualTiming } from '../support/manualTiming.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const entry: KvEntry = { key: 'key', value: bytes('value'), metadata: { m: 1 }, expiration: 2_000_000_000 };
const other: KvEntry = { key: 'other', value: Uint8Array.of(0xff, 0), metadata: 0 };
const READS: readonly Operation[] = ['listKeys', 'getValue', 'getMetadata', 'bulkGet'];
const WRITES: readonly Operation[] = ['putValue', 'deleteValue', 'bulkPut', 'bulkDelete'];

/** Faults that pass when the request is sent again. */
const passing: readonly Mishap[] = [
  { kind: 'status', status: 429, retryAfter: 2 },
  { kind: 'status', status: 429, code: 10022 },
  { kind: 'status', status: 500, code: 10001 },
  { kind: 'html', status: 502 },
  { kind: 'cut', at: 'start' },
  { kind: 'cut', at: 'body' },
  { kind: 'notSuccessful', code: 971 },
];

const stalls: readonly Mishap[] = [
  { kind: 'stall', at: 'start' },
  { kind: 'stall', at: 'body' },
];

const name = (mishap: Mishap): string => Object.values(mishap).join(' ');

async function collect(entries: AsyncIterable<KvEntry>): Promise<KvEntry[]> {
  const all: KvEntry[] = [];
  for await (const one of entries) all.push(one);
  return all;
}

const rejects = async (work: Promise<unknown>, kind: KvErrorKind, says: string | RegExp = ''): Promise<void> => {
  await assert.rejects(work, (error) => {
    assert.ok(isKvError(error, kind), `expected ${kind}, got ${String(error)}`);
    if (typeof says === 'string') assert.ok(error.message.includes(says), error.message);
    else assert.match(error.message, says);
    assert.doesNotMatch(error.message, /<|HTTP\/|Bearer|injected/);
    return true;
  });
};

describe('remote faults', () => {
  let remote: Remote;
  let timing: HastyTiming;
  let store: KvStore;
  /** For the same namespace, a clock that stands still. */
  let clock: ManualTiming;
  let patient: KvStore;

  const fault = (mishap: Mishap, more: Omit<Fault, 'mishap'> = {}): void =>
    remote.server.faults.add({ mishap, ...more });

  before(async () => {
    remote = await startRemote();
  });
  beforeEach(async () => {
    remote.server.reset();
    timing = new HastyTiming();
    const { id } = remote.server.createPlainNamespace(`faults ${Math.random()}`);
    store = remote.connect({ timing, random: () => 0.5 }).store(id);
    clock = new ManualTiming();
    patient = remote.connect({ timing: clock }).store(id);
    await store.put(entry);
    await store.putMany([other]);
    remote.server.reset();
    timing.sleeps.length = 0;
  });
  after(async () => {
    await remote.stop();
    assert.deepEqual([remote.server.violations, remote.server.strays], [[], []]);
  });

  for (const mishap of passing) {
    it(`are survived by reads: ${name(mishap)}`, async () => {
      fault(mishap, { operations: ['listKeys'] });
      assert.equal((await store.list({})).keys.length, 2);
      fault(mishap, { operations: ['getValue'] });
      assert.deepEqual(await store.get('key'), entry);
      fault(mishap, { operations: ['getMetadata'] });
      assert.deepEqual(await store.get('other'), other);
      fault(mishap, { operations: ['bulkGet'] });
      assert.deepEqual(await collect(store.getMany(['other', 'key'])), [other, entry]);
      assert.ok(remote.server.count(...READS) <= 12);
    });

    it(`are survived by writes, whether or not they were done: ${name(mishap)}`, async () => {
      for (const applied of [false, true]) {
        const text = `written ${applied}`;
        fault(mishap, { operations: ['putValue'], applied });
        await store.put({ key: text, value: bytes(text), metadata: [applied] });
        assert.deepEqual(await store.get(text), { key: text, value: bytes(text), metadata: [applied] });
        fault(mishap, { operations: ['bulkPut'], applied });
        assert.equal((await store.putMany([{ key: `${text}!`, value: bytes('many') }])).done, 1);
        fault(mishap, { operations: ['deleteValue'], applied });
        await store.delete(text);
        fault(mishap, { operations: ['bulkDelete'], applied });
        assert.equal((await store.deleteMany([`${text}!`])).done, 1);
      }
      assert.deepEqual(
        (await store.list({})).keys.map((key) => key.name),
        ['key', 'other'],
      );
    });
  }

  /** Lets its time pass once a request is left without an answer, and then whatever else is waited for. */
  async function givenUp<T>(work: Promise<T>, stalled: number): Promise<T> {
    await eventually(() => assert.deepEqual([remote.server.stalled, clock.pending.length], [stalled, 1]));
    await clock.pass(clock.pending[0] ?? 0);
    let isDone = false;
    const done = work.finally(() => {
      isDone = true;
    });
    await eventually(async () => {
      await clock.pass(20);
      assert.ok(isDone);
    });
    return await done;
  }

  for (const mishap of stalls) {
    it(`are given up in time: ${name(mishap)}`, async () => {
      fault(mishap, { operations: ['getValue'] });
      assert.deepEqual(await givenUp(patient.get('key'), 1), entry);
      fault(mishap, { operations: ['putValue'], applied: true });
      await givenUp(patient.put({ key: 'key', value: bytes('new') }), 2);
      assert.deepEqual(await store.get('key'), { key: 'key', value: bytes('new') });
      // It is looked at, not sent again.
      assert.deepEqual([remote.server.count('getValue'), remote.server.count('putValue')], [4, 1]);
    });
  }

  it('make waits grow, and Retry-After is honoured', async () => {
    fault({ kind: 'status', status: 500 }, { operations: ['listKeys'], times: 3 });
    await store.list({});
    assert.deepEqual(timing.sleeps, [375, 750, 1500]);
    timing.sleeps.length = 0;
    fault({ kind: 'status', status: 429, retryAfter: 7 }, { operations: ['listKeys'] });
    await store.list({});
    assert.ok(timing.sleeps.includes(7250), String(timing.sleeps));
  });

  it('end after a few attempts with what the user can do', async () => {
    fault({ kind: 'status', status: 503 }, { times: 1000 });
    await rejects(store.list({}), 'server', /^The keys could not be listed: .*problem of its own.*503/);
    assert.equal(remote.server.count(), 5);
    await rejects(store.get('key'), 'server', '“key” could not be read: ');
    await rejects(store.delete('key'), 'server', 'It is not certain whether “key” was deleted: ');
    await rejects(store.put(entry), 'server', 'It is not certain whether “key” was written: ');
    const outcome = await store.putMany([entry, other]);
    assert.deepEqual(
      [outcome.done, outcome.failed.map(({ key, error }) => [key, error.kind])],
      [
        0,
        [
          ['key', 'server'],
          ['other', 'server'],
        ],
      ],
    );
  });

  it('do not make anybody wait for an hour', async () => {
    fault({ kind: 'status', status: 429, retryAfter: 3600 }, { times: 1000 });
    await rejects(store.list({}), 'rateLimited', 'Try again in 3600 s');
    assert.equal(remote.server.count(), 1);
    await rejects(store.list({}), 'rateLimited');
    assert.equal(remote.server.count(), 1, 'all requests pause');
    assert.ok(timing.sleeps.every((ms) => ms <= 61_000));
  });

  it('such as a connection on which nothing comes any more keep nobody waiting for longer than half a minute', async () => {
    fault({ kind: 'stall', at: 'start' }, { times: Number.POSITIVE_INFINITY });
    const asked: Readonly<Record<string, () => Promise<unknown>>> = {
      get: () => patient.get('key'),
      list: () => patient.list({}),
      put: () => patient.put({ key: 'key', value: bytes('new') }),
      delete: () => patient.delete('other'),
    };
    for (const [what, ask] of Object.entries(asked)) {
      const begun = clock.now();
      let ended: number | undefined;
      const failing = assert.rejects(ask()).finally(() => {
        ended = clock.now();
      });
      await eventually(async () => {
        await clock.pass(500);
        assert.ok(ended !== undefined, what);
      });
      await failing;
      assert.ok((ended ?? 0) - begun <= 30_000, `${what}: ${(ended ?? 0) - begun} ms`);
    }
  });

  it('are cancelled at once, in whatever they wait for', async () => {
    const waits: readonly Mishap[] = [
      { kind: 'stall', at: 'start' },
      { kind: 'stall', at: 'body' },
      { kind: 'status', status: 429, retryAfter: 15 },
    ];
    // No time passes: only the signal can end it.
    for (const mishap of waits) {
      remote.server.reset();
      fault(mishap, { times: 1000 });
      const aborting = new AbortController();
      const listing = patient.list({}, aborting.signal);
      await eventually(() => assert.equal(remote.server.count('listKeys'), 1));
      aborting.abort();
      await rejects(listing, 'cancelled');
    }
  });

  it('never become a value', async () => {
    const wrong: readonly Mishap[] = [
      { kind: 'html', status: 200 },
      { kind: 'notSuccessful', code: 0 },
      { kind: 'empty' },
      { kind: 'type', type: 'text/html' },
      { kind: 'type', type: 'application/json' },
    ];
    for (const mishap of wrong) {
      fault(mishap, { operations: ['getValue'] });
      await rejects(store.get('key'), 'server', '“key” could not be read: ');
    }
    for (const mishap of wrong.slice(0, 3)) {
      fault(mishap, { operations: ['getMetadata'] });
      await rejects(store.get('key'), 'server', '“key” could not be read: ');
      fault(mishap, { operations: ['listKeys'] });
      await rejects(store.list({}), 'server', 'The keys could not be listed: ');
      fault(mishap, { operations: ['bulkGet'] });
      await rejects(collect(store.getMany(['key'])), 'server', '“key” could not be read: ');
      fault(mishap, { operations: ['deleteValue'] });
      const isLost = mishap.kind !== 'notSuccessful';
      const says = isLost ? 'It is not certain whether “key” was deleted: ' : '“key” was not deleted: ';
      await rejects(store.delete('key'), 'server', says);
      fault(mishap, { operations: ['bulkDelete'] });
      assert.equal((await store.deleteMany(['key'])).failed[0]?.error.kind, 'server');
    }
    assert.deepEqual(await store.get('key'), entry);
  });

  it('that end a bulk operation are told of each key by its own name', async () => {
    fault({ kind: 'status', status: 403, code: 10000 }, { operations: ['bulkPut'] });
    const entries = Array.from({ length: 10_001 }, (_, i) => ({ key: `key ${i}`, value: bytes('') }));
    const { done, failed } = await store.putMany(entries);
    assert.deepEqual([done, failed.length, remote.server.count('bulkPut')], [0, 10_001, 1]);
    for (const { key, error } of failed) assert.ok(error.message.startsWith(`“${key}” was not written: `));
  });

  it('that lose the answer of a write are settled by reading', async () => {
    const { operations } = { operations: ['putValue'] as const };
    fault({ kind: 'html', status: 200 }, { operations, applied: true });
    const written = { key: 'key', value: bytes('arrived') };
    await store.put(written);
    assert.deepEqual(await store.get('key'), written);
    fault({ kind: 'html', status: 200 }, { operations });
    await rejects(store.put({ key: 'key', value: bytes('lost') }), 'server', 'not certain whether “key” was written');
  });

  it('of a missing key are not taken for other 404s', async () => {
    assert.equal(await store.get('missing'), undefined);
    fault({ kind: 'html', status: 404 }, { operations: ['getValue'] });
    await rejects(store.get('key'), 'server', 'Check the address of the API');
    fault({ kind: 'status', status: 404, code: 10013 }, { operations: ['getValue'] });
    await rejects(store.get('key'), 'namespaceNotFound', 'no such namespace');
    const gone = remote.source.store('f'.repeat(32));
    await rejects(gone.list({}), 'namespaceNotFound');
    await rejects(gone.put(entry), 'namespaceNotFound');
  });

  it('of a torn entry, whose metadata is not there yet, are not taken for an entry without metadata', async () => {
    fault({ kind: 'status', status: 404, code: 10009 }, { operations: ['getMetadata'] });
    assert.deepEqual(await store.get('key'), entry);
    fault({ kind: 'status', status: 404, code: 10009 }, { operations: ['getMetadata'], times: 1000 });
    await rejects(store.get('key'), 'busy', '“key”');
  });

  it('name the limit of the day once, without trying again', async () => {
    fault({ kind: 'status', status: 429, code: 10048 }, { times: 1000 });
    await rejects(store.put(entry), 'rateLimited', '00:00 UTC');
    assert.equal(remote.server.count(), 1);
    assert.equal((await store.deleteMany(['key', 'other'])).failed.length, 2);
    assert.equal(remote.server.count(), 2);
  });

  it('of single keys in a bulk operation are repaired, or reported by key', async () => {
    const entries = Array.from({ length: 30 }, (_, i): KvEntry => ({ key: `bulk ${i}`, value: bytes(`${i}`) }));
    fault({ kind: 'unsuccessful', keys: 3 }, { operations: ['bulkPut'] });
    assert.equal((await store.putMany(entries)).done, 30);
    assert.equal(remote.server.count('bulkPut'), 2);
    fault({ kind: 'unsuccessful', keys: 2 }, { operations: ['bulkDelete'], times: 1000 });
    const outcome = await store.deleteMany(entries.map(({ key }) => key));
    assert.equal(outcome.done, 28);
    assert.deepEqual(
      outcome.failed.map(({ key, error }) => [key, error.kind]),
      [
        ['bulk 0', 'server'],
        ['bulk 1', 'server'],
      ],
    );
    assert.match(outcome.failed[0]?.error.message ?? '', /^“bulk 0” was not deleted: /);
  });

  it('of one bad item do not take the other items with them', async () => {
    // A clock that is late: what looks good here has expired there.
    remote.server.now = () => Date.now() + 3_600_000;
    const soon = Math.floor(Date.now() / 1000) + 120;
    const entries = Array.from({ length: 50 }, (_, i): KvEntry => ({ key: `bulk ${i}`, value: bytes(`${i}`) }));
    const outcome = await store.putMany([...entries, { key: 'bad', value: bytes(''), expiration: soon }]);
    assert.deepEqual(
      [outcome.done, outcome.failed.map(({ key, error }) => [key, error.kind])],
      [50, [['bad', 'invalidInput']]],
    );
  });

  it('of what came too near to its end while a request waited name that alone', async () => {
    const soon = Math.floor(Date.now() / 1000) + 120;
    const entries = Array.from({ length: 300 }, (_, i): KvEntry => {
      return { key: `bulk ${i}`, value: bytes(`${i}`), ...(i % 3 === 0 && { expiration: soon }) };
    });
    remote.server.now = () => timing.wallTime;
    fault({ kind: 'status', status: 429, retryAfter: 100 }, { operations: ['bulkPut'] });
    const outcome = await store.putMany(entries);
    assert.deepEqual([outcome.done, outcome.failed.length, outcome.cancelled], [200, 100, false]);
    assert.ok(outcome.failed.every(({ key, error }) => Number(key.slice(5)) % 3 === 0 && /expire/.test(error.message)));
    assert.equal((await store.list({ prefix: 'bulk' })).keys.length, 200);
    assert.equal(remote.server.count('bulkPut'), 3);
  });

  it('such as empty pages end no listing', async () => {
    fault({ kind: 'emptyPage' }, { operations: ['listKeys'] });
    const first = await store.list({});
    assert.deepEqual(first.keys, []);
    assert.ok(first.cursor);
    assert.equal((await store.list({ cursor: first.cursor })).keys.length, 2);
  });

  it('such as slow bodies are waited for while something comes', async () => {
    const large = { key: 'large', value: new Uint8Array(200_000).fill(7) };
    await store.put(large);
    // Only a few seconds may pass without anything.
    const next = async (): Promise<void> => {
      await eventually(() => assert.deepEqual(clock.pending, [8000]));
      await clock.pass(6000);
    };
    fault({ kind: 'drip', pieces: 10, next }, { operations: ['getValue'] });
    assert.deepEqual(await patient.get('large'), large);
    assert.equal(remote.server.count('getValue'), 1);
  });

  it('of the server leave others their place: at most six requests at once', async () => {
    remote.server.latencyMs = 200;
    await Promise.all(Array.from({ length: 20 }, () => store.list({})));
    assert.equal(remote.server.mostAtOnce, 6);
    assert.equal(remote.server.count(...WRITES), 0);
  });
});
