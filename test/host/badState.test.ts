import assert from 'node:assert/strict';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import * as vscode from 'vscode';
import { eventually } from '../support/eventually.ts';
import {
  closeEditors,
  expectFsError,
  expectKvError,
  extension,
  foreignSource,
  freshKey,
  open,
  openDatabase,
  removeFolder,
  run,
  type TestNamespace,
  testNamespace,
  type,
  workspace,
} from './support.ts';
import { WindowSpy } from './windowSpy.ts';

const namesOf = async (source: string): Promise<string[]> =>
  (await extension().exports.namespaces()).filter((namespace) => namespace.source === source).map(({ title }) => title);

/** Adds a project to the workspace and has the extension find it. */
async function newProject(name: string, bindings: Readonly<Record<string, string>>) {
  const folder = join(workspace, name);
  await mkdir(folder, { recursive: true });
  const kv_namespaces = Object.entries(bindings).map(([binding, id]) => ({ binding, id }));
  await writeFile(join(folder, 'wrangler.jsonc'), JSON.stringify({ name, kv_namespaces }));
  const source = foreignSource(folder);
  await run('refresh', {});
  assert.deepEqual(await namesOf(source.id), Object.keys(bindings));
  return source;
}

describe('wrangler configs', () => {
  it('are found, read again and forgotten as they come, change and go', async () => {
    const source = foreignSource(join(workspace, 'src'));
    const config = join(workspace, 'src', 'wrangler.jsonc');
    await writeFile(config, '{ "kv_namespaces": [{ "binding": "ONE", "id": "one" }] }');
    await eventually(async () => assert.deepEqual(await namesOf(source.id), ['ONE']));
    await writeFile(config, '{ "kv_namespaces": [{ "binding": "ONE", "id": "one" }, { "binding": "TWO" }] }');
    await eventually(async () => assert.deepEqual(await namesOf(source.id), ['ONE', 'TWO']));
    await rm(config);
    await eventually(async () => assert.deepEqual(await namesOf(source.id), []));
  });

  it('that are broken hide nothing, neither of theirs nor of others', async () => {
    const source = await newProject('breaking', { ONE: 'one' });
    const config = join(workspace, 'breaking', 'wrangler.jsonc');
    await writeFile(config, '{ "kv_namespaces": [{ "binding": "KEPT", "id": "kept" }, { "binding": 5 }], }');
    await eventually(async () => assert.deepEqual(await namesOf(source.id), ['KEPT']));
    await writeFile(config, '{ "kv_namespaces": [');
    await eventually(async () => assert.ok(!(await namesOf(source.id)).includes('KEPT')));
    assert.ok((await namesOf(foreignSource().id)).includes('SESSIONS'));
    await writeFile(config, '{ "kv_namespaces": [{ "binding": "BACK" }] }');
    await eventually(async () => assert.deepEqual(await namesOf(source.id), ['BACK']));
    await removeFolder(dirname(config));
  });
});

describe('local state that is not as it should be', () => {
  let spy: WindowSpy;
  beforeEach(() => {
    spy = new WindowSpy();
  });
  afterEach(async () => {
    spy.restore();
    await closeEditors();
  });

  const isAlive = async (): Promise<void> => {
    const other = testNamespace('host-alive');
    const key = freshKey();
    await run('putKey', { namespace: other.namespace, key, value: 'alive' });
    assert.equal((await other.get(key))?.value, 'alive');
  };

  const files: Record<string, { make: (path: string) => Promise<void> | void; kind: 'server' | 'unsupported' }> = {
    'no database': {
      make: (path) => writeFile(path, 'this is not a database, but long enough to be one'.repeat(99)),
      kind: 'server',
    },
    'a database of something else': {
      make: (path) => {
        const database = openDatabase(path);
        database.exec('CREATE TABLE other (a, b)');
        database.close();
      },
      kind: 'unsupported',
    },
  };
  for (const [name, { make, kind }] of Object.entries(files)) {
    it(`${name} is named, left alone, and hides no other namespace`, async () => {
      const source = await newProject(`damaged-${kind}`, { BAD: 'bad', GOOD: 'good' });
      const [bad, good] = [testNamespace('bad', source), testNamespace('good', source)];
      await good.put('key', 'value');
      await make(bad.files.database);
      const before = await readFile(bad.files.database);
      const { namespace } = bad;
      await expectKvError(run('openKey', { namespace, key: 'key' }), kind, 'key', bad.files.database);
      await expectKvError(run('putKey', { namespace, key: 'key', value: 'v' }), kind, bad.files.database);
      await expectKvError(run('deleteKeys', { namespace, keys: ['key'], confirm: true }), kind);
      await expectKvError(run('loadAll', { namespace }), kind, bad.files.database);
      await expectFsError(
        vscode.workspace.fs.readDirectory(bad.uri('x').with({ path: '/bad' })),
        kind === 'server' ? 'Unavailable' : 'NoPermissions',
      );
      assert.deepEqual(await readFile(bad.files.database), before);
      assert.equal((await open(good.uri('key'))).getText(), 'value');
      assert.deepEqual(await namesOf(source.id), ['BAD', 'GOOD']);
      await isAlive();
    });
  }

  describe('in a row that names no file', () => {
    const kv = testNamespace('host-damaged');
    const { namespace } = kv;
    let key: string;
    beforeEach(async () => {
      key = freshKey('damaged');
      await kv.put(key, 'lost', { metadata: { by: 'anna' } });
      const database = openDatabase(kv.files.database);
      database.prepare("UPDATE _mf_entries SET blob_id = '../x' WHERE key = ?").run(key);
      database.close();
    });
    const told = (): readonly string[] => spy.asked.map(({ detail, text }) => detail ?? text);
    const cannotUndo = /Undo cannot restore damaged values: damaged-.*\./;

    it('is written anew where the user agrees, and told that it cannot be undone', async () => {
      await expectKvError(run('openKey', { namespace, key }), 'unsupported', key, 'names no file of a value');
      assert.equal(await run('putKey', { namespace, key, value: 'new' }), undefined);
      assert.match(told()[0] ?? '', cannotUndo);
      await expectKvError(run('openKey', { namespace, key }), 'unsupported', key);
      spy.answer = ({ items }) => items[0];
      await run('putKey', { namespace, key, value: 'new' });
      assert.deepEqual(await kv.get(key), { value: 'new', metadata: { by: 'anna' } });
      assert.equal(spy.asked.length, 2);
    });

    it('is written anew without a question where that is confirmed', async () => {
      await run('putKey', { namespace, key, value: 'new', metadata: null, confirm: true });
      assert.deepEqual([await kv.get(key), spy.asked], [{ value: 'new' }, []]);
    });

    it('is deleted with others, which come back with Undo', async () => {
      const other = freshKey('other');
      await kv.put(other, 'kept');
      spy.answer = ({ items }) => items[0];
      const outcome = await run<{ done: number; undo: string; damaged: readonly string[] }>('deleteKeys', {
        namespace,
        keys: [key, other],
      });
      assert.deepEqual([outcome.done, outcome.damaged], [2, [key]]);
      assert.match(told()[0] ?? '', cannotUndo);
      await run('undo', { id: outcome.undo, confirm: true });
      assert.deepEqual([(await kv.get(other))?.value, await kv.get(key)], ['kept', undefined]);
    });

    it('goes with all others when its namespace is cleared', async () => {
      await run('clearNamespace', { namespace, confirm: true });
      const { keys } = await kv.foreign.list({});
      assert.deepEqual([keys, spy.asked], [[], []]);
    });
  });

  it('removed under an open document leaves its text to be saved again', async () => {
    const source = await newProject('removed', { KV: 'kv' });
    const kv = testNamespace('kv', source);
    await kv.put('key', 'before', { metadata: { by: 'anna' } });
    const document = await open(kv.uri('key'));
    await type(document, 'unsaved');
    await removeFolder(join(workspace, 'removed', '.wrangler'));
    assert.equal(await document.save(), false);
    assert.equal(document.isDirty, true);
    await expectKvError(run('openKey', { namespace: kv.namespace, key: 'key' }), 'notFound', 'key');
    await run('saveWithExpiration', { uri: document.uri, expiration: null });
    assert.equal(document.isDirty, false);
    assert.deepEqual(await kv.get('key'), { value: 'unsaved', metadata: { by: 'anna' } });
    await type(document, 'saved as ever');
    assert.ok(await document.save());
    assert.equal((await kv.get('key'))?.value, 'saved as ever');
  });

  it('removed and made anew by somebody else is seen as it is now', async () => {
    const source = await newProject('remade', { KV: 'kv' });
    const kv = testNamespace('kv', source);
    await kv.put('key', 'before');
    const document = await open(kv.uri('key'));
    await type(document, 'mine');
    await removeFolder(join(workspace, 'remade', '.wrangler'));
    await kv.put('key', 'theirs');
    assert.equal(await document.save(), false);
    assert.equal((await kv.get('key'))?.value, 'theirs');
    await run('putKey', { namespace: kv.namespace, key: 'other', value: 'v' });
    assert.equal((await kv.get('other'))?.value, 'v');
  });

  it('refuses a write that fails, loses nothing by it, and takes it once it can', async () => {
    const source = await newProject('blocked', { KV: 'kv' });
    const kv = testNamespace('kv', source);
    await kv.put('key', 'before', { metadata: 1 });
    const document = await open(kv.uri('key'));
    await type(document, 'after');
    const { blobs } = kv.files;
    await rename(blobs, `${blobs}-away`);
    await writeFile(blobs, '');
    assert.equal(await document.save(), false);
    assert.equal(document.isDirty, true);
    await expectKvError(run('newKey', { namespace: kv.namespace, key: 'new', value: 'v' }), 'server', 'new', blobs);
    await isAlive();
    await rm(blobs);
    await rename(`${blobs}-away`, blobs);
    assert.deepEqual(await kv.get('key'), { value: 'before', metadata: 1 });
    assert.ok(await document.save());
    assert.deepEqual(await kv.get('key'), { value: 'after', metadata: 1 });
  });

  describe('while another program holds it', () => {
    let kv: TestNamespace;
    let lock: DatabaseSync | undefined;

    const hold = (): void => {
      lock = openDatabase(join(dirname(kv.files.database), 'metadata.sqlite'));
      lock.exec('PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT');
    };
    const release = (): void => {
      lock?.close();
      lock = undefined;
    };
    before(async () => {
      kv = testNamespace('kv', await newProject('held', { KV: 'kv' }));
    });
    afterEach(release);

    it('is read and not written', async () => {
      const { namespace } = kv;
      await kv.put('key', 'before');
      hold();
      const document = await open(kv.uri('key'));
      assert.equal(document.getText(), 'before');
      await type(document, 'after');
      // All at once: each waits for some seconds, in case it is a dev server that starts or stops.
      const [saved] = await Promise.all([
        document.save(),
        expectKvError(run('putKey', { namespace, key: 'other', value: 'v' }), 'busy', 'other'),
        expectKvError(run('duplicateKey', { namespace, key: 'key', newKey: 'copy' }), 'busy', 'copy'),
      ]);
      assert.equal(saved, false);
      assert.equal(document.isDirty, true);
      assert.equal((await kv.get('key'))?.value, 'before');
      release();
      assert.ok(await document.save());
      assert.equal((await kv.get('key'))?.value, 'after');
    });
  });
});
