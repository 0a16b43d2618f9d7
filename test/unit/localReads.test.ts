import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { isKvError, type KvErrorKind } from '../../src/core/base/errors.ts';
import { versionOf } from '../../src/core/entry/version.ts';
import type { KeyFailure, KvPage, KvStore } from '../../src/core/store/store.ts';
import { newBlobId, timeDigits } from '../../src/local/sqlite/blobs.ts';
import { FaultError, faultOf } from '../../src/local/sqlite/fault.ts';
import { type Handle, Handles } from '../../src/local/sqlite/handles.ts';
import { read, writtenSince } from '../../src/local/sqlite/read.ts';
import { loadSqlite } from '../../src/local/sqlite/sqlite.ts';
import { readValueFile } from '../../src/local/sqlite/valueFile.ts';
import { localDatabase } from '../support/localDatabase.ts';
import { type LocalFolder, localFolder } from '../support/localFolder.ts';
import { makeNamedPipe } from '../support/namedPipe.ts';

const value = Buffer.from('value');
const isRoot = process.getuid?.() === 0;

describe('reading local values', () => {
  let local: LocalFolder;
  let store: KvStore;
  before(() => loadSqlite());
  beforeEach(() => {
    local = localFolder();
    store = local.source.store('KV');
  });
  afterEach(() => local.dispose());

  const { files, edit, rows } = localDatabase(() => local);
  const blobOf = (key: string): string => join(files().blobs, String(rows()[key]));
  /** As somebody else does it between two steps of a read. */
  const replace = (key: string, text: string): void => {
    const blobId = newBlobId();
    writeFileSync(join(files().blobs, blobId), text);
    const old = blobOf(key);
    edit('UPDATE _mf_entries SET blob_id = ? WHERE key = ?', blobId, key);
    rmSync(old);
  };
  /** Reads while somebody else replaces the value before so many of the looks at its file. */
  const readBeside = (replacements: number) => {
    let left = replacements;
    return read(new Handles(), { files: files(), keys: ['before', 'k', 'after'] }, (path) => {
      if (path === blobOf('k') && left-- > 0) replace('k', `value ${left}`);
      return readValueFile(path);
    });
  };
  const putThree = async () => await store.putMany(['before', 'k', 'after'].map((key) => ({ key, value })));

  for (const replacements of [1, 2, 9]) {
    it(`gives the value of a key that was replaced ${replacements} times meanwhile`, async () => {
      await putThree();
      const { entries, unread } = readBeside(replacements);
      assert.deepEqual(unread, []);
      assert.deepEqual(
        entries.map(({ value: bytes }) => Buffer.from(bytes).toString()),
        ['value', 'value 0', 'value'],
      );
    });
  }

  it('gives up a key that is replaced all the time, by name, and never takes it for missing', async () => {
    await putThree();
    const { entries, unread, consumed } = readBeside(Number.POSITIVE_INFINITY);
    assert.deepEqual([entries.map(({ index }) => index), consumed], [[0, 2], 3]);
    assert.deepEqual(
      unread.map(({ index, fault }) => [index, fault.reason]),
      [[1, 'changing']],
    );
  });

  it('takes a row whose file stays missing for none, and one that was deleted meanwhile', async () => {
    await putThree();
    rmSync(blobOf('k'));
    const { entries, unread } = readBeside(0);
    assert.deepEqual([entries.map(({ index }) => index), unread], [[0, 2], []]);
    assert.equal(await store.get('k'), undefined);
    const gone = read(new Handles(), { files: files(), keys: ['after'] }, (path) => {
      edit('DELETE FROM _mf_entries');
      rmSync(path);
      return readValueFile(path);
    });
    assert.deepEqual(gone, { entries: [], unread: [], consumed: 1 });
  });

  const instead = (make: (path: string) => void) => (path: string) => {
    rmSync(path);
    make(path);
  };
  const bad: [what: string, kind: KvErrorKind, spoil: (path: string) => void, skip?: boolean][] = [
    ['may not be read', 'forbidden', (path) => chmodSync(path, 0), isRoot],
    ['is a folder', 'unsupported', instead((path) => mkdirSync(path))],
    ['is a link to another file', 'unsupported', instead((path) => symlinkSync('/etc/hosts', path))],
    ['is a link to no end of bytes', 'unsupported', instead((path) => symlinkSync('/dev/zero', path))],
    ['is a pipe', 'unsupported', instead(makeNamedPipe)],
    ['is larger than a value', 'tooLarge', (path) => truncateSync(path, 26 * 1024 * 1024)],
    [
      'has a name that leads elsewhere',
      'unsupported',
      () => edit("UPDATE _mf_entries SET blob_id = '../x' WHERE key = 'k'"),
    ],
  ];
  for (const [what, kind, spoil, skip = process.platform === 'win32'] of bad) {
    (skip ? it.skip : it)(`names the very key whose value ${what}, and reads all others`, async () => {
      await putThree();
      spoil(blobOf('k'));
      const isIt = (error: unknown): boolean => isKvError(error, kind) && error.message.startsWith('“k” could');
      await assert.rejects(store.get('k'), isIt);
      const unread: KeyFailure[] = [];
      const seen: string[] = [];
      const keys = ['before', 'k', 'after', 'missing'];
      for await (const { key } of store.getMany(keys, undefined, (failure) => unread.push(failure))) seen.push(key);
      assert.deepEqual(seen, ['before', 'after']);
      assert.deepEqual([unread.length, unread[0]?.key, isIt(unread[0]?.error)], [1, 'k', true]);
      const before: string[] = [];
      await assert.rejects(async () => {
        for await (const { key } of store.getMany(keys)) before.push(key);
      }, isIt);
      assert.deepEqual(before, ['before']);
      await store.put({ key: 'k', value });
      assert.equal((await store.get('k'))?.value.length, value.length);
    });
  }

  it('goes on after a value that the disk does not give', async () => {
    await putThree();
    const broken = blobOf('k');
    const { entries, unread } = read(new Handles(), { files: files(), keys: ['before', 'k', 'after'] }, (path) => {
      if (path !== broken) return readValueFile(path);
      throw new FaultError(faultOf(Object.assign(new Error('made by a test'), { code: 'EIO' }), path));
    });
    assert.deepEqual(
      [entries.map(({ index }) => index), unread.map(({ index, fault }) => [index, fault.code])],
      [[0, 2], [[1, 'EIO']]],
    );
  });

  it('blames no key of many for what is wrong with the database', async () => {
    await putThree();
    writeFileSync(local.source.state.filesOf('BAD').database, 'x'.repeat(10_000));
    const reading = local.source.store('BAD').getMany(['a', 'b'])[Symbol.asyncIterator]().next();
    await assert.rejects(reading, (error) => isKvError(error, 'server') && !error.message.includes('“a”'));
  });

  it('reads an entry whose expiration no double can hold', async () => {
    await putThree();
    edit("UPDATE _mf_entries SET expiration = 9007199254740993123 WHERE key = 'k'");
    assert.equal((await store.get('k'))?.value.length, value.length);
    assert.equal((await store.get('after'))?.expiration, undefined);
  });

  it('lists an expiration that no double can hold as the number that a read of it gives', async () => {
    await putThree();
    for (const ms of ['9007199254740992000', '9007199254740993000', '9223372036854775807']) {
      edit(`UPDATE _mf_entries SET expiration = ${ms} WHERE key = 'k'`);
      const { keys } = await store.list({});
      const listed = keys.find(({ name }) => name === 'k')?.expiration;
      assert.equal(typeof listed, 'number', ms);
      assert.equal(listed, (await store.get('k'))?.expiration, ms);
    }
  });

  it('gives equal versions to two reads of one entry, and another after any change', async () => {
    await store.put({ key: 'k', value });
    const version = async () => versionOf((await store.get('k')) ?? assert.fail());
    const first = await version();
    assert.ok(first !== undefined);
    assert.equal(await version(), first);
    const seen = new Set([first]);
    for (const change of [
      async () => await store.put({ key: 'k', value }),
      async () => edit('UPDATE _mf_entries SET metadata = ?', '{"a":1}'),
      async () => edit('UPDATE _mf_entries SET expiration = ?', Date.now() + 3_600_000),
    ]) {
      await change();
      seen.add((await version()) ?? assert.fail());
    }
    assert.equal(seen.size, 4);
    const { client } = local;
    assert.deepEqual(await client.request('versions', { files: files(), keys: ['k', 'missing'] }), [
      await version(),
      null,
    ]);
    rmSync(blobOf('k'));
    assert.deepEqual(await client.request('versions', { files: files(), keys: ['k'] }), [null]);
  });

  it('never misses a key that another thread rewrites 5,000 times', async () => {
    await store.put({ key: 'k', value });
    const { database, blobs } = files();
    const rewriter = new Worker(new URL('../fixtures/local/rewriter.mjs', import.meta.url), {
      workerData: { database, blobs, keys: ['k'], times: 5000 },
    });
    const ended = new Promise<void>((resolve, reject) => {
      rewriter.on('error', reject);
      rewriter.on('exit', () => resolve());
    });
    let isEnded = false;
    void ended.finally(() => {
      isEnded = true;
    });
    let reads = 0;
    const keys = Array.from({ length: 50 }, () => 'k');
    while (!isEnded) {
      let found = 0;
      for await (const entry of store.getMany(keys)) found += entry.value.length > 0 ? 1 : 0;
      assert.equal(found, keys.length);
      reads += found;
      for (const version of await local.client.request('versions', { files: files(), keys: ['k'] })) {
        assert.notEqual(version, null);
      }
    }
    await ended;
    assert.ok(reads > 1000, `${reads} reads`);
    assert.ok(readdirSync(blobs).length < 10);
  });

  it('ends a listing at a key that is not UTF-8, saying so, and lists keys with U+FFFD', async () => {
    await putThree();
    await store.put({ key: '\uFFFD', value });
    assert.equal((await store.list({})).keys.length, 4);
    edit("INSERT INTO _mf_entries (key, blob_id) VALUES (CAST(x'ff41' AS TEXT), 'a')");
    const pages = async (): Promise<void> => {
      for (let cursor: string | undefined, page = 0; page < 10; page++) {
        const read: KvPage = await store.list({ limit: 2, ...(cursor !== undefined && { cursor }) });
        cursor = read.cursor;
        if (cursor === undefined) return;
      }
      assert.fail('no end');
    };
    await assert.rejects(pages(), (error) => isKvError(error, 'server') && /damaged/.test(error.message));
    assert.deepEqual((await store.get('k'))?.value, new Uint8Array(value));
  });
});

describe('what was written since a time', () => {
  const BEGIN = 1_900_000_000_000;
  /** A database of so many rows, the newest first, and how many of them were read. */
  const database = (rows: readonly { readonly key: string; readonly time: number }[]) => {
    const counted = { read: 0 };
    const handle = {
      prepare: () => ({
        *iterate() {
          for (const { key, time } of rows) {
            counted.read++;
            yield { key, time: timeDigits(time) };
          }
        },
      }),
    };
    return { counted, handles: { get: () => handle as unknown as Handle } };
  };
  const many = (count: number, time: number) => Array.from({ length: count }, (_, i) => ({ key: `k${i}`, time }));

  it('reads the newest rows only', () => {
    const { counted, handles } = database([{ key: 'new', time: BEGIN + 1 }, ...many(250_000, BEGIN - 1)]);
    assert.deepEqual(writtenSince(handles, { database: '', since: BEGIN }), ['new']);
    assert.ok(counted.read < 100, `${counted.read}`);
  });

  it('reads past writes that began earlier, and ends with as many as anybody points at', () => {
    const mixed = database([...many(10, BEGIN - 1), { key: 'new', time: BEGIN + 1 }, ...many(1000, BEGIN - 1)]);
    assert.deepEqual(writtenSince(mixed.handles, { database: '', since: BEGIN }), ['new']);
    const all = database(many(1000, BEGIN + 1));
    assert.equal(writtenSince(all.handles, { database: '', since: BEGIN }).length, 200);
  });

  it('finds what a real database gives the highest number', async () => {
    const local = localFolder();
    try {
      const store = local.source.store('KV');
      for (const key of ['a', 'b', 'c']) await store.put({ key, value });
      await store.put({ key: 'a', value });
      const { database } = local.source.state.filesOf('KV');
      await loadSqlite();
      const handles = new Handles();
      assert.deepEqual(writtenSince(handles, { database, since: 0 }), ['a', 'c', 'b']);
      handles.drop(database);
    } finally {
      local.dispose();
    }
  });
});
