import assert from 'node:assert/strict';
import { renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SourceChange } from '../../src/core/store/store.ts';
import { LocalSource } from '../../src/local/localSource.ts';
import { SqliteClient } from '../../src/local/sqlite/client.ts';
import { eventually } from '../support/eventually.ts';
import { type LocalFolder, localFolder } from '../support/localFolder.ts';

const entry = (key: string) => ({ key, value: new Uint8Array(1) });

/** Sees a change some looks later than others, as happens while a commit waits for its disk. */
class LateClient extends SqliteClient {
  looksInVain = 0;
  /** What every look waits for. */
  stuck: Promise<void> | undefined;

  override request: SqliteClient['request'] = async (name, args, transfer) => {
    if (name === 'hasChanged') await this.stuck;
    if (name !== 'hasChanged' || this.looksInVain === 0) return await super.request(name, args, transfer);
    this.looksInVain--;
    return false;
  };
}

describe('watching a state folder', () => {
  let local: LocalFolder;
  /** Somebody else with a thread and handles of his own. */
  let other: LocalSource;
  let otherClient: SqliteClient;
  let changes: SourceChange[];
  beforeEach(() => {
    local = localFolder();
    otherClient = new SqliteClient();
    other = new LocalSource(otherClient, local.source.project);
    changes = [];
  });
  afterEach(() => {
    otherClient.dispose();
    local.dispose();
  });

  /** The keys that were pointed at are apart: which of them come with which change is a matter of timing. */
  const written = new Set<string>();
  const watch = () =>
    local.source.onDidChange(({ written: keys, ...change }) => {
      for (const key of keys ?? []) written.add(key);
      changes.push(change);
    });
  const told = (...expected: SourceChange[]) => eventually(() => assert.deepEqual(changes, expected));
  /** Events come in order: once a later one was told, an earlier one that was not never will be. */
  const nothingBut = async (...expected: SourceChange[]) => {
    changes.length = 0;
    await other.store('marker').put(entry('k'));
    await eventually(() => assert.ok(changes.some((change) => change.namespace === 'marker')));
    assert.deepEqual(
      changes.filter((change) => change.namespace !== 'marker'),
      expected,
    );
  };

  it('tells what another process wrote to a namespace that was read', async () => {
    await other.store('KV').put(entry('a'));
    await local.source.store('KV').list({});
    watch();
    await other.store('KV').put(entry('b'));
    await told({ namespace: 'KV' });
    assert.ok(written.has('b'));
    changes.length = 0;
    await other.store('KV').delete('b');
    await told({ namespace: 'KV' });
  });

  it('tells nothing of reading, of deleting a missing key, or twice of our own writes', async () => {
    await other.store('KV').put(entry('a'));
    local.source.store('marker');
    const store = local.source.store('KV');
    watch();
    await store.list({});
    await store.get('a');
    await other.store('KV').list({});
    await other.store('KV').delete('missing');
    await nothingBut();
    await store.put(entry('own'));
    await told({ namespace: 'marker' }, { namespace: 'KV', keys: ['own'] });
    await nothingBut();
  });

  it('tells of the first write to a namespace shown empty, before any state was on disk', async () => {
    watch();
    assert.deepEqual(await local.source.store('KV').list({}), { keys: [] });
    await other.store('KV').put(entry('a'));
    await eventually(() => assert.ok(changes.length > 0));
    await eventually(async () => assert.equal((await local.source.store('KV').list({})).keys.length, 1));
    await local.source.store('KV').list({});
    changes.length = 0;
    await other.store('KV').put(entry('b'));
    await told({ namespace: 'KV' });
  });

  it('tells of a commit that can be seen only some time after its last trace in the folder', async () => {
    await other.store('KV').put(entry('a'));
    const client = new LateClient();
    const late = new LocalSource(client, local.source.project);
    try {
      await late.store('KV').list({});
      late.onDidChange(({ written: _, ...change }) => changes.push(change));
      client.looksInVain = 2;
      await other.store('KV').delete('a');
      await told({ namespace: 'KV' });
      assert.equal(client.looksInVain, 0);
    } finally {
      late.dispose();
      client.dispose();
    }
  });

  it('tells of a new namespace that nobody knows, and then no more of it', async () => {
    await other.store('KV').put(entry('a'));
    await other.store('marker').put(entry('a'));
    local.source.store('marker');
    watch();
    await other.store('stranger').put(entry('a'));
    await eventually(() => assert.ok(changes.some(({ namespace }) => namespace === undefined)));
    await nothingBut();
    await other.store('stranger').put(entry('b'));
    await nothingBut();
    assert.equal((await local.source.namespaces()).length, 3);
  });

  it('tells of it once more when its values come, by which its id is known', async () => {
    await other.store('stranger').put(entry('a'));
    const values = dirname(other.state.filesOf('stranger').blobs);
    renameSync(values, `${local.folder}-values`);
    assert.equal((await local.source.namespaces())[0]?.isIdUnknown, true);
    watch();
    const isTold = () => eventually(() => assert.ok(changes.some(({ namespace }) => namespace === undefined)));
    await other.store('stranger').delete('a');
    await isTold();
    changes.length = 0;
    renameSync(`${local.folder}-values`, values);
    await other.store('stranger').put(entry('b'));
    await isTold();
    assert.deepEqual(
      (await local.source.namespaces()).map(({ id }) => id),
      ['stranger'],
    );
  });

  it('tells of it although a database lets everybody wait', async () => {
    await other.store('KV').put(entry('a'));
    const client = new LateClient();
    const late = new LocalSource(client, local.source.project);
    const stuck = Promise.withResolvers<void>();
    try {
      await late.store('KV').list({});
      late.onDidChange((change) => changes.push(change));
      client.stuck = stuck.promise;
      await Promise.all([other.store('KV').put(entry('b')), other.store('stranger').put(entry('a'))]);
      await eventually(() => assert.ok(changes.some(({ namespace }) => namespace === undefined)));
    } finally {
      stuck.resolve();
      late.dispose();
      client.dispose();
    }
  });

  it('tells when the state is removed, comes back, and changes then', async () => {
    await other.store('KV').put(entry('a'));
    await local.source.store('KV').list({});
    watch();
    rmSync(join(local.folder, '.wrangler'), { recursive: true, maxRetries: 10 });
    await eventually(() => assert.ok(changes.some((change) => change.namespace === undefined)));
    assert.deepEqual(await local.source.store('KV').list({}), { keys: [] });

    const elsewhere = localFolder();
    try {
      await elsewhere.source.store('KV').put(entry('b'));
      changes.length = 0;
      renameSync(join(elsewhere.folder, '.wrangler'), join(local.folder, '.wrangler'));
    } finally {
      elsewhere.dispose();
    }
    await eventually(() => assert.ok(changes.some((change) => change.namespace === undefined)));
    assert.equal((await local.source.store('KV').list({})).keys[0]?.name, 'b');
    changes.length = 0;
    await other.store('KV').put(entry('c'));
    await eventually(() => assert.ok(changes.some((change) => change.namespace === 'KV')));
  });

  it('tells nothing any more once it is disposed', async () => {
    await other.store('KV').put(entry('a'));
    watch();
    local.source.dispose();
    await other.store('KV').put(entry('b'));
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(changes, []);
  });
});
