import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { eventually } from '../support/eventually.ts';
import { closeEditors, expectFsError, extension, freshKey, inSeconds, testNamespace } from './support.ts';
import { WindowSpy } from './windowSpy.ts';

const { fs } = vscode.workspace;

describe('KV as a file system', () => {
  const kv = testNamespace('host-files');
  let root: vscode.Uri;
  before(() => {
    root = kv.uri('x').with({ path: '/host-files' });
  });
  afterEach(closeEditors);

  it('has namespaces as folders', async () => {
    assert.equal((await fs.stat(root)).type, vscode.FileType.Directory);
    const other = testNamespace('host-files-list');
    await other.foreign.putMany(['a/b', '.x', 'z'].map((key) => ({ key, value: Buffer.from('v') })));
    assert.deepEqual(await fs.readDirectory(other.uri('z').with({ path: '/host-files-list' })), [
      ['.x', vscode.FileType.File],
      ['a%2Fb', vscode.FileType.File],
      ['z', vscode.FileType.File],
    ]);
    const entries = await fs.readDirectory(other.entryUri('z').with({ path: '/host-files-list' }));
    assert.deepEqual(
      entries.map(([name]) => name),
      ['.x.json', 'a%2Fb.json', 'z.json'],
    );
    await expectFsError(fs.readDirectory(other.uri('z')), 'FileNotADirectory');
  });

  it('lists the first page of a namespace at most', async () => {
    const many = testNamespace('host-files-many');
    const keys = Array.from({ length: 1100 }, (_, index) => `k${String(index).padStart(5, '0')}`);
    await many.foreign.putMany(keys.map((key) => ({ key, value: Buffer.from('v') })));
    assert.equal((await fs.readDirectory(many.uri('k').with({ path: '/host-files-many' }))).length, 1000);
  });

  it('creates, reads and replaces a value', async () => {
    const uri = kv.uri(freshKey());
    await fs.writeFile(uri, Buffer.from('one'));
    assert.equal(Buffer.from(await fs.readFile(uri)).toString(), 'one');
    await fs.writeFile(uri, Buffer.from('two'));
    assert.equal(Buffer.from(await fs.readFile(uri)).toString(), 'two');
  });

  it('keeps metadata and expiration when it writes', async () => {
    const key = freshKey();
    const extras = { metadata: [1], expiration: inSeconds(900) };
    await kv.put(key, 'one', extras);
    await fs.writeFile(kv.uri(key), Buffer.from('two'));
    assert.deepEqual(await kv.get(key), { value: 'two', ...extras });
  });

  it('renames, copies and deletes whole entries', async () => {
    const [key, copied, renamed] = [freshKey(), freshKey('copy'), freshKey('new/name')];
    const extras = { metadata: { m: 1 }, expiration: inSeconds(900) };
    await kv.put(key, 'value', extras);
    await fs.copy(kv.uri(key), kv.uri(copied));
    await fs.rename(kv.uri(key), kv.uri(renamed));
    assert.equal(await kv.get(key), undefined);
    assert.deepEqual(await kv.get(copied), { value: 'value', ...extras });
    assert.deepEqual(await kv.get(renamed), { value: 'value', ...extras });
    await fs.delete(kv.uri(copied));
    assert.equal(await kv.get(copied), undefined);
  });

  it('copies between namespaces', async () => {
    const other = testNamespace('host-files-other');
    const key = freshKey();
    await kv.put(key, 'value', { metadata: 'm' });
    await fs.copy(kv.uri(key), other.uri(key));
    assert.deepEqual(await other.get(key), { value: 'value', metadata: 'm' });
    await expectFsError(fs.rename(kv.uri(key), other.uri(freshKey())), 'NoPermissions', 'inside its namespace');
  });

  it('replaces an existing target only when asked to', async () => {
    const [key, target] = [freshKey(), freshKey()];
    await kv.put(key, 'value');
    await kv.put(target, 'there');
    await expectFsError(fs.rename(kv.uri(key), kv.uri(target)), 'FileExists');
    await expectFsError(fs.copy(kv.uri(key), kv.uri(target)), 'FileExists');
    assert.equal((await kv.get(target))?.value, 'there');
    await fs.copy(kv.uri(key), kv.uri(target), { overwrite: true });
    assert.equal((await kv.get(target))?.value, 'value');
  });

  it('says that a missing key is not there', async () => {
    const uri = kv.uri(freshKey());
    await expectFsError(fs.stat(uri), 'FileNotFound');
    await expectFsError(fs.readFile(uri), 'FileNotFound');
    await expectFsError(fs.delete(uri), 'FileNotFound');
    await expectFsError(fs.rename(uri, kv.uri(freshKey())), 'FileNotFound');
    await expectFsError(fs.stat(kv.entryUri(freshKey())), 'FileNotFound');
  });

  it('refuses what KV has no such thing as', async () => {
    const key = freshKey();
    await kv.put(key, 'value');
    await expectFsError(fs.delete(root, { recursive: true }), 'NoPermissions');
    await expectFsError(fs.rename(root, root.with({ path: '/elsewhere' }), { overwrite: true }), 'NoPermissions');
    await expectFsError(fs.writeFile(root, Buffer.from('x')), 'NoPermissions');
    await expectFsError(fs.createDirectory(kv.uri(freshKey())), 'NoPermissions');
    await expectFsError(fs.delete(kv.entryUri(key)), 'NoPermissions', 'belong to their key');
    await expectFsError(fs.rename(kv.entryUri(key), kv.entryUri(freshKey())), 'NoPermissions');
    await expectFsError(fs.copy(kv.entryUri(key), kv.entryUri(freshKey())), 'NoPermissions');
    await expectFsError(fs.readFile(root), 'FileIsADirectory');
    assert.equal((await kv.get(key))?.value, 'value');
  });

  it('has nothing at addresses that no key has', async () => {
    for (const path of ['/host-files/a/b', '/host-files/%41', '/host-files/%2f', '/%41/a', '/host-files/.']) {
      await expectFsError(fs.stat(kv.uri('x').with({ path })), 'FileNotFound');
    }
    await expectFsError(fs.stat(kv.uri('x').with({ query: 'a=b' })), 'FileNotFound');
    await expectFsError(fs.stat(kv.uri('x').with({ fragment: 'a' })), 'FileNotFound');
    await expectFsError(fs.stat(kv.entryUri('x').with({ path: '/host-files/x' })), 'FileNotFound');
  });

  it('says that a source it does not know is unavailable, not that the key is missing', async () => {
    const gone = { source: 'local-0123456789abcdef', id: 'x' };
    const { valueUri, entryUri } = extension().exports;
    for (const uri of [valueUri(gone, 'k'), entryUri(gone, 'k')]) {
      await expectFsError(fs.stat(uri), 'Unavailable', 'not part of the workspace');
      await expectFsError(fs.readFile(uri), 'Unavailable');
      await expectFsError(fs.writeFile(uri, Buffer.from('x')), 'Unavailable');
    }
  });

  it('says why a value that is opened cannot be read, which its editor does not', async () => {
    const spy = new WindowSpy();
    try {
      const uri = extension().exports.valueUri({ source: 'local-0123456789abcdef', id: 'x' }, 'k');
      await vscode.commands.executeCommand('vscode.open', uri);
      await eventually(() => assert.match(spy.asked[0]?.text ?? '', /not part of the workspace/));
    } finally {
      spy.restore();
    }
  });

  it('holds every write against the limits of KV', async () => {
    const { MAX_VALUE_BYTES } = await import('../../src/core/entry/limits.ts');
    const key = freshKey();
    await expectFsError(fs.writeFile(kv.uri(key), new Uint8Array(MAX_VALUE_BYTES + 1)), 'Unknown', key, '25 MiB');
    await expectFsError(fs.writeFile(kv.uri('x'.repeat(513)), Buffer.from('x')), 'Unknown', '512 bytes');
    await expectFsError(fs.writeFile(kv.uri('..'), Buffer.from('x')), 'Unknown', 'cannot be a key');
    assert.equal(await kv.get(key), undefined);
  });
});

describe('the version of a document', () => {
  const kv = testNamespace('host-versions');

  it('moves with the value and with nothing else', async () => {
    const key = freshKey();
    await kv.put(key, 'one');
    const first = await fs.stat(kv.uri(key));
    await kv.put(key, 'one', { metadata: 5 });
    assert.deepEqual(await fs.stat(kv.uri(key)), first);
    await kv.put(key, 'two');
    const second = await fs.stat(kv.uri(key));
    assert.ok(second.mtime > first.mtime);
    assert.notEqual(second.size, first.size);
  });

  it('of an entry document moves with metadata and expiration and with nothing else', async () => {
    const key = freshKey();
    await kv.put(key, 'one', { metadata: 5 });
    const first = await fs.stat(kv.entryUri(key));
    await kv.put(key, 'two', { metadata: 5 });
    assert.deepEqual(await fs.stat(kv.entryUri(key)), first);
    await kv.put(key, 'two', { metadata: 6 });
    const second = await fs.stat(kv.entryUri(key));
    assert.ok(second.mtime > first.mtime);
    assert.notEqual(second.size, first.size);
  });

  it('after a write is that of the write, whatever was written elsewhere since', async () => {
    const key = freshKey();
    await fs.writeFile(kv.uri(key), Buffer.from('mine'));
    await kv.put(key, 'a much longer value of theirs');
    assert.equal((await fs.stat(kv.uri(key))).size, 4);
    assert.notEqual((await fs.stat(kv.uri(key))).size, 4);
  });

  it('lets the look before a save count for that one save', async () => {
    const key = freshKey();
    await kv.put(key, 'one');
    await fs.stat(kv.uri(key));
    await fs.writeFile(kv.uri(key), Buffer.from('mine'));
    await kv.put(key, 'three');
    await expectFsError(fs.writeFile(kv.uri(key), Buffer.from('mine again')), 'Unknown', 'changed elsewhere');
    assert.equal((await kv.get(key))?.value, 'three');
  });

  it('does not write bytes that are there already', async () => {
    const key = freshKey();
    await kv.put(key, 'one');
    const blobs = async (): Promise<string[]> =>
      (await fs.readDirectory(vscode.Uri.file(kv.files.blobs))).map(([name]) => name);
    const before = await blobs();
    await fs.stat(kv.uri(key));
    await fs.writeFile(kv.uri(key), Buffer.from('one'));
    assert.deepEqual(await blobs(), before);
    await fs.writeFile(kv.uri(key), Buffer.from('two'));
    assert.notDeepEqual(await blobs(), before);
  });
});
