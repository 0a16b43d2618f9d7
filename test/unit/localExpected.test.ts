import assert from 'node:assert/strict';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isKvError } from '../../src/core/base/errors.ts';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import type { KvStore } from '../../src/core/store/store.ts';
import { SqliteClient } from '../../src/local/sqlite/client.ts';
import { diskIo, type WriteIo } from '../../src/local/sqlite/io.ts';
import type { BatchResult, Expected, WriteBatch } from '../../src/local/sqlite/protocol.ts';
import { loadSqlite } from '../../src/local/sqlite/sqlite.ts';
import { NamespaceWriter } from '../../src/local/sqlite/write.ts';
import { SqliteStore } from '../../src/local/sqliteStore.ts';
import { SqliteWriter } from '../../src/local/sqliteWriter.ts';
import { eventually } from '../support/eventually.ts';
import { expecting } from '../support/expecting.ts';
import { localDatabase } from '../support/localDatabase.ts';
import { type LocalFolder, localFolder } from '../support/localFolder.ts';

const value = Buffer.from('value');
const isConflict = (error: unknown): boolean => isKvError(error, 'conflict') && error.message.includes('“k”');

describe('local writes that rely on what was read', () => {
  let local: LocalFolder;
  let store: KvStore;
  before(() => loadSqlite());
  beforeEach(() => {
    local = localFolder();
    store = local.source.store('KV');
  });
  afterEach(() => local.dispose());

  const { files, edit, rows } = localDatabase(() => local);
  const versions = async (keys: readonly string[]) => await local.client.request('versions', { files: files(), keys });
  /** Every file must be named by a row. */
  const assertNoFileLeft = (): void =>
    assert.deepEqual(readdirSync(files().blobs).sort(), Object.values(rows()).sort());
  const batchOf = (keys: readonly string[], expected: readonly Expected[]): WriteBatch => ({
    keys,
    lengths: keys.map(() => value.length),
    bytes: new Uint8Array(Buffer.concat(keys.map(() => value))),
    metadata: keys.map(() => null),
    expirations: keys.map(() => null),
    expected,
  });
  const told = ({ failed }: BatchResult) => failed.map(({ index, fault }) => [index, fault.reason]);
  const writerOf = (io: WriteIo) => new NamespaceWriter(io, { calmMs: Number.POSITIVE_INFINITY });
  /** Somebody else writes in the last moment before a transaction begins: the files of the values are there already. */
  const beforeBegin = (act: () => void): WriteIo => ({
    ...diskIo,
    openDatabase: (path) => {
      const database = diskIo.openDatabase(path);
      const exec = database.exec.bind(database);
      database.exec = (sql) => {
        if (sql.startsWith('BEGIN')) act();
        exec(sql);
      };
      return database;
    },
  });

  it('leaves all alone where another key that the write relies on changes in the last moment', async () => {
    await store.putMany(['a', 'b'].map((key) => ({ key, value })));
    const [expected, other] = await versions(['a', 'b']);
    const relied = [{ key: 'b', expected: other }];
    const before = rows();
    const io = beforeBegin(() => edit(`DELETE FROM _mf_entries WHERE key = 'b'`));
    const rest = { files: files(), durable: false, relied };
    assert.deepEqual(told(writerOf(io).delete({ ...rest, keys: ['a'], expected: [expected] })), [[0, 'moved']]);
    assert.deepEqual(told(writerOf(io).put({ ...rest, batch: batchOf(['a'], [expected]) })), [[0, 'moved']]);
    assert.deepEqual(rows(), { a: before.a });
    const gone = { ...rest, relied: [{ key: 'b', expected: null }] };
    assert.deepEqual(told(writerOf(diskIo).delete({ ...gone, keys: ['a'], expected: [expected] })), []);
    assert.deepEqual(rows(), {});
  });

  const changes: [what: string, sql: string][] = [
    ['its value', `UPDATE _mf_entries SET blob_id = '${'ab'.repeat(40)}' WHERE key = 'b'`],
    ['its metadata', `UPDATE _mf_entries SET metadata = '1' WHERE key = 'b'`],
    ['its expiration', `UPDATE _mf_entries SET expiration = 4000000000000 WHERE key = 'b'`],
    ['all of it, for it goes', `DELETE FROM _mf_entries WHERE key = 'b'`],
  ];
  for (const [what, sql] of changes) {
    it(`leaves a key alone of which somebody changes ${what} in the last moment, put or deleted`, async () => {
      const keys = ['a', 'b', 'c'];
      await store.putMany(keys.map((key) => ({ key, value })));
      const expected = await versions(keys);
      const before = rows();
      const io = beforeBegin(() => edit(sql));
      const put = writerOf(io).put({ files: files(), batch: batchOf(keys, expected), durable: false });
      assert.deepEqual(told(put), [[1, 'moved']]);
      const after = rows();
      assert.notEqual(after.a, before.a);
      assert.notEqual(after.c, before.c);
      if (after.b === before.b) assertNoFileLeft();
      const again = await versions(keys);
      const deleted = writerOf(io).delete({
        files: files(),
        keys,
        expected: [again[0], expected[1], again[2]],
        durable: true,
      });
      assert.deepEqual(told(deleted), [[1, 'moved']]);
      assert.deepEqual(Object.keys(rows()), 'b' in after ? ['b'] : []);
    });
  }

  it('makes no key that somebody else makes in the last moment', async () => {
    await store.put({ key: 'other', value });
    const io = beforeBegin(() =>
      edit("INSERT OR IGNORE INTO _mf_entries SELECT 'k', blob_id, NULL, NULL FROM _mf_entries"),
    );
    const put = writerOf(io).put({ files: files(), batch: batchOf(['k', 'new'], [null, null]), durable: true });
    assert.deepEqual(told(put), [[0, 'moved']]);
    assert.equal(rows().k, rows().other);
    assert.equal(readdirSync(files().blobs).length, 2);
  });

  it('names every key that moved, over many transactions, and leaves no file of it', async () => {
    const entries = Array.from({ length: 1200 }, (_, i): KvEntry => ({ key: `k${i}`, value }));
    await store.putMany(entries);
    const before: KvEntry[] = [];
    for await (const entry of store.getMany(entries.map(({ key }) => key))) before.push(entry);
    edit("UPDATE _mf_entries SET metadata = '1' WHERE key LIKE '%7'");
    const { done, failed } = await store.putMany(entries, { expected: expecting(store, before) });
    assert.deepEqual([done, failed.length], [1080, 120]);
    assert.ok(
      failed.every(({ key, error, uncertain }) => key.endsWith('7') && error.kind === 'conflict' && !uncertain),
    );
    // On a slow machine a value that was replaced is kept for a moment.
    await eventually(assertNoFileLeft);
  });

  it('takes an expired row, and one without the file of its value, for absent', async () => {
    await store.putMany(['k', 'gone', 'kept'].map((key) => ({ key, value })));
    edit("UPDATE _mf_entries SET expiration = ? WHERE key = 'k'", Date.now() - 1);
    rmSync(join(files().blobs, rows().gone ?? assert.fail()));
    const absent = { expected: expecting(store) };
    const outcome = await store.putMany(
      ['k', 'gone', 'kept'].map((key) => ({ key, value })),
      absent,
    );
    assert.deepEqual(
      outcome.failed.map(({ key }) => key),
      ['kept'],
    );
    assert.equal((await store.get('k'))?.value.length, value.length);
    assert.equal((await store.get('gone'))?.value.length, value.length);
    await eventually(assertNoFileLeft);
  });

  it('has moved when it has expired since', async () => {
    await store.put({ key: 'k', value });
    const before = await store.get('k');
    edit('UPDATE _mf_entries SET expiration = ?', Date.now() - 1);
    await assert.rejects(store.put({ key: 'k', value }, undefined, expecting(store, [before])), isConflict);
  });

  it('makes no state anew for what relies on an entry of the one that was removed', async () => {
    await store.put({ key: 'k', value });
    const before = await store.get('k');
    rmSync(join(local.folder, '.wrangler'), { recursive: true, maxRetries: 10 });
    await assert.rejects(store.put({ key: 'k', value }, undefined, expecting(store, [before])), isConflict);
    await assert.rejects(store.delete('k', undefined, expecting(store, [before])), isConflict);
    assert.equal(existsSync(join(local.folder, '.wrangler')), false);
    await store.put({ key: 'k', value }, undefined, expecting(store));
    assert.equal((await store.get('k'))?.value.length, value.length);
  });

  it('says what happened and what to do', async () => {
    await store.put({ key: 'k', value });
    await assert.rejects(store.put({ key: 'k', value }, undefined, expecting(store)), {
      message:
        '“k” was not written: it was changed meanwhile. Look at it as it is now, and do it again if it is still right.',
    });
    await assert.rejects(
      store.delete('k', undefined, expecting(store)),
      /^KvError: “k” was not deleted: it was changed/,
    );
  });

  for (const act of ['put', 'delete'] as const) {
    it(`is not certain of a ${act} whose commit took place though it reported an error`, async () => {
      await store.putMany(['a', 'b'].map((key) => ({ key, value })));
      const expected = await versions(['a', 'b']);
      edit("UPDATE _mf_entries SET metadata = '1' WHERE key = 'b'");
      const io: WriteIo = {
        ...diskIo,
        openDatabase: (path) => {
          const database = diskIo.openDatabase(path);
          const exec = database.exec.bind(database);
          database.exec = (sql) => {
            exec(sql);
            if (sql === 'COMMIT')
              throw Object.assign(new Error('made by a test'), { code: 'ERR_SQLITE_ERROR', errcode: 778 });
          };
          return database;
        },
      };
      const keys = ['a', 'b'];
      const { failed } =
        act === 'put'
          ? writerOf(io).put({ files: files(), batch: batchOf(keys, expected), durable: true })
          : writerOf(io).delete({ files: files(), keys, expected, durable: true });
      assert.deepEqual(
        failed.map(({ index, fault }) => [index, fault.isUncertain]),
        [
          [0, true],
          [1, undefined],
        ],
      );
    });
  }

  it('is not certain of a write during which the thread died, and says so', async () => {
    const client = new SqliteClient(new URL('../fixtures/local/dyingWorker.mjs', import.meta.url));
    const locate = async () => files();
    const dying = new SqliteStore({ client, locate, writer: new SqliteWriter(client, locate) });
    const isUncertain = (deed: string) => (error: unknown) =>
      isKvError(error, 'server') &&
      error.uncertain === true &&
      error.message.startsWith(`It is not certain whether “k” was ${deed}: `);
    await assert.rejects(dying.put({ key: 'k', value }), isUncertain('written'));
    await assert.rejects(dying.delete('k'), isUncertain('deleted'));
    const many = Array.from({ length: 501 }, (_, i): KvEntry => ({ key: `k${i}`, value }));
    const { failed } = await dying.putMany(many);
    // The last one is of a batch that was not sent any more.
    assert.deepEqual(
      failed.slice(-2).map(({ key, error, uncertain }) => [key, error.uncertain, uncertain]),
      [
        ['k499', true, true],
        ['k500', undefined, undefined],
      ],
    );
    client.dispose();
    await assert.rejects(dying.put({ key: 'k', value }), (error) => isKvError(error) && error.uncertain === undefined);
  });

  it('names the keys that a cancelled write did not come to', async () => {
    const aborting = new AbortController();
    const entries = Array.from({ length: 1300 }, (_, i): KvEntry => ({ key: `k${i}`, value }));
    const outcome = await store.putMany(entries, { signal: aborting.signal, report: () => aborting.abort() });
    const untried = entries.slice(500).map(({ key }) => key);
    assert.deepEqual(outcome, { done: 500, skipped: 0, failed: [], cancelled: true, untried });
  });
});
