import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { DatabaseSync } from 'node:sqlite';
import { mock } from 'node:test';
import { Handles } from '../../src/local/sqlite/handles.ts';
import { read } from '../../src/local/sqlite/read.ts';
import { loadSqlite, openDatabase } from '../../src/local/sqlite/sqlite.ts';
import { type LocalFolder, localFolder } from '../support/localFolder.ts';

const value = Buffer.from('value');

describe('handles of local databases', () => {
  let local: LocalFolder;
  let handles: Handles;
  before(() => loadSqlite());
  beforeEach(async () => {
    local = localFolder();
    await local.source.store('KV').put({ key: 'a', value });
  });
  afterEach(() => {
    handles.drop(database());
    local.dispose();
  });
  const files = () => local.source.state.filesOf('KV');
  const database = () => files().database;
  const keysRead = () => read(handles, { files: files(), keys: ['a', 'b'] }).entries.length;

  describe('where an open file is in the way', () => {
    const IDLE_MS = 30_000;
    let now: number;
    let clock: { mock: { restore(): void } };
    beforeEach(() => {
      now = 0;
      clock = mock.method(performance, 'now', () => now);
      mock.timers.enable({ apis: ['setTimeout'] });
      handles = new Handles(IDLE_MS);
    });
    afterEach(() => {
      clock.mock.restore();
      mock.timers.reset();
    });
    const pass = (ms: number): void => {
      now += ms;
      mock.timers.tick(ms);
    };

    it('are closed when nobody uses them, and opened by the next read', () => {
      handles.get(database());
      pass(IDLE_MS);
      assert.equal(handles.hasChanged(database()), undefined);
      assert.equal(keysRead(), 1);
      assert.equal(handles.hasChanged(database()), false);
    });

    it('stay open while somebody looks for changes or reads', () => {
      const handle = handles.get(database());
      for (let i = 0; i < 5; i++) {
        pass(IDLE_MS - 1);
        assert.equal(handles.hasChanged(database()), false);
      }
      assert.equal(handles.get(database()), handle);
    });
  });

  describe('in a folder that cannot be written', () => {
    let denied: number;
    beforeEach(() => {
      denied = 0;
      handles = new Handles(undefined, () => {
        denied++;
        throw Object.assign(new Error('unable to open database file'), { code: 'ERR_SQLITE_ERROR', errcode: 14 });
      });
    });

    it('read the file as it is where nobody has it open, and make nothing beside it', () => {
      local.client.dispose();
      // The last connection takes the `-wal` along.
      const last = openDatabase(database(), { readOnly: false });
      last.prepare('SELECT count(*) FROM _mf_entries').get();
      last.close();
      const before = readdirSync(local.source.state.databases);
      assert.equal(keysRead(), 1);
      assert.equal(keysRead(), 1);
      assert.equal(denied, 1);
      assert.deepEqual(readdirSync(local.source.state.databases), before);
    });

    it('read a copy of their own while there is a `-wal`, and see what is written later', () => {
      const temporary = () => readdirSync(tmpdir()).filter((name) => name.startsWith('cloudflare-kv-read-'));
      const before = temporary();
      const writer = new DatabaseSync(database());
      writer.exec('PRAGMA journal_mode=WAL');
      writer.exec("UPDATE _mf_entries SET metadata = '1'");
      assert.equal(handles.get(database())?.prepare('SELECT metadata FROM _mf_entries').get()?.metadata, '1');
      writer.exec("UPDATE _mf_entries SET metadata = '2'");
      assert.equal(handles.get(database())?.prepare('SELECT metadata FROM _mf_entries').get()?.metadata, '2');
      writer.close();
      assert.deepEqual(temporary(), before);
    });
  });
});
