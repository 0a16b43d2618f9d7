import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock } from 'node:test';
import { isKvError } from '../../src/core/base/errors.ts';
import { Emitter } from '../../src/core/base/event.ts';
import { registryPlaces } from '../../src/local/explorer/registry.ts';
import { folderProblem, isMended, unreadableFolder } from '../../src/local/folderFault.ts';
import { FolderWatch } from '../../src/local/folderWatch.ts';
import { LocalSource } from '../../src/local/localSource.ts';
import { SqliteClient } from '../../src/local/sqlite/client.ts';
import { FaultError } from '../../src/local/sqlite/fault.ts';
import { eventually } from '../support/eventually.ts';
import { type LocalFolder, localFolder } from '../support/localFolder.ts';
import { makeNamedPipe } from '../support/namedPipe.ts';

const value = Buffer.from('value');

describe('a state folder that cannot be used', () => {
  let local: LocalFolder;
  beforeEach(() => {
    local = localFolder();
  });
  afterEach(() => local.dispose());
  const state = () => join(local.folder, '.wrangler');
  const problem = async () => {
    assert.deepEqual(await local.source.namespaces(), []);
    return local.source.problems;
  };

  it('is one row that says what is wrong: a link to itself', async () => {
    symlinkSync('.wrangler', state());
    const [found, ...more] = await problem();
    assert.deepEqual([found?.path, more, found?.isFolder], [state(), [], true]);
    assert.match(found?.message ?? '', /circle.*Remove/);
    await assert.rejects(
      local.source.store('KV').list({}),
      (error) => isKvError(error, 'server') && /circle/.test(error.message),
    );
    const watch = local.source.onDidChange(() => {});
    watch.dispose();
  });

  it('is told of once, though a search tells of the folder around it', async () => {
    mkdirSync(state());
    symlinkSync('state', join(state(), 'state'));
    const found = { path: state(), message: 'found', isFolder: true };
    local.source.update({ ...local.source.project, problems: [found] });
    assert.deepEqual(
      (await problem()).map(({ path }) => path),
      [join(state(), 'state')],
    );
  });

  it('says so of a file in its place, and is well again without it', async () => {
    writeFileSync(state(), '');
    assert.match((await problem())[0]?.message ?? '', /not a folder/);
    rmSync(state());
    assert.deepEqual(await problem(), []);
  });

  it('names the folder that may not be read, and who can change that', async () => {
    // Root may read everything, so the refusal is made up.
    const list = async (folder: string): Promise<unknown> => {
      if (!folder.startsWith(state())) return readdirSync(folder);
      throw Object.assign(new Error('permission denied'), { code: 'EACCES' });
    };
    assert.deepEqual(await folderProblem(local.source.state.databases, list), {
      path: state(),
      isFolder: true,
      message: 'There is no permission to read this folder. Give your user access to it.',
    });
    assert.equal(unreadableFolder(state(), Object.assign(new Error('gone'), { code: 'ENOENT' })), undefined);
  });

  it('is looked at again without being listed, and tells when it can be read', async () => {
    symlinkSync('.wrangler', state());
    await problem();
    let changes = 0;
    // Its own watch would tell as well.
    const source = new LocalSource(local.client, local.source.project);
    assert.deepEqual(await source.namespaces(), []);
    Object.defineProperty(source, 'changed', { value: () => changes++ });
    await source.lookAgain();
    assert.equal(changes, 0);
    rmSync(state());
    await source.lookAgain();
    assert.equal(changes, 1);
    source.dispose();
  });

  it('is mended when it can be read, or is wrong in another way; one that never answers is not asked', async () => {
    const refuse = (code: string) => Object.assign(new Error(code), { code });
    const denied = async (folder: string): Promise<unknown> => {
      if (!folder.startsWith(state())) return readdirSync(folder);
      throw refuse('EACCES');
    };
    assert.equal(await isMended(state(), refuse('EACCES'), denied), false);
    assert.equal(await isMended(state(), refuse('ELOOP'), denied), true);
    assert.equal(await isMended(state(), refuse('EACCES')), true);
    const never = (): Promise<unknown> => assert.fail('asked');
    assert.equal(await isMended(local.folder, refuse('ETIMEDOUT'), never), false);
  });

  it('is no problem where it is missing', async () => {
    assert.deepEqual(await problem(), []);
  });

  it('has a database that is a pipe: that namespace fails, and the others work', async () => {
    if (process.platform === 'win32') return;
    await local.source.store('other').put({ key: 'k', value });
    makeNamedPipe(local.source.state.filesOf('KV').database);
    await assert.rejects(local.source.store('KV').list({}), (error) => isKvError(error, 'unsupported'));
    assert.equal((await local.source.store('other').list({})).keys.length, 1);
  });
});

describe('links out of a workspace', () => {
  let local: LocalFolder;
  let elsewhere: LocalFolder;
  beforeEach(async () => {
    elsewhere = localFolder();
    await elsewhere.source.store('KV').put({ key: 'secret', value });
    local = localFolder();
  });
  afterEach(() => {
    local.dispose();
    elsewhere.dispose();
  });
  const distrust = (): LocalSource => {
    local.source.update({ ...local.source.project, confinedTo: [local.folder] });
    return local.source;
  };
  const isRefused = (error: unknown): boolean => isKvError(error, 'forbidden') && /not trusted/.test(error.message);

  it('are followed where it is trusted', async () => {
    symlinkSync(join(elsewhere.folder, '.wrangler'), join(local.folder, '.wrangler'));
    assert.deepEqual((await local.source.store('KV').get('secret'))?.value, new Uint8Array(value));
  });

  for (const [what, link] of [
    ['.wrangler', ['.wrangler']],
    ['the databases', ['.wrangler', 'state', 'v3', 'kv', 'miniflare-KVNamespaceObject']],
  ] as const) {
    it(`are neither read nor written nor deleted through where it is not: ${what}`, async () => {
      const inside = join(local.folder, ...link);
      mkdirSync(join(inside, '..'), { recursive: true });
      symlinkSync(join(elsewhere.folder, ...link), inside);
      const source = distrust();
      assert.deepEqual(await source.namespaces(), []);
      assert.match(source.problems[0]?.message ?? '', /not trusted/);
      const store = source.store('KV');
      await assert.rejects(store.list({}), isRefused);
      await assert.rejects(store.get('secret'), isRefused);
      await assert.rejects(store.put({ key: 'secret', value }), isRefused);
      await assert.rejects(store.delete('secret'), isRefused);
      await assert.rejects(source.remove('KV'), isRefused);
      assert.deepEqual((await elsewhere.source.store('KV').get('secret'))?.value, new Uint8Array(value));
    });
  }

  it('are not followed to the values of a namespace, whose neighbours work', async () => {
    await local.source.store('KV').put({ key: 'secret', value: Buffer.from('ours') });
    await local.source.store('other').put({ key: 'k', value });
    const { blobs } = local.source.state.filesOf('KV');
    rmSync(blobs, { recursive: true });
    const theirs = elsewhere.source.state.filesOf('KV').blobs;
    symlinkSync(theirs, blobs);
    const source = distrust();
    await assert.rejects(source.store('KV').get('secret'), isRefused);
    await assert.rejects(source.remove('KV'), isRefused);
    assert.equal(readdirSync(theirs).length, 1);
    assert.deepEqual((await source.store('other').get('k'))?.value, new Uint8Array(value));
    await source.store('fresh').put({ key: 'k', value });
  });
});

describe('watching a folder', () => {
  let folder: string;
  let watch: FolderWatch;
  let events: (string | undefined)[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cloudflare-kv-'));
    events = [];
  });
  afterEach(() => {
    watch.dispose();
    rmSync(folder, { recursive: true, force: true });
  });
  const path = () => join(folder, '.wrangler', 'state', 'v3', 'kv', 'databases');
  const start = (onEvent: (name?: string) => void = (name) => events.push(name)) => {
    watch = new FolderWatch(path(), onEvent);
  };
  const heard = (name: string | undefined) => eventually(() => assert.ok(events.includes(name)));

  it('notices that one above it was renamed, and follows what comes in its place', async () => {
    mkdirSync(path(), { recursive: true });
    start();
    renameSync(join(folder, '.wrangler'), join(folder, '.wrangler.bak'));
    await heard(undefined);
    events.length = 0;
    mkdirSync(path(), { recursive: true });
    await heard(undefined);
    writeFileSync(join(path(), 'new.sqlite'), '');
    await heard('new.sqlite');
    events.length = 0;
    writeFileSync(join(folder, '.wrangler.bak', 'state', 'v3', 'kv', 'databases', 'old.sqlite'), '');
    writeFileSync(join(path(), 'newer.sqlite'), '');
    await heard('newer.sqlite');
    assert.ok(!events.includes('old.sqlite'));
  });

  it('can be begun at a link in a circle, and hears when it is mended', async () => {
    symlinkSync('.wrangler', join(folder, '.wrangler'));
    start();
    rmSync(join(folder, '.wrangler'));
    mkdirSync(path(), { recursive: true });
    await heard(undefined);
  });

  it('hears that others may read the folder now', async () => {
    if (process.platform !== 'linux') return;
    mkdirSync(path(), { recursive: true });
    chmodSync(path(), 0o000);
    start();
    chmodSync(path(), 0o755);
    await heard(undefined);
  });

  it('goes on after an error of whoever listens', async () => {
    mkdirSync(path(), { recursive: true });
    start((name) => {
      events.push(name);
      if (name === 'a') throw new Error('a listener');
    });
    writeFileSync(join(path(), 'a'), '');
    await heard('a');
    writeFileSync(join(path(), 'b'), '');
    await heard('b');
  });

  it('finds the registry of dev servers beside a link in a circle', () => {
    start();
    symlinkSync('.wrangler', join(folder, '.wrangler'));
    const inConfig = join(folder, '.config', '.wrangler', 'registry');
    assert.deepEqual(registryPlaces({}, folder, 'linux').folders, [inConfig]);
  });
});

describe('an event', () => {
  it('reaches every listener, though one of them throws', async () => {
    const emitter = new Emitter<number>();
    const heard: number[] = [];
    const thrown: unknown[] = [];
    const later = mock.method(globalThis, 'queueMicrotask', (run: () => void) => {
      assert.throws(run, (error) => thrown.push(error) > 0);
    });
    emitter.event(() => {
      throw new Error('one');
    });
    emitter.event((event) => heard.push(event));
    emitter.fire(1);
    later.mock.restore();
    assert.deepEqual([heard, thrown.length], [[1], 1]);
  });
});

describe('a stuck thread of local KV', () => {
  let client: SqliteClient;
  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    client = new SqliteClient(new URL('../fixtures/local/stuckWorker.mjs', import.meta.url));
  });
  afterEach(() => {
    client.dispose();
    mock.timers.reset();
  });
  const ask = (database: string) => client.request('sampleBlobs', { database });

  it('is replaced: the request in which it is fails, those behind and after it are served', async () => {
    assert.deepEqual(await ask('a'), ['sampleBlobs']);
    const stuck = assert.rejects(
      ask('stuck'),
      (error) => error instanceof FaultError && error.fault.reason === 'stuck',
    );
    const behind = ask('b');
    const bytes = new Uint8Array(1);
    const files = { database: '', blobs: '', lock: '' };
    const batch = { keys: ['k'], lengths: [1], bytes, metadata: [null], expirations: [null] };
    const moved = assert.rejects(
      client.request('put', { files, batch, durable: true }, [bytes.buffer]),
      (error) => error instanceof FaultError && error.fault.reason === 'stopped' && !error.fault.isUncertain,
    );
    mock.timers.tick(30_000);
    await Promise.all([stuck, moved]);
    assert.deepEqual(await behind, ['sampleBlobs']);
    assert.deepEqual(await ask('c'), ['sampleBlobs']);
  });

  it('is not taken for one while requests are served one after another', async () => {
    for (let i = 0; i < 5; i++) {
      const asked = [ask('a'), ask('b')];
      await Promise.all(asked);
      mock.timers.tick(20_000);
    }
  });
});
