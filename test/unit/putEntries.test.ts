import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { isKvError, KvError } from '../../src/core/base/errors.ts';
import { BackupStore } from '../../src/core/change/undo/backup.ts';
import type { EarlierStart } from '../../src/core/change/undo/earlierBackup.ts';
import { restore } from '../../src/core/change/undo/restore.ts';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import type { EntrySource } from '../../src/core/store/entrySource.ts';
import { readEntries } from '../../src/core/store/readEntries.ts';
import { failedItemText } from '../../src/core/transfer/files/formatEntry.ts';
import { parseItem } from '../../src/core/transfer/files/parseItem.ts';
import { planPut, putEntries } from '../../src/core/transfer/putEntries.ts';
import { refusedEntry } from '../../src/core/transfer/refusedEntries.ts';
import { MemoryStore } from '../support/memoryStore.ts';

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
const subject = { kind: 'import' as const, source: 's', namespace: 'n', label: 'Imported' };

describe('writing many entries', () => {
  let folder: string;
  let backups: BackupStore;
  let store: MemoryStore;
  let written: string[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kv-put-'));
    backups = new BackupStore(folder, { days: 7, megabytes: 100, clock: Date.now });
    store = new MemoryStore({ batch: 100 });
    written = [];
    store.intercept = (call, key) => {
      if (call === 'put') written.push(key);
    };
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const keysOf = (some: readonly KvEntry[]): string[] => some.map(({ key }) => key);
  const plan = (options: Parameters<typeof planPut>[4] = {}) => planPut(source, store, backups, subject, options);

  it('that is cancelled says what was done, and goes on with the rest when it is taken up again', async () => {
    const first = await plan();
    const cancel = new AbortController();
    const outcome = await putEntries(source, store, {
      signal: cancel.signal,
      report: (done) => done >= 1000 && cancel.abort(),
    });
    assert.deepEqual(outcome, { done: 1000, skipped: 0, failed: [], cancelled: true });
    assert.deepEqual(store.entries, entries.slice(0, 1000));

    written = [];
    const {
      settled,
      existing,
      total,
      undo = '',
      continues,
    } = await plan({
      ...{ resuming: true, refuseExisting: true, earlier: { ...first, done: outcome.done } },
    });
    assert.ok(continues);
    assert.deepEqual([total, settled.count, existing.count], [2000, 1000, 0]);
    const rest = await putEntries(source, store, { settled });
    assert.deepEqual(rest, { done: 2000, skipped: 0, failed: [], cancelled: false });
    assert.deepEqual(written, keysOf(entries.slice(1000)));
    assert.deepEqual(store.entries, entries);

    assert.equal((await restore(backups.read(undo), store, {})).done, 2000);
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
        await backups.clear();
        const limits = { items: 2, bytes: 1e6 };
        const target = new MemoryStore({ batch: 1 });
        const put = (key: string, text: string) => target.put({ key, value: Buffer.from(text) });
        for (const key of before) await put(key, 'before');
        const wanted = new Map(target.entries.map((one) => [one.key, one]));
        const planned = new Set<string>();
        const changed = new Set<string>();
        let earlier: EarlierStart | undefined;
        for (const [at, { theirs, batches, version, resuming, skips, ...about }] of starts.entries()) {
          const file: EntrySource = async function* () {
            for (const key of about.keys) yield { key, value: Buffer.from(`version ${version}`) };
          };
          const options = { limits, resuming: resuming && at > 0, earlier };
          const { undo, settled, existing } = await planPut(file, target, backups, subject, options);
          const cancel = new AbortController();
          if (batches === 0) cancel.abort();
          let written = 0;
          const outcome = await putEntries(file, target, {
            ...{ limits, settled, signal: cancel.signal, ...(skips && { skip: existing }) },
            report: () => ++written >= batches && cancel.abort(),
          });
          earlier = { ...(undo && { undo }), done: outcome.done };
          for (const key of about.keys) planned.add(key);
          for (const key of theirs) {
            await put(key, `theirs ${at}`);
            const [now] = target.entries.filter((one) => one.key === key);
            if (now) wanted.set(key, now);
            if (planned.has(key)) changed.add(key);
          }
        }
        const infos = await backups.list();
        assert.equal(infos.length, 1);
        const [{ id, keys: covered } = { id: '', keys: 0 }] = infos;
        assert.equal(covered, planned.size);
        if (cancelledUndo) {
          const cancel = new AbortController();
          await restore(backups.read(id), target, { limits, signal: cancel.signal, report: () => cancel.abort() });
        }
        const { done, skipped, failed, ...names } = await restore(backups.read(id), target, { limits });
        assert.equal(done + skipped + failed.length, covered);
        assert.deepEqual(new Set(names.changed), changed);
        assert.deepEqual(new Map(target.entries.map((one) => [one.key, one])), wanted);
      }),
      { numRuns: 30 },
    );
  });

  it('that is taken up again sees what changed in its finished part', async () => {
    await store.putMany(entries.slice(0, 1000));
    await store.put(entry(3, 'theirs'));
    await store.delete(entry(4).key);
    const { settled, existing } = await plan({ resuming: true });
    assert.deepEqual([settled.count, existing.count, existing.first], [998, 1, [entry(3).key]]);
    await assert.rejects(plan({ resuming: true, refuseExisting: true }), (error) => isKvError(error, 'conflict'));
    await putEntries(source, store, { settled, skip: existing });
    assert.deepEqual(await store.get(entry(3).key), entry(3, 'theirs'));
    assert.deepEqual(await store.get(entry(4).key), entry(4));
  });

  it('that begins anew takes keys that are there for existing ones, equal or not', async () => {
    await store.put(entry(0));
    const { settled, existing } = await plan();
    assert.deepEqual([settled.count, existing.count], [0, 1]);
    await assert.rejects(plan({ refuseExisting: true }), (error) => isKvError(error, 'conflict'));
  });

  it('writes nothing but what was planned, where entries may change meanwhile', async () => {
    const live = new MemoryStore();
    await live.putMany(entries.slice(0, 10));
    const all: EntrySource = (signal) => readEntries(live, undefined, signal);
    await store.put(entry(3, 'old'));
    await store.put(entry(11, 'theirs'));
    const planned = await planPut(all, store, backups, subject, { mayChange: true });
    await live.put(entry(3, 'later'));
    await live.put(entry(11, 'later'));
    await live.delete(entry(4).key);
    const { isPlanned, settled, existing } = planned;
    const outcome = await putEntries(all, store, { isPlanned, settled, skip: existing });
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

  it('is planned with one of the values at hand that it replaces', async () => {
    await store.putMany(entries.slice(0, 300));
    let [read, backedUp, most] = [0, 0, 0];
    store.getMany = async function* (keys) {
      for await (const one of MemoryStore.prototype.getMany.call(store, keys)) {
        most = Math.max(most, ++read - backedUp);
        yield one;
      }
    };
    const begin = backups.begin.bind(backups);
    backups.begin = async (...args) => {
      const writer = await begin(...args);
      const add = writer.add.bind(writer);
      writer.add = (line) => {
        backedUp++;
        return add(line);
      };
      return writer;
    };
    assert.equal((await plan()).existing.count, 300);
    assert.ok(most <= 2, `${most} values at once`);
  });

  it('that breaks off names every key that was not written', async () => {
    const lost = new KvError('offline', 'No connection.');
    store.putMany = async (some, options) => {
      if (written.length >= 500) throw lost;
      return MemoryStore.prototype.putMany.call(store, some, options);
    };
    const outcome = await putEntries(source, store, {});
    assert.deepEqual([outcome.done, outcome.cancelled], [500, false]);
    assert.deepEqual(
      outcome.failed.map(({ key }) => key),
      keysOf(entries.slice(500)),
    );
    assert.ok(outcome.failed.every(({ error }) => error === lost));
    const [first] = outcome.failed;
    const left = first && refusedEntry(first);
    assert.deepEqual(left, entry(500));
    // What a document of failures holds can be imported.
    const line: unknown = JSON.parse(failedItemText(entry(500), lost.message));
    assert.deepEqual(parseItem({ position: 1, content: line }, 0).entry, entry(500));
  });

  it('that fails before anything was written throws', async () => {
    store.putMany = () => Promise.reject(new KvError('offline', 'No connection.'));
    await assert.rejects(putEntries(source, store, {}), (error) => isKvError(error, 'offline'));
  });

  it('whose source breaks off says how much was written', async () => {
    const broken: EntrySource = async function* () {
      yield* entries.slice(0, 700);
      throw new KvError('conflict', 'The file was changed.');
    };
    await assert.rejects(
      putEntries(broken, store, {}),
      (error) =>
        isKvError(error, 'conflict') &&
        error.message === 'The file was changed. Before that, 700 keys had been written.',
    );
  });
});
