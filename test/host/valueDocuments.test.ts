import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { eventually } from '../support/eventually.ts';
import { closeEditors, freshKey, inSeconds, open, testNamespace, type, withSettings } from './support.ts';

describe('value documents', () => {
  const kv = testNamespace('host-values');
  afterEach(closeEditors);

  it('keep metadata and expiration when they are saved', async () => {
    const key = freshKey();
    const expiration = inSeconds(3600);
    await kv.put(key, 'before', { metadata: { by: 'anna' }, expiration });
    const document = await open(kv.uri(key));
    assert.equal(document.getText(), 'before');
    await type(document, 'after');
    assert.ok(await document.save());
    assert.equal(document.isDirty, false);
    assert.deepEqual(await kv.get(key), { value: 'after', metadata: { by: 'anna' }, expiration });
  });

  it('can be saved again and again', async () => {
    const key = freshKey();
    await kv.put(key, 'start');
    const document = await open(kv.uri(key));
    for (const text of ['one', 'two', 'ten', 'one']) {
      await type(document, text);
      assert.ok(await document.save());
      assert.equal((await kv.get(key))?.value, text);
    }
  });

  for (const [name, elsewhere] of [
    ['equal', 'theirs'],
    ['another', 'theirs and more'],
  ] as const) {
    it(`are not saved over a value of ${name} length that was written elsewhere`, async () => {
      const key = freshKey();
      await kv.put(key, 'before');
      const document = await open(kv.uri(key));
      await type(document, 'mine');
      await kv.put(key, elsewhere);
      assert.equal(await document.save(), false);
      assert.equal(document.isDirty, true);
      assert.equal(document.getText(), 'mine');
      assert.equal((await kv.get(key))?.value, elsewhere);
    });
  }

  it('are written by “Overwrite”, after which saving goes on', async () => {
    const key = freshKey();
    await kv.put(key, 'before', { metadata: 1 });
    const document = await open(kv.uri(key));
    await type(document, 'mine');
    await kv.put(key, 'theirs', { metadata: 2 });
    assert.equal(await document.save(), false);
    // What VS Code does for its button: ask for the newest version, then write whatever it says.
    await vscode.workspace.fs.stat(document.uri);
    await vscode.workspace.fs.writeFile(document.uri, Buffer.from('mine'));
    assert.deepEqual(await kv.get(key), { value: 'mine', metadata: 2 });
  });

  it('are saved automatically where they are local, but not over a change of theirs', async () => {
    const key = freshKey();
    await kv.put(key, 'before', { metadata: 1 });
    const autoSave = { 'files.autoSave': 'afterDelay', 'files.autoSaveDelay': 50 };
    const document = await open(kv.uri(key));
    await withSettings(autoSave, async () => {
      await type(document, 'after');
      await eventually(async () => assert.deepEqual(await kv.get(key), { value: 'after', metadata: 1 }));
      await eventually(() => assert.equal(document.isDirty, false));
    });
    // Before it would be saved, and before the editor could show theirs.
    await type(document, 'mine alone');
    await kv.put(key, 'theirs');
    await withSettings(autoSave, async () => {
      await type(document, 'mine');
      // The next automatic save of another document comes later than this one's would have come.
      const other = freshKey();
      await kv.put(other, 'before');
      await type(await open(kv.uri(other)), 'after');
      await eventually(async () => assert.equal((await kv.get(other))?.value, 'after'));
      assert.equal((await kv.get(key))?.value, 'theirs');
      assert.equal(document.getText(), 'mine');
    });
  });

  it('keep metadata that was changed elsewhere', async () => {
    const key = freshKey();
    const expiration = inSeconds(7200);
    await kv.put(key, 'before', { metadata: 'old' });
    const document = await open(kv.uri(key));
    await type(document, 'after');
    await kv.put(key, 'before', { metadata: 'new', expiration });
    assert.ok(await document.save());
    assert.deepEqual(await kv.get(key), { value: 'after', metadata: 'new', expiration });
  });

  it('show a new value of theirs when they have no unsaved text', async () => {
    const key = freshKey();
    await kv.put(key, 'before');
    const document = await open(kv.uri(key));
    await vscode.workspace.fs.writeFile(document.uri, Buffer.from('after!'));
    await eventually(() => assert.equal(document.getText(), 'after!'));
    await type(document, 'again');
    assert.ok(await document.save());
    assert.equal((await kv.get(key))?.value, 'again');
  });
});
