import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import { Largest } from '../../src/core/space/largest.ts';
import { SIZE_BOUNDS, type SpaceQuery } from '../../src/core/space/space.ts';
import { SpaceTally } from '../../src/core/space/spaceTally.ts';
import { listedSpace } from '../../src/core/store/listedSpace.ts';
import { wholeSpace } from '../../src/local/space/wholeSpace.ts';
import { loadSqlite } from '../../src/local/sqlite/sqlite.ts';
import { eventually } from '../support/eventually.ts';
import { type LocalFolder, localFolder } from '../support/localFolder.ts';

const NOW = 1_000_000;
const HOUR = 3600;
const DAY = 24 * HOUR;
const query = (prefix = '', delimiters: readonly string[] = [':', '/']): SpaceQuery => ({
  prefix,
  delimiters,
  now: NOW,
});

describe('the numbers of a namespace', () => {
  it('are added up by group, size and expiration', () => {
    const tally = new SpaceTally(query());
    tally.add('user:1', 10, 2, undefined);
    tally.add('user:2:x', 300, 0, NOW + HOUR);
    tally.add('api/a', 64, 0, NOW + HOUR + 1);
    tally.add('alone', 65, 5, NOW + 8 * DAY);
    const space = tally.result({ hasSizes: true });
    assert.deepEqual([space.keys, space.bytes, space.metadataBytes], [4, 439, 7]);
    assert.deepEqual(space.groups, [
      { prefix: 'user:', keys: 2, bytes: 310, metadataBytes: 2 },
      { prefix: 'api/', keys: 1, bytes: 64, metadataBytes: 0 },
    ]);
    assert.deepEqual(space.single, { keys: 1, bytes: 65, metadataBytes: 5 });
    const keys = Object.entries(space.expirations).map(([span, sum]) => [span, sum.keys]);
    assert.deepEqual(Object.fromEntries(keys), { hour: 1, day: 1, week: 0, month: 1, later: 0, never: 1 });
    assert.deepEqual(
      space.sizes.map((sum) => sum.keys),
      [3, 1, 0, 0, 0, 0, 0],
    );
    assert.equal(space.sizes.length, SIZE_BOUNDS.length);
    assert.deepEqual(
      space.largestValues.map(({ key }) => key),
      ['user:2:x', 'alone', 'api/a', 'user:1'],
    );
    assert.deepEqual(space.largestMetadata, [
      { key: 'alone', bytes: 5 },
      { key: 'user:1', bytes: 2 },
    ]);
  });

  it('of a group are by the groups below it, as the view has them', () => {
    const tally = new SpaceTally(query('user:'));
    for (const key of ['user:1:a', 'user:1:b', 'user:2', 'user::x']) tally.add(key, 1, 0, undefined);
    const { groups, single } = tally.result({ hasSizes: true });
    assert.deepEqual(
      groups.map(({ prefix, keys }) => [prefix, keys]),
      [
        ['user:1:', 2],
        ['user::', 1],
      ],
    );
    assert.equal(single.keys, 1);
  });

  it('name keys, values and metadata near their limits', () => {
    const tally = new SpaceTally(query());
    const long = 'ä'.repeat(231);
    tally.add(long, 1, 922, undefined);
    tally.add('big', 26_214_400 * 0.95, 921, undefined);
    const { nearLimits, nearLimitCounts } = tally.result({ hasSizes: true });
    assert.deepEqual(nearLimitCounts, { key: 1, value: 1, metadata: 1 });
    assert.deepEqual(
      nearLimits.map(({ kind, bytes, limit }) => [kind, bytes, limit]),
      [
        ['value', 24_903_680, 26_214_400],
        ['key', 462, 512],
        ['metadata', 922, 1024],
      ],
    );
  });

  it('of many groups show the largest by keys and by bytes, and the others together', () => {
    const tally = new SpaceTally(query());
    for (let group = 0; group < 1000; group++) tally.add(`g${group}:`, group === 999 ? 1000 : 1, 0, undefined);
    for (let key = 0; key < 5; key++) tally.add(`g998:${key}`, 0, 0, undefined);
    const { groups, otherGroups, keys, bytes } = tally.result({ hasSizes: true });
    assert.equal(groups[0]?.prefix, 'g999:');
    assert.ok(groups.some(({ prefix }) => prefix === 'g998:'));
    assert.equal(groups.length + otherGroups.groups, 1000);
    const sum = (of: 'keys' | 'bytes') => groups.reduce((all, group) => all + group[of], otherGroups[of]);
    assert.deepEqual([sum('keys'), sum('bytes')], [keys, bytes]);
  });

  it('are the same in one piece and put together from parts', () => {
    const whole = new SpaceTally(query());
    const parts = [new SpaceTally(query()), new SpaceTally(query()), new SpaceTally(query())];
    for (let i = 0; i < 300; i++) {
      const one = [
        `g${i % 7}:${i}`,
        i % 50 === 0 ? null : i * 37,
        i % 1000,
        i % 3 ? NOW + i * HOUR : undefined,
      ] as const;
      whole.add(...one);
      parts[i % 3]?.add(...one);
    }
    const merged = new SpaceTally(query());
    for (const { part } of parts) merged.merge(part);
    assert.deepEqual(merged.result({ hasSizes: true }), whole.result({ hasSizes: true }));
    assert.equal(merged.result({ hasSizes: true }).withoutValue, 6);
  });
});

describe('the largest of many', () => {
  it('are kept in order, and of the same size those that came first', () => {
    const largest = new Largest<{ size: number; at: number }>(3, ({ size }) => size);
    for (const [at, size] of [1, 5, 2, 5, 3, 5, 5, 4, 0, 0, 0].entries()) largest.add({ size, at });
    assert.deepEqual(
      largest.items.map(({ at }) => at),
      [1, 3, 5],
    );
  });
});

for (const [how, processesFrom] of [
  ['by threads', Number.POSITIVE_INFINITY],
  ['by processes', 0],
] as const)
  describe(`the space of a local namespace, ${how}`, () => {
    let local: LocalFolder;
    /** Of each test: what expires soon does so by the real clock. */
    let now: number;
    beforeEach(() => {
      local = localFolder();
      now = Math.floor(Date.now() / 1000);
    });
    afterEach(() => local.dispose());
    const entry = (key: string, bytes: number, extras: Partial<KvEntry> = {}): KvEntry => ({
      key,
      value: new Uint8Array(bytes),
      ...extras,
    });
    const ask = (prefix = '') => local.source.space('KV', { prefix, delimiters: [':'], now }, { processesFrom });

    it('is exact, and that of a listing but for the sizes', async () => {
      const store = local.source.store('KV');
      await store.putMany([
        entry('a:1', 100, { metadata: { ä: 1 } }),
        entry('a:2', 5000, { expiration: now + 2 * DAY }),
        entry('b:1', 0, { metadata: null }),
        entry('z', 7, { expiration: now + 90 }),
      ]);
      const space = await ask();
      assert.deepEqual([space.keys, space.bytes, space.metadataBytes, space.hasSizes], [4, 5107, 8, true]);
      assert.deepEqual(
        space.groups.map(({ prefix, keys, bytes }) => [prefix, keys, bytes]),
        [
          ['a:', 2, 5100],
          ['b:', 1, 0],
        ],
      );
      assert.deepEqual([space.expirations.hour.keys, space.expirations.week.bytes], [1, 5000]);
      const listed = await listedSpace(store, { prefix: '', delimiters: [':'], now });
      assert.deepEqual([listed.keys, listed.metadataBytes, listed.hasSizes, listed.sizes], [4, 8, false, []]);
      assert.deepEqual((await ask('a:')).single, { keys: 2, bytes: 5100, metadataBytes: 8 });
      assert.equal((await ask('nothing')).keys, 0);
    });

    it('leaves out what has expired, and counts values that are missing', async () => {
      const store = local.source.store('KV');
      await store.putMany([entry('a', 10), entry('b', 20)]);
      const { database, blobs } = local.source.state.filesOf('KV');
      const rows = new DatabaseSync(database);
      rows.exec(
        "INSERT INTO _mf_entries (key, blob_id, expiration) VALUES ('gone', '00', 1), ('far', '01', 1000000000000000000)",
      );
      rows.exec("UPDATE _mf_entries SET metadata = 'null' WHERE key = 'b'");
      const blob = rows.prepare("SELECT blob_id FROM _mf_entries WHERE key = 'a'").get()?.blob_id;
      rows.close();
      rmSync(join(blobs, String(blob)));
      const space = await ask();
      assert.deepEqual([space.keys, space.bytes, space.metadataBytes, space.withoutValue], [3, 20, 0, 2]);
      assert.equal(space.expirations.later.keys, 1);
    });

    it('counts a value that is a link or a folder as one that is missing', async () => {
      await local.source.store('KV').putMany([entry('a', 10), entry('b', 20), entry('c', 30)]);
      const { database, blobs } = local.source.state.filesOf('KV');
      const rows = new DatabaseSync(database);
      const fileOf = (key: string) =>
        join(blobs, String(rows.prepare('SELECT blob_id FROM _mf_entries WHERE key = ?').get(key)?.blob_id));
      renameSync(fileOf('a'), join(local.folder, 'elsewhere'));
      symlinkSync(join(local.folder, 'elsewhere'), fileOf('a'));
      rmSync(fileOf('b'));
      mkdirSync(fileOf('b'));
      rows.close();
      const space = await ask();
      assert.deepEqual([space.keys, space.bytes, space.withoutValue], [3, 30, 2]);
      assert.deepEqual(space.largestValues, [{ key: 'c', bytes: 30 }]);
    });

    it('is added up in several threads, tells how far it is, and can be cancelled', async () => {
      const store = local.source.store('KV');
      await store.put(entry('first', 3));
      const rows = new DatabaseSync(local.source.state.filesOf('KV').database);
      rows.exec('BEGIN');
      const insert = rows.prepare('INSERT INTO _mf_entries (key, blob_id) VALUES (?, ?)');
      for (let i = 0; i < 50_000; i++) insert.run(`k${String(i).padStart(6, '0')}:${i % 3}`, 'ff');
      rows.exec('COMMIT');
      rows.close();
      const space = await ask();
      assert.deepEqual([space.keys, space.bytes, space.withoutValue], [50_001, 3, 50_000]);
      assert.equal(space.groups.length + space.otherGroups.groups, 50_000);
      const stop = new AbortController();
      const cancelled = local.source.space(
        'KV',
        { prefix: '', delimiters: [], now },
        { processesFrom, signal: stop.signal },
      );
      stop.abort();
      await assert.rejects(cancelled, { kind: 'cancelled' });
    });

    for (const [what, keys] of [
      ['the last one', ['first']],
      // Each goes to the end of all rows, out of one part into another.
      ['one after the other', Array.from({ length: 3000 }, (_, i) => `k${i}`)],
    ] as const)
      it(`counts each key once while they are written, ${what}`, async () => {
        const { database, blobs } = local.source.state.filesOf('KV');
        await local.source.store('KV').put(entry('first', 3));
        const rows = new DatabaseSync(database);
        rows.exec('BEGIN');
        const insert = rows.prepare('INSERT INTO _mf_entries (key, blob_id) VALUES (?, ?)');
        for (let i = 0; i < 60_000; i++) insert.run(`k${i}`, 'ff');
        rows.exec('COMMIT');
        rows.close();
        const rewriter = new Worker(new URL('../fixtures/local/rewriter.mjs', import.meta.url), {
          workerData: { database, blobs, keys, times: 3000 },
        });
        let isWriting = true;
        const ended = once(rewriter, 'exit').finally(() => {
          isWriting = false;
        });
        do {
          const space = await ask();
          assert.equal(space.keys, 60_001);
          if (keys.length === 1) assert.equal(space.withoutValue, 60_000);
        } while (isWriting);
        assert.deepEqual(await ended, [0]);
        assert.equal((await ask()).withoutValue, keys.length === 1 ? 60_000 : 57_000);
      });

    it('is that of a listing where many were written anew, of all keys and of those with a prefix', async () => {
      const { database } = local.source.state.filesOf('KV');
      await local.source.store('KV').put(entry('first', 3));
      const rows = new DatabaseSync(database);
      rows.exec('BEGIN');
      const insert = rows.prepare('INSERT OR REPLACE INTO _mf_entries (key, blob_id, metadata) VALUES (?, ?, ?)');
      const key = (i: number): string => `${i % 3 === 0 ? 'b' : 'a'}:${i}`;
      for (let i = 0; i < 70_000; i++) insert.run(key(i), 'ff', null);
      for (let i = 0; i < 40_000; i++) insert.run(key(i), 'ee', '{"n":1}');
      rows.exec('COMMIT');
      rows.close();
      const [all, part] = [await ask(), await ask('a:')];
      assert.deepEqual([all.keys, all.metadataBytes, all.withoutValue], [70_001, 40_000 * 7, 70_000]);
      assert.deepEqual([part.keys, part.metadataBytes], [46_666, 26_666 * 7]);
    });

    it('is empty where nothing was ever written', async () => {
      const space = await ask();
      assert.deepEqual([space.keys, space.groups, space.hasSizes], [0, [], true]);
    });
  });

describe('processes that add up a namespace', () => {
  let local: LocalFolder;
  beforeEach(() => {
    local = localFolder();
  });
  afterEach(() => local.dispose());
  const ofAll: SpaceQuery = { prefix: '', delimiters: [], now: Math.floor(Date.now() / 1000) };

  it('are done without where the system starts none', async () => {
    await local.source.store('KV').put({ key: 'first', value: new Uint8Array(3) });
    await loadSqlite();
    const { execPath } = process;
    process.execPath = `${execPath}-missing`;
    try {
      const files = local.source.state.filesOf('KV');
      const space = await wholeSpace({ files, query: ofAll, processesFrom: 0 }, () => undefined);
      assert.deepEqual([space.keys, space.bytes], [1, 3]);
    } finally {
      process.execPath = execPath;
    }
  });

  const canBeSeen = existsSync('/proc/self/cwd');
  (canBeSeen ? it : it.skip)('end when nobody wants to know any more', async () => {
    const { database, blobs } = local.source.state.filesOf('KV');
    await local.source.store('KV').put({ key: 'first', value: new Uint8Array(3) });
    const rows = new DatabaseSync(database);
    const insert = `INSERT INTO _mf_entries (key, blob_id)
      WITH RECURSIVE number(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i < 500000)
      SELECT 'k' || i, 'ff' FROM number`;
    rows.exec(insert);
    rows.close();
    const stop = new AbortController();
    const asked = local.source.space('KV', ofAll, {
      processesFrom: 0,
      signal: stop.signal,
      report: () => stop.abort(),
    });
    const cancelled = assert.rejects(asked, { kind: 'cancelled' });
    await eventually(() => assert.notDeepEqual(workingIn(blobs), []));
    await cancelled;
    await eventually(() => assert.deepEqual(workingIn(blobs), []));
  });
});

/** The ids of the processes in a folder. */
function workingIn(folder: string): readonly string[] {
  const real = realpathSync(folder);
  return readdirSync('/proc').filter((id) => {
    try {
      return /^\d+$/.test(id) && readlinkSync(join('/proc', id, 'cwd')) === real;
    } catch {
      return false;
    }
  });
}
