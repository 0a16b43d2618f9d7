import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { eventually } from '../support/eventually.ts';
import {
  assertLifetime,
  closeEditors,
  expectFsError,
  freshKey,
  inSeconds,
  open,
  run,
  testNamespace,
  type,
} from './support.ts';

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
const text = (fields: unknown): string => `${JSON.stringify(fields, undefined, 2)}\n`;

describe('entry documents', () => {
  const kv = testNamespace('host-entries');
  afterEach(closeEditors);

  it('show metadata and expiration as JSON', async () => {
    const key = freshKey();
    const expiration = inSeconds(3600);
    await kv.put(key, 'value', { metadata: { by: 'anna' }, expiration });
    const document = await open(kv.entryUri(key));
    assert.equal(document.languageId, 'json');
    assert.equal(document.getText(), text({ metadata: { by: 'anna' }, expiration: iso(expiration) }));
  });

  it('are JSON whatever the ending of the key', async () => {
    for (const key of [`${freshKey()}.png`, `${freshKey()}.css`, `${freshKey()}.json`]) {
      await kv.put(key, 'value');
      assert.equal((await open(kv.entryUri(key))).languageId, 'json');
    }
  });

  it('write metadata and expiration and leave the value as it is', async () => {
    const key = freshKey();
    const expiration = inSeconds(3600);
    await kv.put(key, 'value');
    const document = await open(kv.entryUri(key));
    await type(document, text({ metadata: [1, 'two'], expiration: iso(expiration) }));
    assert.ok(await document.save());
    assert.deepEqual(await kv.get(key), { value: 'value', metadata: [1, 'two'], expiration });
  });

  it('keep a value that was changed elsewhere', async () => {
    const key = freshKey();
    await kv.put(key, 'before', { metadata: 1 });
    const document = await open(kv.entryUri(key));
    await type(document, text({ metadata: 2, expiration: null }));
    await kv.put(key, 'after', { metadata: 1 });
    assert.ok(await document.save());
    assert.deepEqual(await kv.get(key), { value: 'after', metadata: 2 });
  });

  it('are not saved over metadata that was changed elsewhere', async () => {
    const key = freshKey();
    await kv.put(key, 'value', { metadata: 1 });
    const document = await open(kv.entryUri(key));
    await type(document, text({ metadata: 2, expiration: null }));
    await kv.put(key, 'value', { metadata: 3 });
    assert.equal(await document.save(), false);
    assert.equal(document.isDirty, true);
    assert.equal((await kv.get(key))?.metadata, 3);
  });

  it('take an expiration in Unix seconds, and show it as a time then', async () => {
    const key = freshKey();
    const expiration = inSeconds(3600);
    await kv.put(key, 'value');
    const document = await open(kv.entryUri(key));
    await type(document, `{ "expiration": ${expiration} }`);
    assert.ok(await document.save());
    assert.deepEqual(await kv.get(key), { value: 'value', expiration });
    await eventually(() => assert.equal(document.getText(), text({ metadata: null, expiration: iso(expiration) })));
    assert.equal(document.isDirty, false);
  });

  it('turn an expirationTtl into an expiration, show it, and can be saved again', async () => {
    const key = freshKey();
    await kv.put(key, 'value', { metadata: 'm' });
    const document = await open(kv.entryUri(key));
    const start = inSeconds(0);
    await type(document, '{ "metadata": "m", "expiration": null, "expirationTtl": 300 }');
    assert.ok(await document.save());
    const { expiration = 0, metadata } = (await kv.get(key)) ?? {};
    assertLifetime(expiration, 300, start);
    assert.equal(metadata, 'm');
    await eventually(() => assert.equal(document.getText(), text({ metadata: 'm', expiration: iso(expiration) })));
    await type(document, text({ metadata: 'n', expiration: iso(expiration) }));
    assert.ok(await document.save());
    assert.deepEqual(await kv.get(key), { value: 'value', metadata: 'n', expiration });
  });

  it('can be edited on and saved at once after a save in other words than KV’s', async () => {
    const key = freshKey();
    await kv.put(key, 'value');
    const document = await open(kv.entryUri(key));
    for (const metadata of [1, 2, 3]) {
      await type(document, `{ "metadata": ${metadata} }`);
      assert.ok(await document.save());
      assert.equal((await kv.get(key))?.metadata, metadata);
    }
    await eventually(() => assert.equal(document.getText(), text({ metadata: 3, expiration: null })));
    assert.equal(document.isDirty, false);
  });

  it('clear what is null or missing', async () => {
    const key = freshKey();
    await kv.put(key, 'value');
    const document = await open(kv.entryUri(key));
    for (const content of ['{}', '{"metadata": null}', '{"metadata": null, "expiration": null}']) {
      await type(document, JSON.stringify({ metadata: { a: 1 }, expiration: inSeconds(3600) }));
      assert.ok(await document.save());
      assert.deepEqual((await kv.get(key))?.metadata, { a: 1 });
      await type(document, content);
      assert.ok(await document.save());
      assert.deepEqual(await kv.get(key), { value: 'value' });
    }
  });

  it('know metadata that is falsy from none', async () => {
    const key = freshKey();
    await kv.put(key, 'value');
    const document = await open(kv.entryUri(key));
    for (const metadata of [0, false, '', {}, []]) {
      await type(document, JSON.stringify({ metadata }));
      assert.ok(await document.save());
      assert.deepEqual(await kv.get(key), { value: 'value', metadata });
    }
  });

  const malformed: Record<string, { content: string; says: readonly (string | RegExp)[] }> = {
    'no JSON': { content: '{ "metadata": }', says: ['line 1', 'column'] },
    'a trailing comma': { content: '{\n  "metadata": 1,\n}', says: ['line 3'] },
    'an unknown field': { content: '{ "ttl": 60 }', says: ['“ttl”'] },
    'no object': { content: '[]', says: ['object'] },
    'too much metadata': {
      content: JSON.stringify({ metadata: 'x'.repeat(1023) }),
      says: ['metadata', '1025', '1024'],
    },
    'a TTL that is too short': { content: '{ "expirationTtl": 59 }', says: ['“expirationTtl”', '60'] },
    'a TTL that is text': { content: '{ "expirationTtl": "soon" }', says: ['“expirationTtl”'] },
    'an expiration in the past': {
      content: '{ "expiration": "2001-01-01T00:00:00Z" }',
      says: ['“expiration”', 'passed'],
    },
    'an expiration that is no time': { content: '{ "expiration": "tomorrow" }', says: ['“expiration”'] },
    'an expiration without a zone': {
      content: '{ "expiration": "2031-01-01T00:00:00" }',
      says: ['“expiration”', 'time zone'],
    },
    'an expiration in milliseconds': {
      content: '{ "expiration": 1900000000000 }',
      says: ['“expiration”', 'milliseconds'],
    },
    'both ways to expire': {
      content: '{ "expiration": 1900000000, "expirationTtl": 60 }',
      says: ['“expiration”', '“expirationTtl”'],
    },
  };
  it('refuse what is malformed, name the field, and write nothing', async () => {
    const key = freshKey();
    await kv.put(key, 'value', { metadata: 'kept' });
    const document = await open(kv.entryUri(key));
    for (const [name, { content, says }] of Object.entries(malformed)) {
      await type(document, content);
      assert.equal(await document.save(), false, name);
      assert.equal(document.isDirty, true, name);
      await expectFsError(vscode.workspace.fs.writeFile(document.uri, Buffer.from(content)), 'Unknown', key, ...says);
      assert.deepEqual(await kv.get(key), { value: 'value', metadata: 'kept' }, name);
    }
  });

  it('refuse other metadata for a key with less than a minute to live', async () => {
    const key = freshKey();
    await kv.put(key, 'value');
    kv.expireIn(key, 45);
    const document = await open(kv.entryUri(key));
    await type(document, document.getText().replace('null', '5'));
    assert.equal(await document.save(), false);
    assert.deepEqual((await kv.get(key))?.metadata, undefined);
  });

  it('cannot bring a deleted key back', async () => {
    const key = freshKey();
    await kv.put(key, 'value');
    const document = await open(kv.entryUri(key));
    await type(document, '{ "metadata": 5 }');
    await kv.foreign.delete(key);
    assert.equal(await document.save(), false);
    assert.equal(await kv.get(key), undefined);
    const write = vscode.workspace.fs.writeFile(document.uri, Buffer.from('{ "metadata": 5 }'));
    await expectFsError(write, 'FileNotFound', key, 'no longer exists');
  });

  it('are opened by their command, which names a key that does not exist', async () => {
    const key = freshKey();
    await kv.put(key, 'value');
    assert.deepEqual(await run('editEntry', { namespace: kv.namespace, key }), { namespace: kv.namespace, key });
    await eventually(() =>
      assert.equal(vscode.window.activeTextEditor?.document.uri.toString(), kv.entryUri(key).toString()),
    );
  });

  it('complete their fields from a schema', async () => {
    const key = freshKey();
    await kv.put(key, 'value');
    const document = await open(kv.entryUri(key));
    await type(document, '{\n  \n}\n');
    await eventually(async () => {
      const list = await vscode.commands.executeCommand<vscode.CompletionList>(
        'vscode.executeCompletionItemProvider',
        document.uri,
        new vscode.Position(1, 2),
      );
      const labels = list.items.map(({ label }) => (typeof label === 'string' ? label : label.label));
      for (const field of ['metadata', 'expiration', 'expirationTtl']) assert.ok(labels.includes(field), labels.join());
    });
  });
});
