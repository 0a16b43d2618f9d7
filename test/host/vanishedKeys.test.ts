import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { eventually } from '../support/eventually.ts';
import {
  closeEditors,
  expectFsError,
  expectKvError,
  freshKey,
  inSeconds,
  open,
  run,
  type TestNamespace,
  testNamespace,
  type,
} from './support.ts';
import { WindowSpy } from './windowSpy.ts';

describe('a key that went, or is about to go, while its document is open', () => {
  const kv = testNamespace('host-vanished');
  afterEach(closeEditors);

  const edited = async (key: string): Promise<vscode.TextDocument> => {
    const document = await open(kv.uri(key));
    await type(document, 'edited');
    return document;
  };

  const cases: Record<string, { leave: (kv: TestNamespace, key: string) => unknown; says: string }> = {
    'was deleted': { leave: (kv, key) => kv.foreign.delete(key), says: 'it was deleted elsewhere' },
    'has expired': { leave: (kv, key) => kv.expireIn(key, -1), says: 'it was deleted elsewhere' },
    'was seen to expire': {
      leave: async (kv, key) => {
        // It must be seen before that.
        kv.expireIn(key, 5);
        await vscode.workspace.fs.stat(kv.uri(key));
        await eventually(async () => assert.equal(await kv.get(key), undefined));
      },
      says: 'it has expired',
    },
  };
  for (const [name, { leave, says }] of Object.entries(cases)) {
    it(`that ${name} is not created again by a save`, async () => {
      const key = freshKey();
      await kv.put(key, 'before', { metadata: { by: 'anna' }, expiration: inSeconds(3600) });
      const document = await edited(key);
      await leave(kv, key);
      assert.equal(await document.save(), false);
      assert.equal(document.isDirty, true);
      assert.equal(await kv.get(key), undefined);
      await expectFsError(
        vscode.workspace.fs.writeFile(document.uri, Buffer.from('edited')),
        'Unknown',
        key,
        says,
        '(command:cloudflareKv.saveWithExpiration?',
      );
    });
  }

  const choices: Record<string, { choice: () => object; left: number | undefined }> = {
    'an expiration': { choice: () => ({ expiration: inSeconds(86_400) }), left: 86_400 },
    'no expiration': { choice: () => ({ expiration: null }), left: undefined },
    'a TTL': { choice: () => ({ expirationTtl: 120 }), left: 120 },
  };
  it('is created again by the text of its address, and no other document is', async () => {
    const key = freshKey('a/b');
    await kv.put(key, 'before');
    const document = await edited(key);
    await kv.foreign.delete(key);
    await run('saveWithExpiration', { uri: document.uri.toString(), expiration: null });
    assert.equal((await kv.get(key))?.value, 'edited');
    const uri = 'https://example.com/a';
    await expectKvError(run('saveWithExpiration', { uri, expiration: null }), 'invalidInput', 'the Uri of a value');
  });

  for (const [name, { choice, left }] of Object.entries(choices)) {
    it(`is created again with ${name} chosen, and the metadata that it had`, async () => {
      const key = freshKey();
      await kv.put(key, 'before', { metadata: { by: 'anna' }, expiration: inSeconds(300) });
      const document = await edited(key);
      await kv.foreign.delete(key);
      const result = await run('saveWithExpiration', { uri: document.uri, ...choice() });
      assert.deepEqual(result, { namespace: kv.namespace, key });
      assert.equal(document.isDirty, false);
      const { expiration, ...rest } = (await kv.get(key)) ?? {};
      assert.deepEqual(rest, { value: 'edited', metadata: { by: 'anna' } });
      if (left === undefined) assert.equal(expiration, undefined);
      else assert.ok(Math.abs((expiration ?? 0) - inSeconds(left)) < 200);
    });
  }

  it('is not saved with less than a minute to live, until an expiration is chosen', async () => {
    const key = freshKey();
    await kv.put(key, 'before', { metadata: 7 });
    kv.expireIn(key, 40);
    const document = await edited(key);
    assert.equal(await document.save(), false);
    await expectFsError(
      vscode.workspace.fs.writeFile(document.uri, Buffer.from('edited')),
      'Unknown',
      key,
      /it would expire in (40|[1-3]\d) s, and KV needs at least 60/,
      'Choose a new expiration',
      '(command:cloudflareKv.saveWithExpiration?',
    );
    assert.equal((await kv.get(key))?.value, 'before');
    await run('saveWithExpiration', { uri: document.uri, expiration: null });
    assert.equal(document.isDirty, false);
    assert.deepEqual(await kv.get(key), { value: 'edited', metadata: 7 });
  });

  it('that was removed as a file is not created again by a save either', async () => {
    const key = freshKey();
    await kv.put(key, 'before', { metadata: 1 });
    const document = await edited(key);
    await vscode.workspace.fs.delete(document.uri);
    assert.equal(await document.save(), false);
    assert.equal(await kv.get(key), undefined);
    await run('saveWithExpiration', { uri: document.uri, expirationTtl: 60 });
    assert.equal((await kv.get(key))?.metadata, 1);
  });

  it('keeps a byte order mark when its unchanged text is saved again', async () => {
    const key = freshKey();
    await kv.put(key, '\uFEFFtext');
    const document = await open(kv.uri(key));
    await kv.foreign.delete(key);
    await run('saveWithExpiration', { uri: document.uri, expiration: null });
    assert.equal((await kv.get(key))?.value, '\uFEFFtext');
  });

  it('is not made out of nothing', async () => {
    const uri = kv.uri(freshKey());
    await expectKvError(run('saveWithExpiration', { uri, expiration: null }), 'notFound');
    await assert.rejects(async () => vscode.workspace.openTextDocument(uri));
    await expectKvError(
      run('saveWithExpiration', { uri: vscode.Uri.file('/tmp/x'), expiration: null }),
      'invalidInput',
    );
    await expectKvError(run('saveWithExpiration', { uri: 5, expiration: null }), 'invalidInput', 'uri');
    await expectKvError(run('saveWithExpiration', { uri }), 'invalidInput', 'expiration');
  });

  it('that is made by somebody else while its expiration is asked for is not overwritten', async () => {
    const key = freshKey();
    const uri = kv.uri(key);
    await vscode.commands.executeCommand('vscode.open', uri);
    const spy = new WindowSpy();
    try {
      spy.answer = async ({ how }) => {
        if (how !== 'showQuickPick') return undefined;
        await kv.put(key, 'theirs');
        return { answer: null };
      };
      // What the editor's “Create File” does.
      await assert.rejects(async () => vscode.workspace.fs.writeFile(uri, new Uint8Array()), /exists already/);
      assert.deepEqual(
        spy.asked.map(({ how }) => how),
        ['showQuickPick'],
      );
    } finally {
      spy.restore();
    }
    assert.equal((await kv.get(key))?.value, 'theirs');
  });

  it('takes the URI as JSON, as a keybinding gives it', async () => {
    const key = freshKey();
    await kv.put(key, 'before');
    const document = await edited(key);
    await run('saveWithExpiration', { uri: document.uri.toJSON(), expirationTtl: 90 });
    assert.equal(document.isDirty, false);
    assert.equal((await kv.get(key))?.value, 'edited');
  });

  it('does not overwrite a change of theirs for a chosen expiration', async () => {
    const key = freshKey();
    await kv.put(key, 'before');
    const document = await edited(key);
    await kv.put(key, 'theirs');
    await expectKvError(
      run('saveWithExpiration', { uri: document.uri, expiration: null }),
      'conflict',
      'changed elsewhere',
    );
    assert.equal((await kv.get(key))?.value, 'theirs');
    assert.equal(document.isDirty, true);
  });
});
