import assert from 'node:assert/strict';
import { copyFileSync, cpSync, existsSync, mkdirSync, renameSync, rmSync, utimesSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Activity, ActivityEvent } from '../../src/core/store/activity.ts';
import { LocalSource } from '../../src/local/localSource.ts';
import { SourceActivity } from '../../src/local/sourceActivity.ts';
import { timeDigits } from '../../src/local/sqlite/blobs.ts';
import { SqliteClient } from '../../src/local/sqlite/client.ts';
import { Follower } from '../../src/local/sqlite/follower.ts';
import { KeptValues } from '../../src/local/sqlite/keptValues.ts';
import { loadSqlite } from '../../src/local/sqlite/sqlite.ts';
import { eventually } from '../support/eventually.ts';
import { type LocalFolder, localFolder } from '../support/localFolder.ts';

const entry = (key: string, value = 'v', extras: object = {}) => ({ key, value: Buffer.from(value), ...extras });
const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;

describe('activity of a state folder', () => {
  let local: LocalFolder;
  /** Somebody else with a thread and handles of his own. */
  let other: LocalSource;
  let otherClient: SqliteClient;
  let activity: Activity;
  let events: ActivityEvent[];
  beforeEach(() => {
    local = localFolder();
    otherClient = new SqliteClient();
    other = new LocalSource(otherClient, local.source.project);
    events = [];
  });
  afterEach(() => {
    activity.dispose();
    otherClient.dispose();
    local.dispose();
  });

  const follow = async (): Promise<void> => {
    activity = local.source.follow();
    activity.onDidHappen((more) => events.push(...more));
    await activity.started;
  };
  const happened = (...expected: readonly string[]) =>
    eventually(() => {
      const told = events.map((event) => ('key' in event ? `${event.what} ${event.key}` : event.what));
      assert.deepEqual(told, expected);
    });
  const textOf = async (name: string | undefined): Promise<string | undefined> => {
    const value = name === undefined ? undefined : await activity.value(name);
    return value && Buffer.from(value).toString();
  };
  const last = () => {
    const event = events.at(-1);
    assert.ok(event && 'key' in event);
    return event;
  };
  const inDatabase = (run: (database: DatabaseSync) => void, id = 'KV'): void => {
    const database = new DatabaseSync(local.source.state.filesOf(id).database);
    run(database);
    database.close();
  };

  it('tells puts, changes and deletes of others, with what was there before and after', async () => {
    await other.store('KV').put(entry('old', 'before', { metadata: { a: 1 }, expiration: inSeconds(5000) }));
    await follow();
    const begin = Date.now();
    await other.store('KV').put(entry('new', 'first'));
    await happened('put new');
    const { at, before, after } = last();
    assert.ok(at >= begin - 1 && at <= Date.now(), 'the time of the write');
    assert.equal(before, undefined);
    assert.equal(after?.size, 5);
    assert.equal(await textOf(after?.value), 'first');

    await other.store('KV').put(entry('old', 'after', { metadata: { a: 2 } }));
    await happened('put new', 'put old');
    const changed = last();
    assert.deepEqual([changed.before?.metadata, changed.after?.metadata], ['{"a":1}', '{"a":2}']);
    assert.ok(changed.before?.expiration);
    assert.equal(changed.after?.expiration, undefined);
    assert.equal(changed.before?.size, 6);
    assert.equal(await textOf(changed.before?.value), 'before', 'the value from before the view was shown');
    assert.equal(await textOf(changed.after?.value), 'after');

    await other.store('KV').delete('new');
    await happened('put new', 'put old', 'delete new');
    assert.equal(await textOf(last().before?.value), 'first');
    assert.equal(last().after, undefined);
  });

  it('tells our own writes as well, and nothing of reading', async () => {
    const store = local.source.store('KV');
    await store.put(entry('a'));
    await follow();
    await store.get('a');
    await store.list({});
    await other.store('KV').list({});
    await store.put(entry('b'));
    await store.delete('a');
    await happened('put b', 'delete a');
  });

  it('tells a key that was deleted and written again, though its row has an old number', async () => {
    for (const key of ['a', 'b', 'c']) await other.store('KV').put(entry(key));
    await follow();
    inDatabase((database) => {
      database.exec("DELETE FROM _mf_entries WHERE key IN ('b', 'c')");
      database.exec("INSERT INTO _mf_entries (key, blob_id) VALUES ('d', 'dd')");
    });
    await eventually(() => {
      const told = events.map((event) => ('key' in event ? `${event.what} ${event.key}` : event.what)).sort();
      assert.deepEqual(told, ['delete b', 'delete c', 'put d']);
    });
  });

  it('takes what is there in parts, and misses nothing that happens between them', async () => {
    await loadSqlite();
    const count = 25_000;
    const { database, blobs } = local.source.state.filesOf('KV');
    mkdirSync(dirname(database), { recursive: true });
    const there = new DatabaseSync(database);
    there.exec('PRAGMA journal_mode = WAL');
    there.exec(
      'CREATE TABLE _mf_entries (key TEXT PRIMARY KEY, blob_id TEXT NOT NULL, expiration INTEGER, metadata TEXT)',
    );
    const put = there.prepare('INSERT OR REPLACE INTO _mf_entries (key, blob_id) VALUES (?, ?)');
    there.exec('BEGIN');
    for (let i = 0; i < count; i++) put.run(`key:${i}`, i.toString(16).padStart(80, '0'));
    there.exec('COMMIT');
    const files = { database, blobs, lock: `${database}.lock` };
    const follower = new Follower();
    const look = () => follower.follow({ files }, Date.now());
    assert.equal(look().isPart, true);
    put.run('key:1', 'a'.repeat(80));
    put.run('new', 'b'.repeat(80));
    there.exec("DELETE FROM _mf_entries WHERE key IN ('key:2', 'key:24999')");
    let parts = 1;
    let result = look();
    for (; result.isPart; result = look()) parts++;
    assert.ok(parts > 10 && parts < 50, String(parts));
    assert.deepEqual([result.events, result.isStart], [[], true]);
    // What was gone before it was taken was never there.
    const told = look();
    assert.deepEqual(told.events.map(({ what, key }) => `${what} ${key}`).sort(), [
      'delete key:2',
      'put key:1',
      'put new',
    ]);
    assert.equal(told.unseen, 0);
    const of = (wanted: string) => told.events.find(({ key }) => key === wanted);
    assert.equal(of('key:1')?.before?.value, '1'.padStart(80, '0'));
    assert.equal(of('new')?.before, undefined);
    put.run('key:3', 'c'.repeat(80));
    there.exec("DELETE FROM _mf_entries WHERE key = 'new'");
    const later = look().events.map(({ what, key }) => `${what} ${key}`);
    assert.deepEqual(later.sort(), ['delete new', 'put key:3']);
    follower.unfollow([database]);
    there.close();
    activity = local.source.follow();
  });

  it('looks for deleted keys among many in parts, and misses none that is deleted between them', async () => {
    await loadSqlite();
    const count = 120_000;
    const { database, blobs } = local.source.state.filesOf('KV');
    await other.store('KV').put(entry('first'));
    const there = new DatabaseSync(database);
    const put = there.prepare('INSERT OR REPLACE INTO _mf_entries (key, blob_id) VALUES (?, ?)');
    there.exec('BEGIN');
    for (let i = 0; i < count; i++) put.run(`key:${i}`, i.toString(16).padStart(80, '0'));
    there.exec('COMMIT');
    const files = { database, blobs, lock: `${database}.lock` };
    const follower = new Follower();
    const told: string[] = [];
    let unseen = 0;
    const look = (): boolean => {
      const result = follower.follow({ files }, Date.now());
      told.push(...result.events.map(({ what, key }) => `${what} ${key}`));
      unseen += result.unseen;
      return result.isPart === true;
    };
    let parts = 0;
    const lookAtAll = (): void => {
      for (parts = 1; look(); ) parts++;
    };
    lookAtAll();
    there.exec("DELETE FROM _mf_entries WHERE key IN ('key:5', 'key:110000')");
    assert.equal(look(), true, 'only a part was searched');
    assert.deepEqual(told, ['delete key:5']);
    there.exec("DELETE FROM _mf_entries WHERE key = 'key:3'");
    put.run('key:4', 'a'.repeat(80));
    put.run('new', 'b'.repeat(80));
    lookAtAll();
    assert.ok(parts > 3 && parts < 12, String(parts));
    assert.deepEqual(told.toSorted(), ['delete key:110000', 'delete key:3', 'delete key:5', 'put key:4', 'put new']);
    told.length = 0;
    there.exec("DELETE FROM _mf_entries WHERE key LIKE 'key:1%'");
    lookAtAll();
    assert.deepEqual([told.length, unseen], [10_000, 31_110 - 10_000], 'the others are counted');
    assert.equal(look(), false);
    follower.unfollow([database]);
    there.close();
    activity = local.source.follow();
  });

  it('counts writes that were replaced before they could be seen', async () => {
    await other.store('KV').put(entry('a'));
    await follow();
    inDatabase((database) => {
      database.exec('BEGIN');
      for (const blob of ['01', '02', '03']) {
        database.exec(`INSERT OR REPLACE INTO _mf_entries (key, blob_id) VALUES ('k', '${blob}')`);
      }
      database.exec('COMMIT');
    });
    await eventually(() => assert.equal(events.length, 2));
    assert.ok(events.some((event) => event.what === 'put' && event.key === 'k' && event.before === undefined));
    const unseen = events.find((event) => event.what === 'unseen');
    assert.equal(unseen && 'count' in unseen && unseen.count, 2);
  });

  it('tells once that a key expired, with the time when it did, whenever its row goes', async () => {
    await loadSqlite();
    for (const key of ['a', 'b', 'c', 'old']) await other.store('KV').put(entry(key));
    await follow();
    inDatabase((database) => {
      const expire = database.prepare('UPDATE _mf_entries SET expiration = ? WHERE key = ?');
      for (const [key, ms] of [
        ['old', 1],
        ['a', 5000],
        ['b', 9000],
      ] as const)
        expire.run(ms, key);
    });
    const follower = new Follower();
    const files = local.source.state.filesOf('KV');
    const at = (now: number) =>
      follower.follow({ files }, now).events.map((event) => `${event.what} ${event.key} ${event.at}`);
    assert.deepEqual([at(1000), at(4999), at(5000), at(6000)], [[], [], ['expired a 5000'], []]);
    inDatabase((database) => database.exec("DELETE FROM _mf_entries WHERE key IN ('old', 'a', 'c')"));
    assert.deepEqual(at(7000), ['delete c 7000'], 'those that had expired are gone already');
    inDatabase((database) => database.exec("DELETE FROM _mf_entries WHERE key = 'b'"));
    assert.deepEqual([at(10_000), at(11_000)], [['expired b 9000'], []]);
    follower.unfollow([files.database]);
  });

  it('tells what is written to a namespace that is made meanwhile, and that its data was removed', async () => {
    await follow();
    await other.store('KV').put(entry('first'));
    await happened('put first');
    rmSync(join(local.folder, '.wrangler'), { recursive: true, maxRetries: 10 });
    await happened('put first', 'lost');
    await other.store('KV').put(entry('again'));
    await happened('put first', 'lost', 'put again');
  });

  it('tells nothing of data that comes back as it was, and what is written to it then', async () => {
    await other.store('KV').put(entry('old'));
    await follow();
    await other.store('KV').put(entry('one'));
    await happened('put one');
    const [state, away] = [join(local.folder, '.wrangler'), join(local.folder, '.away')];
    renameSync(state, away);
    await happened('put one', 'lost');
    renameSync(away, state);
    await other.store('KV').put(entry('two'));
    await happened('put one', 'lost', 'put two');
    await other.store('KV').put(entry('old', 'new'));
    await happened('put one', 'lost', 'put two', 'put old');
    assert.equal(await textOf(last().before?.value), 'v');
  });

  it('tells nothing of data that is copied in, and what is written to it then', async () => {
    const seeded = localFolder();
    for (const key of ['s1', 's2']) await seeded.source.store('KV').put(entry(key));
    // What is written in the very millisecond in which following begins is told.
    const written = Date.now();
    await eventually(() => assert.ok(Date.now() > written));
    await follow();
    cpSync(join(seeded.folder, '.wrangler'), join(local.folder, '.wrangler'), { recursive: true });
    await other.store('KV').put(entry('mine'));
    await happened('put mine');
    await other.store('KV').delete('s1');
    await happened('put mine', 'delete s1');
    seeded.dispose();
  });

  it('of a database that is new takes what was written before as it is, in parts, and tells what was written since', async () => {
    await loadSqlite();
    const { database, blobs } = local.source.state.filesOf('KV');
    await other.store('KV').put(entry('first'));
    const there = new DatabaseSync(database);
    there.exec('DELETE FROM _mf_entries');
    const put = there.prepare('INSERT OR REPLACE INTO _mf_entries (key, blob_id) VALUES (?, ?)');
    const blob = (at: number, ms: number): string => at.toString(16).padStart(64, '0') + timeDigits(ms);
    const since = Date.now();
    there.exec('BEGIN');
    for (let i = 0; i < 12_000; i++) put.run(`key:${i}`, blob(i, since - 20_000 + i));
    put.run('unnamed', 'of no time');
    put.run('new', blob(20_000, since));
    put.run('key:7', blob(20_001, since + 1));
    there.exec('COMMIT');
    const files = { database, blobs, lock: `${database}.lock` };
    const follower = new Follower();
    const told: string[] = [];
    const lookAtAll = (): number => {
      for (let parts = 1; ; parts++) {
        const { events: some, unseen, isStart, isPart } = follower.follow({ files, since }, since + 2);
        assert.deepEqual([isStart, unseen], [false, 0]);
        told.push(...some.map(({ what, key, at }) => `${what} ${key} ${at - since}`));
        if (!isPart) return parts;
      }
    };
    assert.ok(lookAtAll() > 3);
    assert.deepEqual(told, ['put new 0', 'put key:7 1']);
    there.exec("DELETE FROM _mf_entries WHERE key IN ('key:8', 'new')");
    lookAtAll();
    assert.deepEqual(told.slice(2).sort(), ['delete key:8 2', 'delete new 2']);
    follower.unfollow([database]);
    there.close();
    activity = local.source.follow();
  });

  it('follows each of many databases, however many there are', async () => {
    await loadSqlite();
    await other.store('KV').put(entry('first'));
    const { database: made, blobs } = local.source.state.filesOf('KV');
    inDatabase((database) => database.exec('PRAGMA wal_checkpoint(TRUNCATE)'));
    const all = Array.from({ length: 300 }, (_, at) => {
      const database = join(local.folder, `${at}.sqlite`);
      copyFileSync(made, database);
      return { database, blobs, lock: `${database}.lock` };
    });
    const follower = new Follower();
    const look = () =>
      all.map((files) => {
        let result = follower.follow({ files }, Date.now());
        while (result.isPart) result = follower.follow({ files }, Date.now());
        return result;
      });
    look();
    for (const { database } of all) {
      const there = new DatabaseSync(database);
      there.exec("INSERT INTO _mf_entries (key, blob_id) VALUES ('new', 'a')");
      there.close();
    }
    const told = look();
    assert.equal(told.flatMap(({ events: some }) => some).length, all.length);
    assert.ok(!told.some(({ isStart }) => isStart));
    follower.unfollow(all.map(({ database }) => database));
    activity = local.source.follow();
  });

  it('of too many namespaces follows those that were written last, and another one once it is written', async () => {
    const { state } = local.source;
    const ids = ['a', 'b', 'c', 'd'];
    for (const [at, id] of ids.entries()) {
      await other.store(id).put(entry('first'));
      const { database } = state.filesOf(id);
      for (const file of [database, `${database}-wal`]) if (existsSync(file)) utimesSync(file, at + 1, at + 1);
    }
    let now = 10_000;
    const namesByHash = new Map(ids.map((id) => [basename(state.filesOf(id).database, '.sqlite'), id]));
    activity = new SourceActivity({
      client: local.client,
      state,
      mostFollowed: 2,
      now: () => now,
      list: async () => [],
      idOf: (hash) => namesByHash.get(hash) ?? hash,
      locate: async (id) => state.filesOf(id),
    });
    activity.onDidHappen((more) => events.push(...more));
    await activity.started;
    assert.deepEqual(activity.extent, { followed: 2, all: 4 });
    const put = async (id: string, key: string) => other.store(id).put(entry(key));
    const told = (...expected: readonly string[]) =>
      eventually(() =>
        assert.deepEqual(
          events.map((event) => `${event.namespace} ${'key' in event ? event.key : event.what}`),
          expected,
        ),
      );
    // Nobody makes room as long as all that are followed were written a moment ago.
    await put('a', 'passed over');
    await put('c', '1');
    await told('c 1');
    await put('d', '1');
    await told('c 1', 'd 1');
    now += 100_000;
    await put('d', '2');
    await told('c 1', 'd 1', 'd 2');
    await put('a', 'from here on');
    // A key of its own each time: of two writes of one key between two looks, only the later is seen.
    let tries = 0;
    await eventually(async () => {
      await put('a', `seen ${tries++}`);
      assert.ok(events.some((event) => 'key' in event && event.key?.startsWith('seen ')));
    });
    assert.ok(!events.some(({ what }) => what === 'lost' || what === 'unseen'));
    assert.deepEqual(activity.extent, { followed: 2, all: 4 });
    const { length } = events;
    await put('c', 'in its turn passed over');
    await put('d', '3');
    await eventually(() => assert.ok(events.slice(length).some(({ namespace }) => namespace === 'd')));
    assert.ok(!events.slice(length).some(({ namespace }) => namespace === 'c'));
  });

  it('keeps the values of a thousand writes in a row, and loses none of the writes', async () => {
    await other.store('KV').put(entry('k0'));
    await follow();
    const keys = Array.from({ length: 1000 }, (_, at) => `k${at}`);
    for (let start = 0; start < keys.length; start += 100) {
      await other.store('KV').putMany(keys.slice(start, start + 100).map((key) => entry(key, key)));
    }
    await eventually(() => assert.equal(events.length, keys.length));
    assert.deepEqual(new Set(events.map((event) => 'key' in event && event.key)), new Set(keys));
    assert.equal(await textOf(last().after?.value), last().key);
  });
});

describe('values that are kept', () => {
  it('are as many as fit, the newest, and none that is large', () => {
    const kept = new KeptValues(100_000);
    const value = (bytes: number) => new Uint8Array(bytes);
    kept.add('large', value(64_001));
    assert.equal(kept.get('large'), undefined);
    for (const name of ['a', 'b', 'c']) kept.add(name, value(40_000));
    assert.deepEqual(
      ['a', 'b', 'c'].map((name) => kept.get(name)?.length),
      [undefined, 40_000, 40_000],
    );
    assert.equal(kept.bytes, 80_000);
    assert.equal(kept.isFullFor(20_001), true);
    kept.clear();
    assert.deepEqual([kept.bytes, kept.get('b')], [0, undefined]);
  });
});
