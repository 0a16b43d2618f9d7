import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isKvError, KvError } from '../../src/core/base/errors.ts';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import type { EntrySource } from '../../src/core/store/entrySource.ts';
import { readEntries } from '../../src/core/store/readEntries.ts';
import { failedItemText } from '../../src/core/transfer/files/formatEntry.ts';
import { parseItem } from '../../src/core/transfer/files/parseItem.ts';
import { planPut } from '../../src/core/transfer/putPlan.ts';
import { RefusedEntries, refusedEntry } from '../../src/core/transfer/refusedEntries.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { Transfers } from '../support/transfers.ts';

const entry = (i: number, value = `value ${i}`): KvEntry => ({
  key: `key:${String(i).padStart(5, '0')}`,
  value: new Uint8Array(Buffer.from(value)),
  metadata: { i },
});
const entries = Array.from({ length: 2000 }, (_, i) => entry(i));
const source: EntrySource = async function* (signal) {
  for (const one of entries) {
    if (signal?.aborted) throw new KvError('cancelled', 'cancelled');
    yield one;
  }
};

describe('writing many entries', () => {
  let transfers: Transfers;
  let store: MemoryStore;
  let written: string[];
  beforeEach(() => {
    transfers = new Transfers();
    store = new MemoryStore({ batch: 100 });
    written = [];
    store.intercept = (call, key) => {
      if (call === 'put') written.push(key);
    };
  });
  afterEach(() => transfers.dispose());

  const keysOf = (some: readonly KvEntry[]): string[] => some.map(({ key }) => key);

  it('that is cancelled says what was done, and goes on with the rest when it is resumed', async () => {
    const cancel = new AbortController();
    const first = await transfers.import(source, store, {
      signal: cancel.signal,
      report: (done) => done >= 1000 && cancel.abort(),
    });
    assert.deepEqual([first.done, first.failed, first.cancelled], [1000, [], true]);
    assert.deepEqual(store.entries, entries.slice(0, 1000));

    written = [];
    const second = await transfers.import(source, store, { resuming: true, onConflict: 'fail', earlier: first.undo });
    assert.deepEqual([second.plan.total, second.plan.settled, second.plan.existing.count], [2000, 1000, 0]);
    assert.deepEqual([second.done, second.skipped, second.failed, second.cancelled], [2000, 0, [], false]);
    assert.deepEqual(written, keysOf(entries.slice(1000)));
    assert.deepEqual(store.entries, entries);

    assert.equal(second.undo, first.undo);
    assert.equal((await transfers.undo(second.undo, store)).done, 2000);
    assert.deepEqual(store.entries, []);
  });

  it('that was started any number of times is undone in one go', async () => {
    const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
    const some = fc.uniqueArray(fc.constantFrom(...keys), { minLength: 1 });
    const start = fc.record({
      keys: some,
      /** The file may be another one by then, and lifetimes may count from later. */
      version: fc.nat(1),
      /** Batches that are written; the rest is cancelled. */
      batches: fc.nat(4),
      resuming: fc.boolean(),
      skips: fc.boolean(),
      /** What somebody else writes afterwards. */
      theirs: fc.uniqueArray(fc.constantFrom(...keys), { maxLength: 2 }),
    });
    const work = fc.record({
      before: some,
      starts: fc.array(start, { minLength: 1, maxLength: 4 }),
      cancelledUndo: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(work, async ({ before, starts, cancelledUndo }) => {
        await transfers.journals.clear();
        const limits = { items: 2, bytes: 1e6 };
        const target = new MemoryStore({ batch: 1 });
        const put = (key: string, text: string) => target.put({ key, value: Buffer.from(text) });
        for (const key of before) await put(key, 'before');
        const stateOf = () => new Map(target.entries.map((one) => [one.key, one]));
        const wanted = stateOf();
        const ours = new Set<string>();
        let earlier: string | undefined;
        for (const [at, { theirs, batches, version, resuming, skips, ...about }] of starts.entries()) {
          const file: EntrySource = async function* () {
            for (const key of about.keys) yield { key, value: Buffer.from(`version ${version}`) };
          };
          const cancel = new AbortController();
          let reports = 0;
          const was = stateOf();
          const outcome = await transfers.import(file, target, {
            limits,
            resuming: resuming && at > 0,
            earlier,
            signal: cancel.signal,
            ...(skips && { onConflict: 'skip' as const }),
            report: () => ++reports > batches && cancel.abort(),
          });
          earlier = outcome.undo ?? earlier;
          for (const [key, now] of stateOf()) if (was.get(key) !== now) ours.add(key);
          for (const key of theirs) {
            await put(key, `theirs ${at}`);
            const now = stateOf().get(key);
            if (now) wanted.set(key, now);
          }
        }
        const [info, more] = await transfers.journals.list();
        assert.equal(more, undefined);
        assert.equal(info === undefined, ours.size === 0);
        if (!info) return;
        if (cancelledUndo) {
          const cancel = new AbortController();
          await transfers.undo(info.id, target, { limits, signal: cancel.signal, report: () => cancel.abort() });
        }
        if (await transfers.journals.find(info.id)) await transfers.undo(info.id, target, { limits });
        assert.deepEqual(stateOf(), wanted);
      }),
      { numRuns: 60 },
    );
  });

  it('that is resumed sees what changed in its finished part', async () => {
    await store.putMany(entries.slice(0, 1000));
    await store.put(entry(3, 'theirs'));
    await store.delete(entry(4).key);
    const { settled, existing } = await planPut(source, store, { isResuming: true, onConflict: 'ask' });
    assert.deepEqual([settled, existing.count, existing.first], [998, 1, [entry(3).key]]);
    const refused = transfers.import(source, store, { resuming: true, onConflict: 'fail' });
    await assert.rejects(refused, (error) => isKvError(error, 'conflict'));
    await transfers.import(source, store, { resuming: true, onConflict: 'skip' });
    assert.deepEqual(await store.get(entry(3).key), entry(3, 'theirs'));
    assert.deepEqual(await store.get(entry(4).key), entry(4));
  });

  describe('whose lifetimes count from each start anew, that are resumed', () => {
    const [first, lifetime] = [1_900_000_000, 86_400];
    /** Lifetimes may count from an earlier start. */
    const startedAt = (at: number, since = at): EntrySource =>
      async function* () {
        const endsBetween = [first + lifetime, at + lifetime] as const;
        for (const one of entries) yield { ...one, expiration: since + lifetime, endsBetween };
      };
    const endingAt = (i: number, at: number): KvEntry => ({ ...entry(i), expiration: at + lifetime });

    for (const onConflict of ['fail', 'overwrite', 'skip', 'ask'] as const) {
      it(`leave what earlier starts have made as it is, where keys that exist are to ${onConflict}`, async () => {
        const ends = [first, first + 900, first + 1500];
        for (const [at, since] of ends.entries()) {
          const cancel = new AbortController();
          written = [];
          const { plan } = await transfers.import(startedAt(since), store, {
            resuming: at > 0,
            onConflict,
            signal: cancel.signal,
            report: (done) => at < 2 && done >= 500 * (at + 1) && cancel.abort(),
          });
          const isLooking = onConflict === 'fail' || onConflict === 'ask';
          assert.deepEqual([plan.settled, plan.existing.count], [isLooking ? 500 * at : 0, 0]);
          assert.deepEqual(written, keysOf(entries.slice(500 * at, at < 2 ? 500 * (at + 1) : 2000)));
        }
        const startOf = (i: number): number => (i < 500 ? first : i < 1000 ? first + 900 : first + 1500);
        assert.deepEqual(
          store.entries,
          entries.map((_, i) => endingAt(i, startOf(i))),
        );
      });
    }

    it('leave what was begun anew as it is, too, where they count from the first start again', async () => {
      await store.put(endingAt(0, first + 120));
      const { settled } = await planPut(startedAt(first + 180, first), store, { isResuming: true, onConflict: 'fail' });
      assert.equal(settled, 1);
    });

    for (const onConflict of ['fail', 'overwrite', 'skip', 'ask'] as const) {
      it(`write anew what has little left of its lifetime, where keys that exist are to ${onConflict}`, async () => {
        const now = first + 50_000;
        const lastsFrom = now + lifetime / 2;
        const some: EntrySource = async function* () {
          for await (const one of startedAt(now)(undefined)) yield { ...one, lastsFrom };
        };
        // Less than what lasts, as much, and as much as it is to have.
        const there = [lastsFrom - 1, lastsFrom, now + lifetime];
        await store.putMany(there.map((expiration, i) => ({ ...entry(i), expiration })));
        written = [];
        const { plan, ...outcome } = await transfers.import(some, store, { resuming: true, onConflict });
        const isLooking = onConflict === 'fail' || onConflict === 'ask';
        assert.deepEqual([plan.settled, plan.existing.count], [isLooking ? 2 : 0, 0]);
        assert.deepEqual([outcome.done, outcome.skipped, outcome.failed], [entries.length, 0, []]);
        assert.deepEqual(written, keysOf(entries.filter((_, i) => i !== 1 && i !== 2)));
        assert.deepEqual(
          store.entries,
          entries.map((_, i) => ({ ...entry(i), expiration: i === 1 ? lastsFrom : now + lifetime })),
        );
      });
    }

    it('keep what has little left where they would end no later', async () => {
      const [now, since] = [first + lifetime - 30, first + 10];
      for (const [i, at] of [since, since + 10].entries()) await store.put(endingAt(i, at));
      const some: EntrySource = async function* () {
        for await (const one of startedAt(now, since)(undefined)) yield { ...one, lastsFrom: now + lifetime / 2 };
      };
      written = [];
      await transfers.import(some, store, { resuming: true });
      assert.deepEqual(written, keysOf(entries.slice(2)));
    });

    it('write nothing over what was changed since it was looked up, however little is left of it', async () => {
      const some: EntrySource = async function* () {
        yield { ...endingAt(0, first + 900), endsBetween: [first + lifetime, first + 900 + lifetime], lastsFrom: 2e9 };
      };
      await store.put(endingAt(0, first));
      const plan = await planPut(some, store, { isResuming: true, onConflict: 'ask' });
      await store.delete(entry(0).key);
      const operation = { kind: 'import', namespace: { source: 's', id: 'n' }, label: 'Imported' } as const;
      const outcome = await transfers.changes(store).run(operation, plan.steps('overwrite', undefined));
      assert.deepEqual(
        outcome.failed.map(({ error }) => error.kind),
        ['conflict'],
      );
    });

    for (const [name, theirs] of Object.entries({
      'another value': { ...endingAt(3, first), value: new Uint8Array(1) },
      'other metadata': { ...endingAt(3, first), metadata: 'theirs' },
      'an earlier end': endingAt(3, first - 1),
      'a later end': endingAt(3, first + 901),
      'no end': entry(3),
    })) {
      it(`take what has ${name} for somebody else's`, async () => {
        await store.put(theirs);
        const plan = await planPut(startedAt(first + 900), store, { isResuming: true, onConflict: 'ask' });
        assert.deepEqual([plan.settled, plan.existing.first], [0, [entry(3).key]]);
        const refused = transfers.import(startedAt(first + 900), store, { resuming: true, onConflict: 'fail' });
        await assert.rejects(refused, (error) => isKvError(error, 'conflict'));
      });
    }
  });

  it('that begins anew takes keys that are there for existing ones, equal or not', async () => {
    await store.put(entry(0));
    const { settled, existing } = await planPut(source, store, { onConflict: 'ask' });
    assert.deepEqual([settled, existing.count], [0, 1]);
    const refused = transfers.import(source, store, { onConflict: 'fail' });
    await assert.rejects(refused, (error) => isKvError(error, 'conflict'));
  });

  it('writes nothing but what was planned, where entries may change meanwhile', async () => {
    const live = new MemoryStore();
    await live.putMany(entries.slice(0, 10));
    const all: EntrySource = (signal) => readEntries(live, undefined, signal);
    await store.put(entry(3, 'old'));
    await store.put(entry(11, 'theirs'));
    const plan = await planPut(all, store, { mayChange: true, onConflict: 'skip' });
    await live.put(entry(3, 'later'));
    await live.put(entry(11, 'later'));
    await live.delete(entry(4).key);
    const operation = { kind: 'copy', namespace: { source: 's', id: 'n' }, label: 'Copied' } as const;
    const outcome = await transfers.changes(store).run(operation, plan.steps('skip', undefined));
    assert.deepEqual([outcome.done, outcome.skipped], [8, 0]);
    assert.deepEqual(
      outcome.failed.map(({ key, error }) => [key, error.kind]),
      [3, 11].map((i) => [entry(i).key, 'conflict']),
    );
    assert.deepEqual(
      [await store.get(entry(3).key), await store.get(entry(11).key)],
      [entry(3, 'old'), entry(11, 'theirs')],
    );
  });

  it('leaves alone what was changed, made or deleted since it was looked up', async () => {
    await store.putMany([entry(1, 'old'), entry(2, 'old'), entry(3, 'old')]);
    const some: EntrySource = async function* () {
      yield* [entry(1), entry(2), entry(3), entry(4), entry(5)];
    };
    const plan = await planPut(some, store, { onConflict: 'ask' });
    await store.put(entry(2, 'new'));
    await store.delete(entry(3).key);
    await store.put(entry(4, 'new'));
    const operation = { kind: 'import', namespace: { source: 's', id: 'n' }, label: 'Imported' } as const;
    const outcome = await transfers.changes(store).run(operation, plan.steps('overwrite', undefined));
    assert.equal(outcome.done, 2);
    assert.deepEqual(
      outcome.failed.map(({ key, error }) => [key, error.kind]),
      [2, 3, 4].map((i) => [entry(i).key, 'conflict']),
    );
    assert.deepEqual(store.entries, [entry(1), entry(2, 'new'), entry(4, 'new'), entry(5)]);
  });

  it('that breaks off names every key that was not written, and asks a store that is out of reach no more', async () => {
    const lost = new KvError('offline', 'No connection.');
    let asked = 0;
    store.putMany = async (some, options) => {
      if (written.length < 500) return MemoryStore.prototype.putMany.call(store, some, options);
      asked++;
      return { done: 0, skipped: 0, failed: some.map(({ key }) => ({ key, error: lost })), cancelled: false };
    };
    const refused = new RefusedEntries();
    const plan = await planPut(source, store, { onConflict: 'overwrite' });
    const operation = { kind: 'import', namespace: { source: 's', id: 'n' }, label: 'Imported' } as const;
    const outcome = await transfers.changes(store).run(operation, plan.steps('overwrite', undefined), {
      onFailed: (failure, change) => refused.keep(failure, entries.find(({ key }) => key === change.key) ?? entry(0)),
    });
    assert.deepEqual([outcome.done, outcome.cancelled, asked], [500, false, 1]);
    assert.deepEqual(
      outcome.failed.map(({ key }) => key),
      keysOf(entries.slice(500)),
    );
    assert.ok(outcome.failed.every(({ error }) => error.kind === 'offline'));
    const [first] = outcome.failed;
    assert.deepEqual(first && refusedEntry(first), entry(500));
    // What a document of failures holds can be imported.
    const line: unknown = JSON.parse(failedItemText(entry(500), lost.message));
    assert.deepEqual(parseItem({ position: 1, content: line }, { since: 0, now: 0 }).entry, entry(500));
  });

  it('that fails before anything was written throws', async () => {
    store.putMany = () => Promise.reject(new KvError('offline', 'No connection.'));
    await assert.rejects(transfers.import(source, store), (error) => isKvError(error, 'offline'));
    assert.deepEqual(await transfers.journals.list(), []);
  });

  it('whose source breaks off says how much was written', async () => {
    let pass = 0;
    const broken: EntrySource = async function* () {
      yield* entries.slice(0, 700);
      if (pass++ > 0) throw new KvError('conflict', 'The file was changed.');
    };
    await assert.rejects(
      transfers.import(broken, store),
      (error) =>
        isKvError(error, 'conflict') &&
        error.message === 'The file was changed. Before that, 700 keys had been written.',
    );
  });
});
