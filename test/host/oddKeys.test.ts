import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { closeEditors, open, run, testNamespace, type } from './support.ts';

const longest = `${'ß'.repeat(250)}${'x'.repeat(12)}`;

/** Keys that an address, a file system or an editor could mistake for something else. */
const keys = [
  'a',
  'a/b',
  'a//b',
  '/a',
  'a/',
  '/',
  '//',
  'A',
  'A/b',
  '.x',
  '...',
  'a/../b',
  './a',
  '%2F',
  '%252F',
  '100%',
  '🛒',
  'é',
  'e\u0301',
  'ﬀ',
  'a b?c#d',
  '?',
  '#',
  'C:',
  'c:',
  'C:/x',
  'C:\\x',
  '\\\\server',
  'a\nb',
  '\t',
  '\u007f',
  ' ',
  ' a ',
  'a&b=c',
  "it's",
  '"',
  '<b>',
  '~',
  '$x',
  '{a}',
  '[1]',
  '*',
  '|',
  '-rf',
  '__proto__',
  'con',
  'x.json',
  'x.json.json',
  longest,
];

describe('keys of every kind', () => {
  const kv = testNamespace('host-odd-keys');
  afterEach(closeEditors);

  it('are the longest there are', () => assert.equal(Buffer.byteLength(longest), 512));

  it('are documents of their own: opened, edited, saved and read back', async () => {
    await kv.foreign.putMany(keys.map((key) => ({ key, value: Buffer.from(`value of ${key}`), metadata: key })));
    for (const key of keys) {
      const document = await vscode.workspace.openTextDocument(kv.uri(key));
      assert.equal(document.getText(), `value of ${key}`);
      await type(document, `edited ${key}`);
      assert.ok(await document.save(), JSON.stringify(key));
    }
    for (const key of keys) {
      assert.deepEqual(await kv.get(key), { value: `edited ${key}`, metadata: key }, JSON.stringify(key));
    }
  });

  it('have entry documents of their own', async () => {
    const entries = keys.map((key) => ({ key, value: Buffer.from(key) }));
    await kv.foreign.putMany(entries);
    for (const key of keys) {
      const uri = kv.entryUri(key);
      await vscode.workspace.fs.stat(uri);
      await vscode.workspace.fs.writeFile(uri, Buffer.from(JSON.stringify({ metadata: { key } })));
    }
    for (const key of keys) assert.deepEqual(await kv.get(key), { value: key, metadata: { key } }, JSON.stringify(key));
  });

  it('go through commands unchanged', async () => {
    for (const key of keys) {
      await run('putKey', { namespace: kv.namespace, key, value: `put ${key}` });
      assert.equal((await kv.get(key))?.value, `put ${key}`, JSON.stringify(key));
    }
    await run('deleteKeys', { namespace: kv.namespace, keys, confirm: true });
    for (const key of keys) assert.equal(await kv.get(key), undefined);
    await run('undo', {});
    for (const key of keys) assert.equal((await kv.get(key))?.value, `put ${key}`, JSON.stringify(key));
  });

  it('keep their documents apart when they differ only in case', async () => {
    await kv.put('Case', 'upper');
    await kv.put('case', 'lower');
    const [upper, lower] = [await open(kv.uri('Case')), await open(kv.uri('case'))];
    assert.equal(upper.getText(), 'upper');
    assert.equal(lower.getText(), 'lower');
    await type(upper, 'UPPER');
    await type(lower, 'LOWER');
    assert.ok(await upper.save());
    assert.equal(lower.isDirty, true);
    assert.ok(await lower.save());
    assert.equal((await kv.get('Case'))?.value, 'UPPER');
    assert.equal((await kv.get('case'))?.value, 'LOWER');
  });

  it('can be in namespaces with odd ids', async () => {
    for (const id of ['a b', 'Ä', 'a%2Fb', 'a/b', 'UPPER', 'upper']) {
      const odd = testNamespace(id);
      await odd.put('k', id);
      const document = await open(odd.uri('k'));
      assert.equal(document.getText(), id);
      await type(document, `edited ${id}`);
      assert.ok(await document.save());
      assert.equal((await odd.get('k'))?.value, `edited ${id}`);
    }
  });
});
