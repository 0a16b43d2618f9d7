import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { isKvError } from '../../src/core/base/errors.ts';
import { notDeleted, notWritten } from '../../src/local/faultErrors.ts';
import { FaultError } from '../../src/local/sqlite/fault.ts';
import { diskIo, type WriteIo } from '../../src/local/sqlite/io.ts';
import type { BatchResult, NamespaceFiles } from '../../src/local/sqlite/protocol.ts';
import { type Database, loadSqlite } from '../../src/local/sqlite/sqlite.ts';
import { NamespaceWriter } from '../../src/local/sqlite/write.ts';
import { StateFolder } from '../../src/local/stateFolder.ts';
import { eventually } from '../support/eventually.ts';

/** Every step of a write by name; statements of SQL count as steps of their own. */
type Step = Exclude<keyof WriteIo, 'exists'> | 'journal' | 'table' | 'begin' | 'insert' | 'remove' | 'commit';

const systemError = (code: string): Error => Object.assign(new Error(`${code}: made by a test`), { code });
const sqliteError = (errcode: number): Error =>
  Object.assign(new Error('made by a test'), { code: 'ERR_SQLITE_ERROR', errcode });
const SQLITE_FULL = sqliteError(13);
const SQLITE_IOERR_WRITE = sqliteError(778);

const sqlSteps: [start: string, step: Step][] = [
  ['PRAGMA journal_mode', 'journal'],
  ['\n  CREATE TABLE', 'table'],
  ['BEGIN', 'begin'],
  ['COMMIT', 'commit'],
  ['INSERT', 'insert'],
  ['DELETE', 'remove'],
];
const stepOf = (sql: string): Step | undefined => sqlSteps.find(([start]) => sql.startsWith(start))?.[1];

/** The disk, except that one step throws; `skip` lets it pass so many times first. */
function failingIo(step: Step, error: Error, { skip = 0, times = Number.POSITIVE_INFINITY } = {}): WriteIo {
  let left = skip;
  let more = times;
  const reach = (reached: Step | undefined): void => {
    if (reached !== step || left-- > 0 || more-- <= 0) return;
    throw error;
  };
  const wrapped = (database: Database): Database =>
    new Proxy(database, {
      get(target, name) {
        if (name === 'exec') {
          return (sql: string) => {
            reach(stepOf(sql));
            target.exec(sql);
          };
        }
        if (name === 'prepare') {
          return (sql: string) => {
            const statement = target.prepare(sql);
            const gate =
              <A extends unknown[], R>(run: (...args: A) => R) =>
              (...args: A): R => {
                reach(stepOf(sql));
                return run(...args);
              };
            return {
              get: gate(statement.get.bind(statement)),
              all: gate(statement.all.bind(statement)),
              run: gate(statement.run.bind(statement)),
            };
          };
        }
        const member: unknown = Reflect.get(target, name);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
  return {
    probe: (lock) => {
      reach('probe');
      return diskIo.probe(lock);
    },
    exists: diskIo.exists,
    makeFolder: (path) => {
      reach('makeFolder');
      diskIo.makeFolder(path);
    },
    create: (path) => {
      reach('create');
      return diskIo.create(path);
    },
    write: (descriptor, bytes) => {
      reach('write');
      return diskIo.write(descriptor, bytes.subarray(0, 3));
    },
    sync: (descriptor) => {
      reach('sync');
      diskIo.sync(descriptor);
    },
    close: (descriptor) => {
      diskIo.close(descriptor);
      reach('close');
    },
    unlink: (path) => {
      reach('unlink');
      diskIo.unlink(path);
    },
    openDatabase: (path) => {
      reach('openDatabase');
      return wrapped(diskIo.openDatabase(path));
    },
  };
}

describe('a write whose steps fail', () => {
  let folder: string;
  let files: NamespaceFiles;
  before(() => loadSqlite());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cloudflare-kv-'));
    files = new StateFolder(folder).filesOf('KV');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const put = (io: WriteIo, entries: Record<string, string>, durable = true): BatchResult => {
    const values = Object.values(entries).map((value) => Buffer.from(value));
    return new NamespaceWriter(io, { calmMs: Number.POSITIVE_INFINITY }).put({
      files,
      batch: {
        keys: Object.keys(entries),
        lengths: values.map((value) => value.length),
        bytes: new Uint8Array(Buffer.concat(values)),
        metadata: values.map(() => null),
        expirations: values.map(() => null),
      },
      durable,
    });
  };
  const remove = (io: WriteIo, keys: string[]): BatchResult =>
    new NamespaceWriter(io, { calmMs: Number.POSITIVE_INFINITY }).delete({ files, keys, durable: true });

  /** What is there, by key; every file must be named by a row. */
  const content = (): Record<string, string> => {
    const database = new DatabaseSync(files.database);
    const rows = database.prepare('SELECT key, blob_id FROM _mf_entries ORDER BY key').all();
    database.close();
    assert.deepEqual(readdirSync(files.blobs).sort(), rows.map((row) => String(row.blob_id)).sort());
    return Object.fromEntries(
      rows.map((row) => [row.key, readFileSync(join(files.blobs, String(row.blob_id)), 'utf8')]),
    );
  };

  const cases: [step: Step, error: Error, kind: string, advice: RegExp][] = [
    ['probe', systemError('EACCES'), 'forbidden', /no permission to use .*metadata\.sqlite/],
    ['makeFolder', systemError('EACCES'), 'forbidden', /no permission to use/],
    ['makeFolder', systemError('ENOSPC'), 'server', /no space left/],
    ['create', systemError('EACCES'), 'forbidden', /no permission to use .*blobs/],
    ['create', systemError('EMFILE'), 'server', /cannot be used \(EMFILE\)/],
    ['write', systemError('ENOSPC'), 'server', /no space left for .*blobs\. Make room/],
    ['sync', systemError('EIO'), 'server', /cannot be used \(EIO\)/],
    ['close', systemError('EDQUOT'), 'server', /no space left/],
    ['openDatabase', sqliteError(14), 'forbidden', /no permission to use .*\.sqlite/],
    ['journal', SQLITE_IOERR_WRITE, 'server', /cannot be used \(SQLITE 778\)/],
    ['begin', sqliteError(5), 'busy', /another program is using .*Try again/],
    ['insert', SQLITE_FULL, 'server', /no space left/],
    ['commit', SQLITE_FULL, 'server', /no space left for .*\.sqlite/],
    ['commit', SQLITE_IOERR_WRITE, 'server', /cannot be used/],
  ];
  for (const [step, error, kind, advice] of cases) {
    it(`keeps the old entry whole and leaves no file when ${step} fails with ${Reflect.get(error, 'errcode') ?? Reflect.get(error, 'code')}`, () => {
      put(diskIo, { 'user:1': 'old', other: 'kept' });
      const { failed } = put(failingIo(step, error), { 'user:1': 'newer value' });
      assert.deepEqual(content(), { 'user:1': 'old', other: 'kept' });
      assert.deepEqual(
        failed.map(({ index }) => index),
        [0],
      );
      const shown = notWritten(new FaultError(failed[0]?.fault ?? assert.fail()), 'user:1');
      assert.ok(isKvError(shown) && shown.cause instanceof Error);
      assert.equal(shown.kind, kind);
      assert.match(shown.message, /^“user:1” was not written: /);
      assert.match(shown.message, advice);
      assert.doesNotMatch(shown.message, /made by a test/);
      assert.match(shown.cause.message, /made by a test/);
      put(diskIo, { 'user:1': 'at last' });
      assert.deepEqual(content(), { 'user:1': 'at last', other: 'kept' });
    });
  }

  it('leaves nothing when the table of a new namespace cannot be made, and starts afresh later', () => {
    const { failed } = put(failingIo('table', SQLITE_FULL), { a: '1' });
    assert.equal(failed.length, 1);
    assert.deepEqual(readdirSync(files.blobs), []);
    put(diskIo, { a: '2' });
    assert.deepEqual(content(), { a: '2' });
  });

  it('writes the other values of a batch when one cannot be written', () => {
    const { failed, stopped } = put(
      failingIo('create', systemError('EIO'), { skip: 1, times: 1 }),
      { a: '1', b: '2', c: '3' },
      false,
    );
    assert.deepEqual(
      failed.map(({ index }) => index),
      [1],
    );
    assert.equal(stopped, undefined);
    assert.deepEqual(content(), { a: '1', c: '3' });
  });

  it('writes none of a transaction that fails in the middle, and names every key', () => {
    put(diskIo, { b: 'old' });
    const { failed, stopped } = put(
      failingIo('insert', SQLITE_FULL, { skip: 2 }),
      { a: '1', b: '2', c: '3', d: '4' },
      false,
    );
    assert.deepEqual(failed.map(({ index }) => index).sort(), [0, 1, 2, 3]);
    assert.equal(stopped?.reason, 'full');
    assert.deepEqual(content(), { b: 'old' });
  });

  it('keeps the value of a commit that took place though it reported an error', () => {
    put(diskIo, { a: 'old' });
    const io = failingIo('probe', systemError('unused'), { times: 0 });
    const { failed } = put(
      {
        ...io,
        openDatabase: (path) => {
          const database = diskIo.openDatabase(path);
          const exec = database.exec.bind(database);
          database.exec = (sql) => {
            exec(sql);
            if (sql === 'COMMIT') throw SQLITE_IOERR_WRITE;
          };
          return database;
        },
      },
      { a: 'new' },
    );
    assert.equal(failed.length, 1);
    const database = new DatabaseSync(files.database);
    const row = database.prepare('SELECT blob_id FROM _mf_entries').get();
    database.close();
    assert.equal(readFileSync(join(files.blobs, String(row?.blob_id)), 'utf8'), 'new');
  });

  it('takes a replaced value that could not be removed away with the next write', () => {
    put(diskIo, { a: 'old' });
    const io = failingIo('unlink', systemError('EPERM'), { times: 1 });
    const writer = new NamespaceWriter(io, { calmMs: Number.POSITIVE_INFINITY });
    const write = (value: string) =>
      writer.put({
        files,
        batch: {
          keys: ['a'],
          lengths: [value.length],
          bytes: new Uint8Array(Buffer.from(value)),
          metadata: [null],
          expirations: [null],
        },
        durable: true,
      });
    assert.deepEqual(write('second'), { failed: [] });
    assert.equal(readdirSync(files.blobs).length, 2);
    assert.deepEqual(write('third'), { failed: [] });
    assert.deepEqual(content(), { a: 'third' });
  });

  for (const step of ['probe', 'openDatabase', 'begin', 'remove', 'commit'] as const) {
    it(`keeps every entry when ${step} of a delete fails`, () => {
      put(diskIo, { a: '1', b: '2' });
      const { failed } = remove(failingIo(step, SQLITE_IOERR_WRITE), ['a', 'missing', 'b']);
      assert.deepEqual(
        failed.map(({ index }) => index),
        [0, 1, 2],
      );
      assert.match(
        notDeleted(new FaultError(failed[0]?.fault ?? assert.fail()), 'a').message,
        /^“a” was not deleted: /,
      );
      assert.deepEqual(content(), { a: '1', b: '2' });
    });
  }

  it('stops a batch when a dev server appears after its values were written, and takes them back', () => {
    put(diskIo, { a: 'old' });
    let now = performance.now();
    const clock = performance.now;
    let probes = 0;
    const io: WriteIo = { ...diskIo, probe: () => (probes++ === 0 ? 'free' : 'live') };
    performance.now = () => (now += 20);
    try {
      const { failed, stopped } = put(io, { a: '1', b: '2' }, false);
      assert.equal(stopped?.reason, 'devServer');
      assert.equal(failed.length, 2);
    } finally {
      performance.now = clock;
    }
    assert.deepEqual(content(), { a: 'old' });
  });

  it('keeps a replaced value for two seconds when so long after a probe a Worker may be reading it', async () => {
    put(diskIo, { a: 'old' });
    const writer = new NamespaceWriter(diskIo, { calmMs: -1 });
    const deleted = writer.delete({ files, keys: ['a'], durable: false });
    assert.deepEqual(deleted, { failed: [] });
    const begun = performance.now();
    for (let there = readdirSync(files.blobs); performance.now() - begun < 2000; there = readdirSync(files.blobs)) {
      assert.equal(there.length, 1);
      await wait(100);
    }
    await eventually(() => assert.deepEqual(readdirSync(files.blobs), []));
  });
});
