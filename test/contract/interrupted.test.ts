import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type KvEntry, nowSeconds } from '../../src/core/entry/entry.ts';
import { batchLimits } from '../../src/core/store/batches.ts';
import type { EntrySource } from '../../src/core/store/entrySource.ts';
import type { BulkOutcome, KvStore } from '../../src/core/store/store.ts';
import { BulkFile } from '../../src/core/transfer/files/bulkFile.ts';
import { DevServers } from '../../src/local/explorer/devServers.ts';
import { LocalSource } from '../../src/local/localSource.ts';
import { readWranglerConfig } from '../../src/wrangler/readConfig.ts';
import type { Fault } from '../support/cloudflare/faults.ts';
import { type Remote, startRemote } from '../support/cloudflare/remote.ts';
import { DevServer, registryIn, writeDevProject } from '../support/devServer.ts';
import { eventually } from '../support/eventually.ts';
import { HastyTiming } from '../support/hastyTiming.ts';
import { KvWorker } from '../support/kvWorker.ts';
import { type LocalFolder, localFolder } from '../support/localFolder.ts';
import { assertEntries, dump, noted, Transfers } from '../support/transfers.ts';

const COUNT = 600;
/** As many entries as one batch of the engine, and of local writes, has. */
const BATCH = batchLimits.local.items;
/** Rows of one transaction of a local store. */
const TRANSACTION = 500;
const later = nowSeconds() + 86_400;
const entry = (i: number, value: string): KvEntry => ({
  key: `key:${String(i).padStart(5, '0')}`,
  value: new Uint8Array(Buffer.from(value)),
  ...(i % 2 === 0 && { metadata: { i } }),
  ...(i % 3 === 0 && { expiration: later + i }),
});
const wanted = Array.from({ length: COUNT }, (_, i) => entry(i, `wanted ${i}`));
/** What is there before: some keys have other values. */
const earlier = wanted.filter((_, i) => i % 10 === 0).map(({ key }, i) => ({ ...entry(i, `before ${i}`), key }));
const whole = { done: COUNT, skipped: 0, failed: [], cancelled: false };

const same = (a: KvEntry | undefined, b: KvEntry | undefined): boolean => isDeepStrictEqual(a, b);

/**
 * That the outcome tells what is really stored: every entry is as it was or as it was to be, and what is not as it was
 * to be is named, or comes after what a cancelled work had done.
 */
function assertTold(
  { done, failed, cancelled }: BulkOutcome,
  stored: readonly KvEntry[],
  { old }: { old: readonly KvEntry[] },
): void {
  const now = new Map(stored.map((one) => [one.key, one]));
  const then = new Map(old.map((one) => [one.key, one]));
  const named = new Set(failed.map(({ key }) => key));
  const left = wanted.filter((one) => !same(now.get(one.key), one));
  for (const { key } of left) assert.ok(same(now.get(key), then.get(key)), `${key} is neither old nor new`);
  const unknown = left.filter(({ key }) => !named.has(key));
  const open = cancelled ? wanted.slice(done + failed.length) : [];
  assert.deepEqual(unknown, open);
  assert.equal(wanted.length - left.length, done);
}

describe('bulk work that breaks off half-way', () => {
  const transfers = new Transfers();
  let remote: Remote;
  let local: LocalFolder;
  let made = 0;
  /** A file with all entries, as an import reads it. */
  let source: EntrySource;

  before(async () => {
    remote = await startRemote({ timing: new HastyTiming() });
    local = localFolder();
    const path = join(local.folder, 'wanted.ndjson');
    const lines = wanted.map(({ value, ...rest }) => JSON.stringify({ ...rest, value: Buffer.from(value).toString() }));
    writeFileSync(path, lines.join('\n'));
    source = async function* (signal) {
      yield* (await BulkFile.open(path)).entries(signal);
    };
  });
  beforeEach(() => {
    remote.server.reset();
    transfers.megabytes = 100;
  });
  after(async () => {
    transfers.dispose();
    local?.dispose();
    await remote?.stop();
    assert.deepEqual([remote.server.violations, remote.server.strays], [[], []]);
  });

  /** A namespace of the account as we have it open, and as somebody else finds it who has written nothing. */
  const namespace = async (old: readonly KvEntry[]) => {
    const { id } = remote.server.createPlainNamespace(`n${made++}`);
    const open = (): KvStore =>
      remote.connect({ timing: new HastyTiming(), bulkLimits: { items: 200, bytes: 1e8 } }).store(id);
    await open().putMany(old);
    return { store: open(), others: open() };
  };
  const keysNotIn = (stored: readonly KvEntry[], entries: readonly KvEntry[] = wanted): string[] => {
    const now = new Map(stored.map((one) => [one.key, one]));
    return entries.filter((one) => !same(now.get(one.key), one)).map(({ key }) => key);
  };

  /** Taken up again, it writes what is not as it should be, and nothing else. */
  async function assertFinishes(to: KvStore, see: KvStore, stored: readonly KvEntry[]): Promise<void> {
    remote.server.reset();
    const left = keysNotIn(stored);
    assert.ok(left.length > 0 && left.length < COUNT);
    const { store, asked } = noted(to);
    assert.deepEqual(await transfers.put(source, store, { resuming: true }), whole);
    assert.deepEqual(asked, left);
    assertEntries(await dump(see), wanted);
  }

  const faults: Readonly<Record<string, Omit<Fault, 'operations'> & { readonly kinds: readonly string[] }>> = {
    'a storm of 429': { mishap: { kind: 'status', status: 429, retryAfter: 5 }, kinds: ['rateLimited'] },
    'the limit of the day': { mishap: { kind: 'status', status: 429, code: 10048 }, kinds: ['rateLimited'] },
    'a connection that is cut': { mishap: { kind: 'cut', at: 'start' }, kinds: ['offline'] },
    'keys that stay undone': { mishap: { kind: 'unsuccessful', keys: 7 }, kinds: ['server'] },
  };
  for (const [name, { kinds, ...fault }] of Object.entries(faults)) {
    it(`by ${name} names what was not written, and is finished when it is started again`, async () => {
      const { store, others } = await namespace(earlier);
      remote.server.faults.add({ ...fault, operations: ['bulkPut'], skip: 1, times: 1000 });
      const outcome = await transfers.put(source, store);
      assert.deepEqual([...new Set(outcome.failed.map(({ error }) => error.kind))], kinds);
      assert.deepEqual([outcome.done + outcome.failed.length, outcome.cancelled], [COUNT, false]);
      remote.server.reset();
      const stored = await dump(others);
      assertTold(outcome, stored, { old: earlier });
      await assertFinishes(store, others, stored);
    });
  }

  it('by answers that are lost is found to be done', async () => {
    const { store, others } = await namespace(earlier);
    const lost = { mishap: { kind: 'cut', at: 'start' }, applied: true } as const;
    remote.server.faults.add({ ...lost, operations: ['bulkPut'], skip: 1, times: 1000 });
    assert.deepEqual(await transfers.put(source, store), whole);
    remote.server.reset();
    assertEntries(await dump(others), wanted);
  });

  it('by a storm that passes loses nothing', async () => {
    const { store, others } = await namespace(earlier);
    remote.server.faults.add({
      mishap: { kind: 'status', status: 429, retryAfter: 5 },
      operations: ['bulkPut'],
      skip: 2,
      times: 4,
    });
    assert.deepEqual(await transfers.put(source, store), whole);
    assertEntries(await dump(others), wanted);
  });

  it('by the user, between two requests or while one is under way, says what was done and goes on from there', async () => {
    const between = await namespace(earlier);
    const aborting = new AbortController();
    const first = await transfers.put(source, between.store, {
      signal: aborting.signal,
      limits: batchLimits.local,
      report: (done) => done >= BATCH && aborting.abort(),
    });
    assert.deepEqual(first, { ...whole, done: BATCH, cancelled: true });
    const then = await dump(between.others);
    assertTold(first, then, { old: earlier });
    await assertFinishes(between.store, between.others, then);

    const within = await namespace(earlier);
    const aborted = new AbortController();
    remote.server.reset();
    remote.server.faults.add({ mishap: { kind: 'delay', ms: 200 }, operations: ['bulkPut'], skip: 1 });
    const working = transfers.put(source, within.store, { signal: aborted.signal });
    await eventually(() => assert.equal(remote.server.count('bulkPut'), 2));
    aborted.abort();
    const second = await working;
    assert.ok(second.cancelled && second.done >= 200 && second.done < COUNT);
    const now = await dump(within.others);
    assertTold(second, now, { old: earlier });
    await assertFinishes(within.store, within.others, now);
  });

  it('by the user, on disk, says what was done and goes on from there', async () => {
    const store = local.source.store('cancelled');
    await store.putMany(earlier);
    const aborting = new AbortController();
    const outcome = await transfers.put(source, store, {
      signal: aborting.signal,
      report: (done) => done >= BATCH && aborting.abort(),
    });
    assert.deepEqual(outcome, { ...whole, done: BATCH, cancelled: true });
    const stored = await dump(store);
    assertTold(outcome, stored, { old: earlier });
    await assertFinishes(store, store, stored);
  });

  describe('on disk, when a dev server starts in the middle', () => {
    const ID = 'served';
    let project: LocalFolder;
    let servers: DevServers;
    let served: LocalSource;
    let dev: DevServer | undefined;

    beforeEach(async () => {
      project = localFolder();
      writeDevProject(project.folder, { bindings: { KV: ID } });
      const configs = [await readWranglerConfig(join(project.folder, 'wrangler.jsonc'))];
      servers = new DevServers({
        ports: () => (dev ? [dev.port] : []),
        usualPorts: [],
        registry: registryIn(project.folder),
        // The machine may be busy.
        patience: { singleMs: 30_000, bulkMs: 30_000 },
      });
      served = new LocalSource(project.client, { ...project.source.project, configs }, servers);
    });
    afterEach(async () => {
      await dev?.stop();
      dev = undefined;
      served.dispose();
      servers.dispose();
      project.dispose();
    });

    /** The entries; the server starts after the first batch, and only when they are written. */
    const starting = (env: Record<string, string> = {}): EntrySource => {
      let passes = 0;
      return async function* (signal) {
        const isWriting = ++passes === 2;
        let at = 0;
        for await (const one of source(signal)) {
          if (isWriting && at++ === BATCH) dev = await DevServer.start(project.folder, { env });
          yield one;
        }
      };
    };

    it('goes on through it', async () => {
      const store = served.store(ID);
      await store.putMany(earlier);
      assert.deepEqual(await transfers.put(starting(), store), whole);
      assertEntries(await dump(store), wanted);
      await dev?.stop();
      const worker = await KvWorker.start(served.state.path, ID);
      assertEntries(await worker.dump().finally(() => worker.stop()), wanted);
    });

    it('that takes no writes, names what was not written, and is finished after its end', async () => {
      const store = served.store(ID);
      await store.putMany(earlier);
      const outcome = await transfers.put(starting({ X_LOCAL_EXPLORER: 'false' }), store);
      assert.deepEqual([outcome.done, [...new Set(outcome.failed.map(({ error }) => error.kind))]], [BATCH, ['busy']]);
      const stored = await dump(store);
      assertTold(outcome, stored, { old: earlier });
      await dev?.stop();
      await assertFinishes(store, store, stored);
    });
  });

  describe('as a sync', () => {
    /** Started again, it writes and removes the rest, and nothing else. */
    async function assertSyncs(
      from: KvStore,
      to: KvStore,
      { see, stored, entries = wanted }: { see: KvStore; stored: readonly KvEntry[]; entries?: readonly KvEntry[] },
    ): Promise<void> {
      remote.server.reset();
      const names = new Set(entries.map(({ key }) => key));
      const left = [...keysNotIn(stored, entries), ...stored.map(({ key }) => key).filter((key) => !names.has(key))];
      assert.ok(left.length > 0 && left.length < entries.length);
      const { store, asked } = noted(to);
      const { outcome } = await transfers.sync(from, store);
      assert.deepEqual(outcome, { ...whole, done: left.length });
      assert.deepEqual(asked, left);
      assertEntries(await dump(see), entries);
    }
    const extra: KvEntry = { key: 'only there', value: new Uint8Array() };

    it('to an account, cancelled, goes on with the rest', async () => {
      const from = local.source.store('whole');
      await from.putMany(wanted);
      const { store, others } = await namespace([...earlier, extra]);
      const aborting = new AbortController();
      const { outcome } = await transfers.sync(from, store, {
        signal: aborting.signal,
        report: (done) => done >= 400 && aborting.abort(),
      });
      assert.deepEqual(outcome, { ...whole, done: 400, cancelled: true });
      const stored = await dump(others);
      assertTold(outcome, stored, { old: earlier });
      await assertSyncs(from, store, { see: others, stored });
    });

    it('to an account, cut off, names what is left and goes on with it', async () => {
      const from = local.source.store('whole');
      await from.putMany(wanted);
      const { store, others } = await namespace([...earlier, extra]);
      remote.server.faults.add({
        mishap: { kind: 'cut', at: 'start' },
        operations: ['bulkPut', 'bulkDelete', 'bulkDeleteLegacy'],
        skip: 2,
        times: 1000,
      });
      const { outcome } = await transfers.sync(from, store);
      assert.deepEqual([outcome.done, outcome.cancelled], [400, false]);
      assert.deepEqual(
        outcome.failed.map(({ key, error }) => `${key} ${error.kind}`),
        [...wanted.slice(400), extra].map(({ key }) => `${key} offline`),
      );
      remote.server.reset();
      const stored = await dump(others);
      assert.equal(keysNotIn(stored).length, COUNT - 400);
      assert.ok(stored.some(({ key }) => key === extra.key));
      await assertSyncs(from, store, { see: others, stored });
    });

    it('from an account, cancelled, goes on with the rest', async () => {
      const { store: from } = await namespace(wanted);
      const to = local.source.store('pulled');
      await to.putMany([...earlier, extra]);
      const aborting = new AbortController();
      const { outcome } = await transfers.sync(from, to, {
        signal: aborting.signal,
        report: (done) => done >= TRANSACTION && aborting.abort(),
      });
      assert.deepEqual(outcome, { ...whole, done: TRANSACTION, cancelled: true });
      const stored = await dump(to);
      assertTold(outcome, stored, { old: earlier });
      await assertSyncs(from, to, { see: to, stored });
    });

    it('from an account that is cut off while it is read, names what is left and goes on with it', async () => {
      // More than is written together, and without a backup, from which it would be written.
      const many = 10_600;
      const { id } = remote.server.makeUpNamespace(`n${made++}`, many);
      const from = remote.connect({ timing: new HastyTiming() }).store(id);
      const to = local.source.store('cut off');
      transfers.megabytes = 0;
      const { outcome } = await transfers.sync(from, to, {
        report: (done) =>
          done >= 10_000 &&
          remote.server.faults.add({ mishap: { kind: 'cut', at: 'body' }, operations: ['bulkGet'], times: 1000 }),
      });
      remote.server.reset();
      const entries = await dump(from);
      assert.deepEqual([entries.length, outcome.done, outcome.failed.length], [many, 10_000, 600]);
      assert.ok(outcome.failed.every(({ error }) => error.kind === 'offline'));
      const stored = await dump(to);
      assertEntries(stored, entries.slice(0, 10_000));
      await assertSyncs(from, to, { see: to, stored, entries });
    });
  });
});
