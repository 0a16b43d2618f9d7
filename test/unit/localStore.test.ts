import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isKvError } from '../../src/core/base/errors.ts';
import { sameMetadata } from '../../src/core/entry/entryDigest.ts';
import type { KvStore } from '../../src/core/store/store.ts';
import { SqliteClient } from '../../src/local/sqlite/client.ts';
import { eventually } from '../support/eventually.ts';
import { type LocalFolder, localFolder } from '../support/localFolder.ts';

const value = Buffer.from('value');
const keysOf = async (store: KvStore): Promise<readonly string[]> => (await store.list({})).keys.map((key) => key.name);

describe('local store', () => {
  let local: LocalFolder;
  let store: KvStore;
  beforeEach(() => {
    local = localFolder();
    store = local.source.store('KV');
  });
  afterEach(() => local.dispose());

  const files = () => local.source.state.filesOf('KV');
  const blobs = () => readdirSync(files().blobs);
  const database = () => new DatabaseSync(files().database);

  it('makes nothing on disk by reading or deleting', async () => {
    await store.list({});
    await store.get('k');
    await store.delete('k');
    assert.deepEqual(readdirSync(local.folder), []);
  });

  it('keeps one file per value', async () => {
    await store.put({ key: 'a', value });
    await store.put({ key: 'a', value: Buffer.from('other') });
    await store.putMany(['a', 'b', 'a', 'b'].map((key) => ({ key, value })));
    // On a slow machine a value that was replaced is kept for a moment, for the sake of a Worker that may be reading
    // it.
    await eventually(() => assert.equal(blobs().length, 2));
    assert.match(blobs()[0] ?? '', /^[0-9a-f]{80}$/);
    await store.delete('a');
    await store.deleteMany(['b', 'c']);
    await eventually(() => assert.deepEqual(blobs(), []));
  });

  it('tells its listeners which keys a write touched', async () => {
    const changes: unknown[] = [];
    local.source.onDidChange((change) => {
      // Of the folder, which comes with the first write, its watch may tell at any time.
      if ('namespace' in change) changes.push(change);
    });
    await store.put({ key: 'a', value });
    await store.putMany([
      { key: 'b', value },
      { key: 'c', value },
      { key: '', value },
    ]);
    await store.delete('a');
    await assert.rejects(store.put({ key: '..', value }));
    assert.deepEqual(changes, [
      { namespace: 'KV', keys: ['a'] },
      { namespace: 'KV', keys: ['b', 'c'] },
      { namespace: 'KV', keys: ['a'] },
    ]);
  });

  it('leaves out expired keys without removing them', async () => {
    await store.putMany(['a', 'b', 'c'].map((key) => ({ key, value })));
    const own = database();
    own.prepare('UPDATE _mf_entries SET expiration = ? WHERE key <> ?').run(Date.now() - 1, 'b');
    own.close();
    assert.deepEqual(await keysOf(store), ['b']);
    assert.equal(await store.get('a'), undefined);
    assert.equal(blobs().length, 3);
  });

  it('tells an expiration in whole seconds, whatever milliseconds a Worker left', async () => {
    await store.put({ key: 'a', value });
    const own = database();
    own.exec('UPDATE _mf_entries SET expiration = 4000000000999');
    own.close();
    assert.deepEqual(await store.list({}), { keys: [{ name: 'a', expiration: 4_000_000_000 }] });
    assert.equal((await store.get('a'))?.expiration, 4_000_000_000);
  });

  it('keeps the text of metadata, also when the value alone is saved', async () => {
    const text = '{ "10":12345678901234567890, "2":1.10, "x":1e400 }';
    await store.put({ key: 'a', value });
    await store.put({ key: 'deep', value });
    const own = database();
    own.prepare('UPDATE _mf_entries SET metadata = ? WHERE key = ?').run(text, 'a');
    own.prepare('UPDATE _mf_entries SET metadata = ? WHERE key = ?').run('['.repeat(5000) + ']'.repeat(5000), 'deep');
    const entry = await store.get('a');
    assert.ok(entry);
    await store.put({ ...entry, value: Buffer.from('other') });
    const row = own.prepare('SELECT metadata FROM _mf_entries WHERE key = ?').get('a');
    own.close();
    assert.equal(row?.metadata, text);
    const [listed] = (await store.list({})).keys;
    assert.equal(JSON.stringify(listed?.metadata), '{"2":1.10,"10":12345678901234567890,"x":1e400}');
    assert.ok(sameMetadata(listed?.metadata, entry.metadata));
    // Deeper than any metadata can be: as text, like what is no JSON.
    assert.equal(typeof (await store.get('deep'))?.metadata, 'string');
    assert.equal(typeof (await store.list({ prefix: 'deep' })).keys[0]?.metadata, 'string');
  });

  it('gives metadata that is no JSON as it stands, and a stored null as none', async () => {
    await store.putMany([
      { key: 'a', value },
      { key: 'b', value },
    ]);
    const own = database();
    own.prepare('UPDATE _mf_entries SET metadata = ? WHERE key = ?').run('{broken', 'a');
    own.prepare('UPDATE _mf_entries SET metadata = ? WHERE key = ?').run('null', 'b');
    own.close();
    assert.deepEqual(await store.list({}), { keys: [{ name: 'a', metadata: '{broken' }, { name: 'b' }] });
    assert.equal((await store.get('a'))?.metadata, '{broken');
    assert.deepEqual(await store.get('b'), { key: 'b', value: new Uint8Array(value) });
  });

  it('gives nothing for a row whose value has no file, as Miniflare does', async () => {
    await store.put({ key: 'a', value });
    for (const name of blobs()) rmSync(join(files().blobs, name));
    assert.equal(await store.get('a'), undefined);
    assert.deepEqual(await keysOf(store), ['a']);
  });

  it('reads no file outside the folder of values, whatever a database names', async () => {
    await store.put({ key: 'a', value });
    writeFileSync(join(local.folder, 'secret'), 'secret');
    const own = database();
    own.exec("UPDATE _mf_entries SET blob_id = '../../../../../../secret'");
    own.close();
    await assert.rejects(store.get('a'), (error) => isKvError(error, 'unsupported'));
    await store.put({ key: 'a', value });
    assert.ok(existsSync(join(local.folder, 'secret')));
  });

  it('survives that the state is removed and made anew under its feet', async () => {
    await store.put({ key: 'old', value });
    assert.deepEqual(await keysOf(store), ['old']);
    rmSync(join(local.folder, '.wrangler'), { recursive: true, maxRetries: 10 });
    assert.deepEqual(await keysOf(store), []);
    assert.equal(await store.get('old'), undefined);
    const other = localFolder();
    try {
      await other.source.store('KV').put({ key: 'new', value });
      renameSync(join(other.folder, '.wrangler'), join(local.folder, '.wrangler'));
    } finally {
      other.dispose();
    }
    assert.deepEqual(await keysOf(store), ['new']);
    rmSync(join(local.folder, '.wrangler'), { recursive: true, maxRetries: 10 });
    await store.put({ key: 'again', value });
    assert.deepEqual(await keysOf(store), ['again']);
  });

  it('sees what another writer wrote, through the handle it holds', async () => {
    await store.put({ key: 'a', value });
    assert.deepEqual(await keysOf(store), ['a']);
    const other = new SqliteClient();
    const batch = { keys: ['b'], lengths: [1], bytes: Uint8Array.of(1), metadata: [null], expirations: [null] };
    await other.request('put', { files: files(), batch, durable: true });
    other.dispose();
    assert.deepEqual(await keysOf(store), ['a', 'b']);
  });

  it('gives the state at the time of asking, though pages are read ahead', async () => {
    const keys = Array.from({ length: 50 }, (_, i) => `k${String(i).padStart(2, '0')}`);
    await store.putMany(keys.map((key) => ({ key, value })));
    const first = await store.list({ limit: 10 });
    const second = await store.list({ limit: 10, cursor: first.cursor ?? assert.fail() });
    const cursor = second.cursor ?? assert.fail();
    const names = async () => (await store.list({ limit: 10, cursor })).keys.map((key) => key.name);
    assert.deepEqual(await names(), keys.slice(20, 30));
    await store.list({ limit: 10, cursor: first.cursor ?? assert.fail() });
    await store.delete('k20');
    assert.deepEqual(await names(), keys.slice(21, 31));
    await store.list({ limit: 10, cursor: first.cursor ?? assert.fail() });
    rmSync(join(local.folder, '.wrangler'), { recursive: true, maxRetries: 10 });
    assert.deepEqual(await names(), []);
  });

  it('names a damaged or foreign database and goes on with the other namespaces', async () => {
    const good = local.source.store('GOOD');
    await good.put({ key: 'a', value });
    const damaged = local.source.state.filesOf('DAMAGED').database;
    writeFileSync(damaged, 'x'.repeat(10_000));
    const foreign = local.source.state.filesOf('FOREIGN').database;
    const own = new DatabaseSync(foreign);
    own.exec('CREATE TABLE customers (name TEXT)');
    own.close();
    for (const [id, file, kind] of [
      ['DAMAGED', damaged, 'server'],
      ['FOREIGN', foreign, 'unsupported'],
    ] as const) {
      const bad = local.source.store(id);
      for (const run of [
        () => bad.list({}),
        () => bad.get('k'),
        () => bad.put({ key: 'k', value }),
        () => bad.delete('k'),
      ]) {
        await assert.rejects(run, (error) => isKvError(error, kind) && error.message.includes(file));
      }
      const outcome = await bad.putMany([{ key: 'k', value }]);
      assert.deepEqual(
        outcome.failed.map(({ key, error }) => [key, error.kind]),
        [['k', kind]],
      );
      const leftBehind = local.source.state.filesOf(id).blobs;
      assert.deepEqual(existsSync(leftBehind) ? readdirSync(leftBehind) : [], []);
    }
    const after = new DatabaseSync(foreign);
    assert.deepEqual(
      after
        .prepare('SELECT name FROM sqlite_master')
        .all()
        .map((row) => row.name),
      ['customers'],
    );
    after.close();
    assert.deepEqual(await keysOf(good), ['a']);
    assert.equal((await local.source.namespaces()).length, 3);
  });

  it('takes an empty database for an empty namespace', async () => {
    mkdirSync(dirname(files().database), { recursive: true });
    writeFileSync(files().database, '');
    assert.deepEqual(await keysOf(store), []);
    await store.put({ key: 'a', value });
    assert.deepEqual(await keysOf(store), ['a']);
  });

  it('reads and refuses to write while a server holds the lock', async () => {
    await store.put({ key: 'user:1', value });
    const server = new DatabaseSync(local.source.state.lock);
    server.exec(
      'PRAGMA journal_mode=WAL; PRAGMA locking_mode=EXCLUSIVE; CREATE TABLE IF NOT EXISTS a (b); BEGIN EXCLUSIVE; COMMIT',
    );
    assert.deepEqual(await keysOf(store), ['user:1']);
    await assert.rejects(store.put({ key: 'user:1', value }), {
      name: 'KvError',
      kind: 'busy',
      message:
        "“user:1” was not written: a dev server (or another wrangler command) is using this project's local KV, but its port is unknown. Add it to the setting cloudflareKv.local.devServerPorts, or stop the server.",
    });
    await assert.rejects(
      store.delete('user:1'),
      (error) => isKvError(error, 'busy') && error.message.startsWith('“user:1”'),
    );
    const many = await store.putMany(Array.from({ length: 1200 }, (_, i) => ({ key: `k${i}`, value })));
    assert.equal(many.done, 0);
    assert.equal(many.failed.length, 1200);
    assert.ok(many.failed.every(({ key, error }) => error.kind === 'busy' && error.message.startsWith(`“${key}”`)));
    assert.equal(blobs().length, 1);
    server.close();
    await store.put({ key: 'user:1', value: Buffer.from('2') });
  });

  it('takes a lock held for an instant for what it is, a neighbour', async () => {
    await store.put({ key: 'a', value });
    new DatabaseSync(local.source.state.lock).close();
    const others = [new SqliteClient(), new SqliteClient()];
    const probes = others.map(async (other) => {
      for (let i = 0; i < 200; i++) await other.request('probe', { lock: local.source.state.lock });
    });
    for (let i = 0; i < 40; i++) await store.put({ key: `k${i}`, value });
    await Promise.all(probes);
    for (const other of others) other.dispose();
    assert.equal((await keysOf(store)).length, 41);
  });

  it('starts the thread again when it died', async () => {
    const broken = new SqliteClient(new URL('../fixtures/local/dyingWorker.mjs', import.meta.url));
    for (let i = 0; i < 2; i++) {
      await assert.rejects(broken.request('probe', { lock: 'x' }), {
        fault: { reason: 'stopped', path: '', detail: 'exit 3', isUncertain: true },
      });
    }
    broken.dispose();
    await assert.rejects(broken.request('probe', { lock: 'x' }));
  });

  it('says what is missing where Node has no SQLite', async () => {
    await store.put({ key: 'a', value });
    const without = new SqliteClient(new URL('../fixtures/local/workerWithoutSqlite.mjs', import.meta.url));
    await assert.rejects(without.request('list', { files: files(), prefix: '', limit: 1 }), (error) => {
      assert.ok(error instanceof Error && 'fault' in error);
      assert.equal((error.fault as { reason: string }).reason, 'noSqlite');
      return true;
    });
    without.dispose();
  });
});
