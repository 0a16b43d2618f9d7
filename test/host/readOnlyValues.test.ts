import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { eventually } from '../support/eventually.ts';
import { closeEditors, expectFsError, expectKvError, freshKey, run, testNamespace } from './support.ts';
import { WindowSpy } from './windowSpy.ts';

describe('values that an editor would damage', () => {
  const kv = testNamespace('host-readonly');
  afterEach(closeEditors);

  const values: Record<string, Uint8Array> = {
    'not UTF-8': Uint8Array.of(0x61, 0xff, 0xfe, 0x62),
    'a surrogate in UTF-8': Uint8Array.of(0xed, 0xa0, 0x80),
    'mixed line endings': Buffer.from('one\r\ntwo\nthree'),
    'a lone CR': Buffer.from('one\rtwo'),
    'a CR at the end': Buffer.from('one\n\r'),
    'a zero byte': Buffer.from('one\0two'),
  };

  for (const [name, value] of Object.entries(values)) {
    it(`open read-only: ${name}`, async () => {
      const key = freshKey();
      await kv.put(key, value);
      const uri = kv.uri(key);
      const { permissions } = await vscode.workspace.fs.stat(uri);
      assert.equal(permissions, vscode.FilePermission.Readonly);
      assert.deepEqual(Buffer.from(await vscode.workspace.fs.readFile(uri)), Buffer.from(value));
      await expectFsError(vscode.workspace.fs.writeFile(uri, Buffer.from('text')), 'NoPermissions', key, 'Put Value');
      assert.deepEqual(Buffer.from((await kv.foreign.get(key))?.value ?? []), Buffer.from(value));
    });
  }

  it('can be replaced by a command, and are editable then', async () => {
    const key = freshKey();
    await kv.put(key, 'one\rtwo');
    await vscode.workspace.fs.stat(kv.uri(key));
    await run('putKey', { namespace: kv.namespace, key, value: 'text' });
    assert.equal((await vscode.workspace.fs.stat(kv.uri(key))).permissions, undefined);
    await vscode.workspace.fs.writeFile(kv.uri(key), Buffer.from('other'));
    assert.equal((await kv.get(key))?.value, 'other');
  });

  it('have an entry document that can be edited', async () => {
    const key = freshKey();
    await kv.put(key, 'one\rtwo');
    await vscode.workspace.fs.stat(kv.entryUri(key));
    await vscode.workspace.fs.writeFile(kv.entryUri(key), Buffer.from('{"metadata": 5}'));
    assert.deepEqual(await kv.get(key), { value: 'one\rtwo', metadata: 5 });
  });
});

describe('a namespace that is switched to read-only', () => {
  const kv = testNamespace('host-switched');
  const { namespace } = kv;
  afterEach(closeEditors);

  it('refuses every write, and keeps the version of its documents', async () => {
    const key = freshKey();
    await kv.put(key, 'value');
    const before = await vscode.workspace.fs.stat(kv.uri(key));
    assert.equal(await run('toggleReadOnly', { namespace }), true);
    try {
      for (const uri of [kv.uri(key), kv.entryUri(key)]) {
        assert.equal((await vscode.workspace.fs.stat(uri)).permissions, vscode.FilePermission.Readonly);
        await expectFsError(vscode.workspace.fs.writeFile(uri, Buffer.from('{}')), 'NoPermissions', 'read-only');
      }
      const { mtime, size } = await vscode.workspace.fs.stat(kv.uri(key));
      assert.deepEqual([mtime, size], [before.mtime, before.size]);
      await expectFsError(vscode.workspace.fs.delete(kv.uri(key)), 'NoPermissions', 'read-only');
      await expectFsError(vscode.workspace.fs.copy(kv.uri(key), kv.uri(freshKey())), 'NoPermissions', 'read-only');
      const writes: readonly (readonly [string, object])[] = [
        ['putKey', { key, value: 'x' }],
        ['newKey', { key: freshKey() }],
        ['renameKey', { key, newKey: freshKey() }],
        ['duplicateKey', { key, newKey: freshKey() }],
        ['deleteKeys', { keys: [key], confirm: true }],
        ['setExpiration', { keys: [key], expiration: null }],
      ];
      for (const [name, args] of writes)
        await expectKvError(
          run(name, { namespace, ...args }),
          'readOnly',
          /^Nothing was written to .* \(local, shop\)\. .*read-only/,
        );
    } finally {
      assert.equal(await run('toggleReadOnly', { namespace }), false);
    }
    assert.deepEqual(await kv.get(key), { value: 'value' });
    await vscode.workspace.fs.writeFile(kv.uri(key), Buffer.from('written'));
    assert.equal((await kv.get(key))?.value, 'written');
  });

  it('says so once, with the way back', async () => {
    const [one, two, three] = [freshKey(), freshKey(), freshKey()];
    for (const key of [one, two, three]) await kv.put(key, 'value');
    await run('toggleReadOnly', { namespace });
    const spy = new WindowSpy();
    try {
      await vscode.window.showTextDocument(kv.uri(one));
      await eventually(() => assert.deepEqual(spy.asked[0]?.items, ['Allow Writing']));
      spy.answer = () => 'Allow Writing';
      await vscode.window.showTextDocument(kv.uri(two));
      assert.equal(spy.asked.length, 1);
      await run('toggleReadOnly', { namespace });
      await run('toggleReadOnly', { namespace });
      await vscode.window.showTextDocument(kv.uri(three));
      await eventually(() => assert.match(spy.asked.at(-1)?.text ?? '', /^Can be written again/));
    } finally {
      spy.restore();
    }
    await vscode.workspace.fs.writeFile(kv.uri(one), Buffer.from('written'));
  });
});
