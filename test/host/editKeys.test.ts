import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { eventually } from '../support/eventually.ts';
import { useAccount } from './account.ts';
import { closeEditors, expectKvError, freshKey, inSeconds, open, run, testNamespace, type } from './support.ts';
import { WindowSpy } from './windowSpy.ts';

type Fields = Record<string, { value?: string; base64?: string; metadata?: unknown; expiration?: string }>;

describe('editKeys', () => {
  const kv = testNamespace('host-edit-keys');
  const { namespace } = kv;
  let spy: WindowSpy;
  let prefix: string;
  beforeEach(() => {
    spy = new WindowSpy();
    prefix = `${freshKey()}/`;
  });
  afterEach(async () => {
    spy.restore();
    await closeEditors();
  });

  const edit = async (what: object): Promise<vscode.TextDocument> => {
    const { uri } = await run<{ uri: vscode.Uri }>('editKeys', { namespace, ...what });
    const document = await open(uri);
    assert.equal(document.languageId, 'json');
    return document;
  };
  const fieldsOf = (document: vscode.TextDocument): Fields => JSON.parse(document.getText());
  const save = async (document: vscode.TextDocument, fields: Fields): Promise<boolean> => {
    await type(document, JSON.stringify(fields, undefined, 2));
    return document.save();
  };
  const confirmAll = (): void => {
    spy.answer = ({ detail, items }) => (detail === undefined ? undefined : items[0]);
  };

  it('is read-only where its namespace is, unless it has unsaved text', async () => {
    await kv.put(`${prefix}a`, '1');
    const document = await edit({ prefix });
    const permissions = async (): Promise<vscode.FilePermission | undefined> =>
      (await vscode.workspace.fs.stat(document.uri)).permissions;
    await type(document, '{}');
    await run('toggleReadOnly', { namespace });
    try {
      assert.equal(await permissions(), undefined);
      assert.equal(await document.save(), false);
      await vscode.commands.executeCommand('workbench.action.files.revert');
      await eventually(async () => assert.equal(await permissions(), vscode.FilePermission.Readonly));
    } finally {
      await run('toggleReadOnly', { namespace });
    }
    assert.equal(await permissions(), undefined);
    assert.equal((await kv.get(`${prefix}a`))?.value, '1');
  });

  it('makes a change, an addition and a removal exactly that plan, which can be undone', async () => {
    const extras = { metadata: { a: 1 }, expiration: inSeconds(7200) };
    for (let at = 0; at < 200; at++) await kv.put(`${prefix}${at}`, `value ${at}`, extras);
    await kv.put(`${prefix}bytes`, Uint8Array.of(0, 255), extras);
    const document = await edit({ prefix });
    const fields = fieldsOf(document);
    assert.equal(Object.keys(fields).length, 201);
    assert.equal(fields[`${prefix}bytes`]?.base64, 'AP8=');
    const { [`${prefix}7`]: _, ...rest } = fields;
    confirmAll();
    const next = {
      ...rest,
      [`${prefix}3`]: { ...rest[`${prefix}3`], value: 'changed' },
      [`${prefix}new`]: { value: '' },
    };
    assert.equal(await save(document, next), true);
    assert.equal(document.isDirty, false);
    const [question] = spy.asked;
    assert.match(question?.text ?? '', /^Save 3 changes to host-edit-keys \(local, .*\)\?$/);
    const detail = [`Change 1 key: ${prefix}3`, `Add 1 key: ${prefix}new`, `Delete 1 key: ${prefix}7`];
    assert.deepEqual(question?.detail?.split('\n').slice(0, 3), detail);
    assert.deepEqual(await kv.get(`${prefix}3`), { value: 'changed', ...extras });
    assert.deepEqual(await kv.get(`${prefix}new`), { value: '' });
    assert.equal(await kv.get(`${prefix}7`), undefined);
    assert.deepEqual(await kv.get(`${prefix}8`), { value: 'value 8', ...extras });
    const undone = await run<{ done: number; skipped: number; failed: unknown[] }>('undo', {});
    assert.deepEqual([undone.done, undone.skipped, undone.failed], [3, 0, []]);
    assert.deepEqual(await kv.get(`${prefix}3`), { value: 'value 3', ...extras });
    assert.equal(await kv.get(`${prefix}new`), undefined);
    assert.deepEqual(await kv.get(`${prefix}7`), { value: 'value 7', ...extras });
  });

  it('shows what is changed elsewhere', async () => {
    const keys = ['a', 'b'].map((key) => prefix + key);
    for (const key of keys) await kv.put(key, 'before');
    const [some, all] = [await edit({ keys }), await edit({ prefix })];
    await kv.put(`${prefix}a`, 'theirs');
    await kv.put(`${prefix}c`, 'new');
    for (const document of [some, all]) {
      await eventually(() => assert.equal(fieldsOf(document)[`${prefix}a`]?.value, 'theirs'));
      assert.equal(document.isDirty, false);
    }
    await eventually(() => assert.equal(fieldsOf(all)[`${prefix}c`]?.value, 'new'));
    assert.equal(fieldsOf(some)[`${prefix}c`], undefined);
    confirmAll();
    const mine = { ...fieldsOf(some), [`${prefix}b`]: { value: 'mine' } };
    assert.equal(await save(some, mine), true);
    await eventually(() => assert.equal(fieldsOf(all)[`${prefix}b`]?.value, 'mine'));
  });

  it('leaves alone a key that is changed elsewhere while the question is open, and names it', async () => {
    const keys = ['a', 'b'].map((key) => prefix + key);
    for (const key of keys) await kv.put(key, 'before');
    const document = await edit({ keys });
    let isFirst = true;
    spy.answer = async ({ detail, items }) => {
      if (detail === undefined) return undefined;
      if (isFirst) await kv.put(`${prefix}a`, 'theirs');
      isFirst = false;
      return items[0];
    };
    const mine = { [`${prefix}a`]: { value: 'mine' }, [`${prefix}b`]: { value: 'mine' } };
    assert.equal(await save(document, mine), false);
    assert.deepEqual([(await kv.get(`${prefix}a`))?.value, (await kv.get(`${prefix}b`))?.value], ['theirs', 'mine']);
    assert.equal(document.isDirty, true);
    const asked = spy.asked.filter(({ detail }) => detail !== undefined).length;
    await assert.rejects(
      Promise.resolve(vscode.workspace.fs.writeFile(document.uri, Buffer.from(document.getText()))),
      (error: Error) => error.message.includes(`“${prefix}a”`) && /0 keys written/.test(error.message),
    );
    assert.equal(spy.asked.filter(({ detail }) => detail !== undefined).length, asked, 'nothing is left to ask about');
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await eventually(() => assert.equal(fieldsOf(document)[`${prefix}a`]?.value, 'theirs'));
  });

  it('stops at a key that was changed elsewhere, at no other, and names it', async () => {
    const keys = ['a', 'b'].map((key) => prefix + key);
    for (const key of keys) await kv.put(key, 'before');
    const document = await edit({ keys });
    await type(document, JSON.stringify({ [`${prefix}a`]: { value: 'mine' }, [`${prefix}b`]: { value: 'mine' } }));
    await kv.put(`${prefix}a`, 'theirs');
    confirmAll();
    assert.equal(await document.save(), false);
    assert.match(spy.asked[0]?.detail ?? '', new RegExp(`Change 1 key: ${prefix}b\n.*not written: ${prefix}a\n`));
    assert.equal((await kv.get(`${prefix}a`))?.value, 'theirs');
    assert.equal((await kv.get(`${prefix}b`))?.value, 'mine');
    assert.equal(document.isDirty, true);
    const again = Buffer.from(document.getText());
    await assert.rejects(
      Promise.resolve(vscode.workspace.fs.writeFile(document.uri, again)),
      (error: Error) => error.message.includes(`“${prefix}a”`) && /0 keys written/.test(error.message),
    );
    // Looking at what is stored is not yet taking it.
    assert.match(Buffer.from(await vscode.workspace.fs.readFile(document.uri)).toString(), /theirs/);
    assert.equal(await document.save(), false);
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await eventually(() => assert.equal(fieldsOf(document)[`${prefix}a`]?.value, 'theirs'));
    assert.equal(await save(document, { ...fieldsOf(document), [`${prefix}a`]: { value: 'mine' } }), true);
    assert.equal((await kv.get(`${prefix}a`))?.value, 'mine');
  });

  it('turns an expirationTtl into an expiration and shows it: a later save leaves that key alone', async () => {
    const [a, b] = [`${prefix}a`, `${prefix}b`];
    for (const key of [a, b]) await kv.put(key, 'before');
    const document = await edit({ prefix });
    confirmAll();
    assert.equal(
      await save(document, { [a]: { value: 'mine', expirationTtl: 3600 } as object, [b]: { value: 'before' } }),
      true,
    );
    await eventually(() => assert.match(fieldsOf(document)[a]?.expiration ?? '', /^20\d\d-/));
    assert.ok(!document.isDirty && !document.getText().includes('expirationTtl'));
    const expiration = inSeconds(1800);
    await kv.put(a, 'mine', { expiration });
    await eventually(() => assert.equal(Date.parse(fieldsOf(document)[a]?.expiration ?? '') / 1000, expiration));
    assert.equal(await save(document, { ...fieldsOf(document), [b]: { value: 'after' } }), true);
    assert.deepEqual([await kv.get(a), await kv.get(b)], [{ value: 'mine', expiration }, { value: 'after' }]);
    assert.match(spy.asked.at(-1)?.detail ?? spy.asked.at(-2)?.detail ?? '', new RegExp(`^Change 1 key: ${b}\n`));
  });

  it('loses nothing that is typed while what became of an expirationTtl is not shown yet', async () => {
    const key = `${prefix}a`;
    await kv.put(key, 'before');
    const document = await edit({ prefix });
    confirmAll();
    assert.equal(await save(document, { [key]: { value: 'mine', expirationTtl: 3600 } as object }), true);
    await type(document, JSON.stringify({ [key]: { value: 'typed' } }));
    await vscode.workspace.fs.stat(document.uri);
    assert.ok(document.isDirty && document.getText().includes('typed'));
    assert.equal(await document.save(), true);
    assert.deepEqual(await kv.get(key), { value: 'typed' });
  });

  it('writes nothing when the plan is dismissed or the text is wrong', async () => {
    const key = `${prefix}a`;
    await kv.put(key, 'before');
    const document = await edit({ keys: [key] });
    assert.equal(await save(document, { [key]: { value: 'after' } }), false);
    assert.equal(spy.asked.length, 1);
    await type(document, JSON.stringify({ [key]: { value: 'after', expiration: 1000 } }));
    await assert.rejects(
      Promise.resolve(vscode.workspace.fs.writeFile(document.uri, Buffer.from(document.getText()))),
      (error: Error) => error.message.includes(key) && error.message.includes('expiration'),
    );
    assert.equal(spy.asked.length, 1);
    assert.equal((await kv.get(key))?.value, 'before');
  });

  it('refuses too many keys, and a read-only namespace', async () => {
    await expectKvError(run('editKeys', { namespace }), 'invalidInput', 'either “keys” or “prefix”');
    const keys = Array.from({ length: 501 }, (_, at) => `k${at}`);
    await expectKvError(run('editKeys', { namespace, keys }), 'tooLarge', '500');
    const key = `${prefix}a`;
    await kv.put(key, 'before');
    const document = await edit({ keys: [key] });
    await run('toggleReadOnly', { namespace });
    assert.equal(await save(document, { [key]: { value: 'after' } }), false);
    await run('toggleReadOnly', { namespace });
    assert.deepEqual(spy.asked, []);
    assert.equal((await kv.get(key))?.value, 'before');
  });
});

describe('editKeys of an account', () => {
  const account = useAccount('edited');
  let spy: WindowSpy;
  beforeEach(() => {
    spy = new WindowSpy();
  });
  afterEach(async () => {
    spy.restore();
    await closeEditors();
  });

  it('says of a save that failed for one key what it wrote, and what it left', async () => {
    const { namespace, server } = account;
    const keys = ['a', 'b', 'c'];
    for (const key of keys) await run('putKey', { namespace, key, value: 'before' });
    const { uri } = await run<{ uri: vscode.Uri }>('editKeys', { namespace, keys });
    const document = await open(uri);
    await type(document, JSON.stringify(Object.fromEntries(keys.map((key) => [key, { value: 'mine' }]))));
    server.faults.add({ mishap: { kind: 'unsuccessful', keys: 1 }, operations: ['bulkPut'], times: 1000 });
    spy.answer = ({ detail, items }) => (detail === undefined ? undefined : items[0]);
    assert.equal(await document.save(), false);
    assert.ok(document.isDirty);
    const told = spy.asked.filter(({ detail }) => detail === undefined).map(({ text }) => text);
    assert.equal(told.length, 1, told.join());
    assert.match(told[0] ?? '', /^edited \(Acme Inc.*\): 2 keys changed, 1 key not written\.$/);
    server.faults.clear();
    assert.equal(await document.save(), true);
    for (const key of keys) {
      assert.equal(
        (await server.namespaces.get(server.account.id, namespace.id).keys.get(key))?.bytes.toString(),
        'mine',
      );
    }
  });
});
