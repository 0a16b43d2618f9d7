import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { eventually } from '../support/eventually.ts';
import { closeEditors, expectKvError, freshKey, open, run, testNamespace, type } from './support.ts';

describe('a rename to a key whose documents are open', () => {
  const kv = testNamespace('host-rename-over');
  let [a, b] = ['', ''];

  beforeEach(() => {
    [a, b] = [freshKey('a'), freshKey('b')];
  });
  afterEach(closeEditors);

  const rename = () => run('renameKey', { namespace: kv.namespace, key: a, newKey: b });
  const find = (uri: vscode.Uri) => vscode.workspace.textDocuments.find((one) => one.uri.toString() === uri.toString());
  const state = (uri: vscode.Uri) => {
    const document = find(uri);
    return document && [document.getText(), document.isDirty ? 'dirty' : 'clean'];
  };
  const values = async () => [(await kv.get(a))?.value, (await kv.get(b))?.value];

  for (const shown of [true, false]) {
    it(`is refused while that has unsaved text, with the former one ${shown ? '' : 'not '}open`, async () => {
      await kv.put(a, 'value of a');
      await kv.put(b, 'value of b');
      await type(await open(kv.uri(b)), 'typed');
      await type(await open(kv.entryUri(b)), '{ "metadata": { "typed": true } }');
      if (shown) await open(kv.uri(a));
      await expectKvError(rename(), 'conflict', b);
      assert.deepEqual(state(kv.uri(b)), ['typed', 'dirty']);
      assert.deepEqual(state(kv.entryUri(b)), ['{ "metadata": { "typed": true } }', 'dirty']);
      assert.deepEqual(await values(), ['value of a', 'value of b']);
      assert.ok(await vscode.workspace.saveAll());
      assert.deepEqual(await kv.get(b), { value: 'typed', metadata: { typed: true } });
    });
  }

  it('is refused while that is there, and changes no document', async () => {
    await kv.put(a, 'value of a');
    await kv.put(b, 'value of b');
    await open(kv.uri(b));
    await type(await open(kv.uri(a)), 'typed');
    await expectKvError(rename(), 'conflict', b, 'exists already');
    assert.deepEqual(
      [state(kv.uri(a)), state(kv.uri(b))],
      [
        ['typed', 'dirty'],
        ['value of b', 'clean'],
      ],
    );
  });

  for (const part of ['value', 'entry'] as const) {
    it(`is refused while that is gone and has unsaved text of its ${part}`, async () => {
      const uri = part === 'value' ? kv.uri(b) : kv.entryUri(b);
      const text = part === 'value' ? 'typed' : '{ "metadata": "typed" }';
      await kv.put(a, 'value of a');
      await kv.put(b, 'value of b');
      await type(await open(uri), text);
      await kv.foreign.delete(b);
      await open(kv.uri(a));
      await expectKvError(rename(), 'conflict', b, 'unsaved');
      assert.deepEqual(state(uri), [text, 'dirty']);
      assert.deepEqual(
        [state(kv.uri(a)), await values()],
        [
          ['value of a', 'clean'],
          ['value of a', undefined],
        ],
      );
    });
  }

  it('takes the place of that where it is gone and nothing of it is unsaved', async () => {
    await kv.put(a, 'value of a');
    await kv.put(b, 'value of b');
    await open(kv.uri(b));
    await kv.foreign.delete(b);
    await type(await open(kv.uri(a)), 'typed');
    await rename();
    await eventually(() => assert.deepEqual(state(kv.uri(b)), ['typed', 'dirty']));
    assert.ok(await find(kv.uri(b))?.save());
    assert.deepEqual(await values(), [undefined, 'typed']);
  });

  it('that is taken back leaves unsaved text alone, which is not saved over the value that is back', async () => {
    await kv.put(a, 'value of a', { metadata: 1 });
    await rename();
    await open(kv.uri(b));
    await open(kv.entryUri(b));
    await run('newKey', { namespace: kv.namespace, key: a, value: 'new a' });
    const document = await open(kv.uri(a));
    await type(document, 'typed');
    await kv.foreign.delete(a);
    // The new key is gone already: what is taken back first is nothing, and the rename then.
    await run('undo', { confirm: true });
    await eventually(async () => {
      if ((await kv.get(a)) === undefined) await run('undo', { confirm: true });
      assert.deepEqual(await values(), ['value of a', undefined]);
    });
    await eventually(() =>
      assert.deepEqual(state(kv.entryUri(a)), ['{\n  "metadata": 1,\n  "expiration": null\n}\n', 'clean']),
    );
    assert.deepEqual(state(kv.uri(a)), ['typed', 'dirty']);
    assert.equal(await document.save(), false);
    assert.deepEqual(await values(), ['value of a', undefined]);
  });
});
