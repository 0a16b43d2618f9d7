import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isKvError } from '../../src/core/base/errors.ts';
import { DevServers } from '../../src/local/explorer/devServers.ts';
import { scopesOf } from '../../src/local/explorer/identity.ts';
import { LocalSource } from '../../src/local/localSource.ts';
import { newBlobId } from '../../src/local/sqlite/blobs.ts';
import { SqliteClient } from '../../src/local/sqlite/client.ts';
import { expecting } from '../support/expecting.ts';
import { FakeExplorer, fail, reply } from '../support/fakeExplorer.ts';
import { type LocalFolder, localFolder } from '../support/localFolder.ts';

describe('an editor without SQLite', () => {
  let local: LocalFolder;
  let fake: FakeExplorer;
  let client: SqliteClient;
  let servers: DevServers;
  let source: LocalSource;
  let isRunning: boolean;

  beforeEach(async () => {
    local = localFolder();
    isRunning = true;
    const scope = scopesOf(local.folder)[0];
    fake = await FakeExplorer.start({
      workers: [{ isSelf: true, name: 'shop', persistenceScope: scope, bindings: { kv: [{ id: 'KV' }] } }],
      namespaces: ['KV'],
    });
    // As Miniflare does: every value is a file.
    const { blobs, database } = local.source.state.filesOf('KV');
    mkdirSync(blobs, { recursive: true });
    mkdirSync(dirname(database), { recursive: true });
    writeFileSync(database, '');
    fake.interfere = ({ path, body }) => {
      if (path.endsWith('/bulk')) {
        for (const { value } of JSON.parse(body.toString())) writeFileSync(join(blobs, newBlobId()), value);
      }
      return false;
    };
    client = new SqliteClient(new URL('../fixtures/local/workerWithoutSqlite.mjs', import.meta.url));
    servers = new DevServers({ ports: () => (isRunning ? [fake.port] : []), usualPorts: [], registry: local.folder });
    source = new LocalSource(client, local.source.project, servers);
  });
  afterEach(async () => {
    source.dispose();
    servers.dispose();
    client.dispose();
    local.dispose();
    await fake.stop();
  });

  it('never gives half an entry', async () => {
    const store = source.store('KV');
    fake.namespaces.get('KV')?.set('short', { value: Buffer.from('lived'), expiration: 2_000_000_000 });
    const { interfere } = fake;
    let torn = 2;
    fake.interfere = (request, response) => {
      if (!request.path.includes('/keys') || torn-- <= 0) return interfere(request, response);
      reply(response, 200, { success: true, errors: [], messages: [], result: [], result_info: { cursor: '' } });
      return true;
    };
    assert.equal((await store.get('short'))?.expiration, 2_000_000_000);
    torn = Number.POSITIVE_INFINITY;
    await assert.rejects(store.get('short'), (error) => isKvError(error));
  });

  it('reads and writes through a dev server, proved by the file of a value', async () => {
    const store = source.store('KV');
    await store.put({ key: 'a', value: Buffer.from('1'), metadata: { a: 1 } });
    await store.put({ key: 'b', value: Buffer.from('2'), expiration: 2_000_000_000 });
    const a = { key: 'a', value: new Uint8Array(Buffer.from('1')), metadata: { a: 1 } };
    assert.deepEqual(await store.get('a'), a);
    assert.deepEqual(await store.get('missing'), undefined);
    assert.deepEqual((await store.list({})).keys, [
      { name: 'a', metadata: { a: 1 } },
      { name: 'b', expiration: 2_000_000_000 },
    ]);
    const many: unknown[] = [];
    for await (const entry of store.getMany(['b', 'missing', 'a'])) many.push(entry);
    assert.deepEqual(many[1], a);
    assert.equal(many.length, 2);
    await store.delete('a');
    assert.equal((await store.deleteMany(['b', 'c'])).done, 2);
    assert.deepEqual((await store.list({})).keys, []);
  });

  it('writes through a dev server only what is still as expected', async () => {
    const store = source.store('KV');
    await store.put({ key: 'a', value: Buffer.from('1') });
    const before = await store.get('a');
    const wanted = { key: 'a', value: Buffer.from('mine') };
    const theirs = { value: Buffer.from('2') };
    fake.namespaces.get('KV')?.set('a', theirs);
    for (const expected of [expecting(store, [before], [wanted]), expecting(store, [], [wanted])]) {
      await assert.rejects(store.put(wanted, undefined, expected), (error) => isKvError(error, 'conflict'));
      const { failed } = await store.deleteMany(['a', 'b'], { expected });
      assert.deepEqual(
        failed.map(({ key, error }) => [key, error.kind]),
        [['a', 'conflict']],
      );
    }
    assert.deepEqual(fake.entry('KV', 'a'), theirs);
    await store.put(wanted, undefined, expecting(store, [await store.get('a')], [wanted]));
    assert.equal(fake.entry('KV', 'a')?.value.toString(), 'mine');
  });

  it('names the one key that the server does not give', async () => {
    const store = source.store('KV');
    await store.putMany(['a', 'b'].map((key) => ({ key, value: Buffer.from('1') })));
    fake.interfere = ({ path }, response) => {
      if (!path.endsWith('/values/a')) return false;
      fail(response, 500, 10_000, 'broken');
      return true;
    };
    const told: string[] = [];
    for await (const { key } of store.getMany(['a', 'b'], undefined, (failure) => told.push(`${failure.key} unread`))) {
      told.push(key);
    }
    assert.deepEqual(told, ['a unread', 'b']);
  });

  it('says what is missing when no dev server runs', async () => {
    isRunning = false;
    const store = source.store('KV');
    const isMissing = (error: unknown) => isKvError(error, 'unsupported') && error.message.includes('SQLite');
    await assert.rejects(store.list({}), isMissing);
    await assert.rejects(store.get('a'), isMissing);
    await assert.rejects(store.getMany(['a'])[Symbol.asyncIterator]().next(), isMissing);
    const aborted = AbortSignal.abort();
    await assert.rejects(store.list({}, aborted), (error) => isKvError(error, 'cancelled'));
  });
});
