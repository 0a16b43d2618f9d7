import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { realTiming } from '../../src/core/base/timing.ts';
import { DocumentHolds } from '../../src/fs/documentHolds.ts';
import { DocumentRegistry } from '../../src/fs/documentRegistry.ts';
import { FakeMemory } from '../support/auth/memory.ts';
import { eventually } from '../support/eventually.ts';
import { useAccount } from './account.ts';
import { closeEditors, extension, freshKey, open, run, testNamespace, type, withSettings } from './support.ts';
import { WindowSpy } from './windowSpy.ts';

describe('what is kept of an open document', () => {
  const kv = testNamespace('host-state');
  const other = testNamespace('host-state-other');
  let spy: WindowSpy;
  beforeEach(() => {
    spy = new WindowSpy();
  });
  afterEach(async () => {
    spy.restore();
    await closeEditors();
  });

  it('ends with the comparison of many that shows it, and with either side of one of two', async () => {
    const holds = new DocumentHolds();
    const memory = new FakeMemory();
    const documents = new DocumentRegistry<string, { kept: string; textClosed(): void }>({
      scheme: 'cloudflare-kv',
      holds,
      timing: realTiming,
      memory: { keys: () => [...memory.kept.keys()], get: (key) => memory.get(key), update: () => Promise.resolve() },
      make: () => ({ kept: 'kept', textClosed() {} }),
    });
    try {
      const keys = ['a', 'b', 'c'].map((name) => freshKey(name));
      for (const side of [kv, other]) for (const key of keys) await side.put(key, side === kv ? 'one' : 'two');
      const pairs = keys.map((key) => [kv.uri(key), other.uri(key)] as const);
      const uris = pairs.flat();
      const [pair] = pairs;
      assert.ok(pair);
      const { executeCommand } = vscode.commands;
      const triples = pairs.map(([one, two]) => [one, one, two]);
      for (const [count, show] of [
        [6, () => executeCommand('vscode.changes', 'many', triples)],
        [2, () => executeCommand('vscode.diff', ...pair)],
        [1, () => executeCommand('vscode.openWith', pair[0], 'imagePreview.previewEditor')],
      ] as const) {
        await show();
        await eventually(() => {
          const shown = uris.map(String).filter((id) => holds.isShown(id));
          assert.equal(shown.length, count);
          for (const id of shown) documents.obtain(id);
        });
        assert.equal(documents.held.length, count);
        await closeEditors();
        await eventually(() => assert.deepEqual(documents.ids, []));
      }
    } finally {
      documents.dispose();
      holds.dispose();
    }
  });

  it('outlives many others: a change of equal length is seen', async () => {
    const key = freshKey();
    await kv.put(key, 'before');
    const document = await open(kv.uri(key));
    await type(document, 'mine');
    const many = Array.from({ length: 600 }, (_, at) => ({ key: `many/${at}`, value: Buffer.from('one') }));
    await kv.foreign.putMany(many);
    // What VS Code asks for as comparisons of many keys are looked through.
    for (const { key } of many) await vscode.workspace.fs.stat(kv.uri(key));
    await kv.put(key, 'theirs');
    assert.equal(await document.save(), false);
    assert.equal((await kv.get(key))?.value, 'theirs');
  });

  it('of many keys outlives twenty more of its kind', async () => {
    const key = freshKey();
    await kv.put(key, 'before');
    const edit = async (): Promise<vscode.Uri> =>
      (await run<{ uri: vscode.Uri }>('editKeys', { namespace: kv.namespace, keys: [key] })).uri;
    const document = await open(await edit());
    await type(document, JSON.stringify({ [key]: { value: 'mine' } }));
    for (let more = 0; more < 20; more++) await edit();
    spy.answer = ({ detail, items }) => (detail === undefined ? undefined : items[0]);
    assert.equal(await document.save(), true);
    assert.equal((await kv.get(key))?.value, 'mine');
  });

  for (const [name, shown] of [
    ['alone', ['entry']],
    ['beside the value’s', ['value', 'entry']],
  ] as const) {
    it(`goes over to the new name of the key with the unsaved text of an entry document ${name}`, async () => {
      const [key, newKey] = [freshKey(), freshKey('renamed')];
      await kv.put(key, 'before', { metadata: 1 });
      if (shown.some((one) => one === 'value')) await type(await open(kv.uri(key)), 'mine');
      await type(await open(kv.entryUri(key)), '{ "metadata": 2 }');
      await run('renameKey', { namespace: kv.namespace, key, newKey });
      assert.equal(await kv.get(key), undefined);
      assert.deepEqual(await kv.get(newKey), { value: 'before', metadata: 1 });
      const documentOf = (uri: vscode.Uri) =>
        vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
      await eventually(() => {
        const document = documentOf(kv.entryUri(newKey));
        assert.deepEqual([document?.isDirty, document?.getText()], [true, '{ "metadata": 2 }']);
      });
      assert.ok(await vscode.workspace.saveAll());
      const value = shown.some((one) => one === 'value') ? 'mine' : 'before';
      assert.deepEqual(await kv.get(newKey), { value, metadata: 2 });
      await eventually(() =>
        assert.deepEqual(
          vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.map(({ isDirty }) => isDirty)),
          shown.map(() => false),
        ),
      );
    });
  }

  for (const [size, value] of Object.entries({ small: 'value', large: 'value\n'.repeat(70_000) })) {
    it(`is shown under the former name when a rename of a ${size} one is taken back`, async () => {
      const [key, newKey] = [freshKey(), freshKey('renamed')];
      await kv.put(key, value);
      await open(kv.uri(key));
      await open(kv.entryUri(key));
      await run('renameKey', { namespace: kv.namespace, key, newKey });
      const shown = () =>
        vscode.window.tabGroups.all.flatMap(({ tabs }) =>
          tabs.flatMap(({ input }) => (input instanceof vscode.TabInputText ? input.uri.toString() : [])),
        );
      const urisOf = (name: string) => [kv.uri(name).toString(), kv.entryUri(name).toString()];
      await eventually(() => assert.deepEqual(shown(), urisOf(newKey)));
      await run('undo', {});
      assert.deepEqual([await kv.get(key), await kv.get(newKey)], [{ value }, undefined]);
      await eventually(() => assert.deepEqual(shown(), urisOf(key)));
      const document = await open(kv.uri(key));
      assert.deepEqual([document.getText(), document.isDirty], [value, false]);
      await type(document, 'next');
      assert.ok(await document.save());
      assert.equal((await kv.get(key))?.value, 'next');
    });
  }

  it('is that of the half of a comparison that has the cursor', async () => {
    const key = freshKey();
    await kv.put(key, 'left');
    await other.put(key, 'right');
    await withSettings({ 'diffEditor.useInlineViewWhenSpaceIsLimited': false }, async () => {
      await vscode.commands.executeCommand('vscode.diff', kv.uri(key), other.uri(key), 'left ↔ right');
      const copied = async (): Promise<string> => {
        await run('copyValue');
        return vscode.env.clipboard.readText();
      };
      /** Resolves when commands know of it. */
      const focus = (side: string, value: string): Promise<void> =>
        eventually(async () => {
          await vscode.commands.executeCommand(`workbench.action.compareEditor.focus${side}Side`);
          assert.equal(await copied(), value);
        });
      await focus('Secondary', 'left');
      await focus('Primary', 'right');
      await focus('Secondary', 'left');
      spy.answer = ({ detail, items }) => (detail === undefined ? undefined : items[0]);
      await run('deleteKeys');
      assert.equal(await kv.get(key), undefined);
    });
    assert.equal((await other.get(key))?.value, 'right');
  });

  it('is a language that was chosen by hand, where a glob names another', async () => {
    const key = freshKey('conf:');
    await kv.put(key, 'a: 1');
    await withSettings({ 'cloudflareKv.editor.languages': { 'conf:*': 'yaml' } }, async () => {
      const document = await open(kv.uri(key));
      await eventually(() => assert.equal(document.languageId, 'yaml'));
      await vscode.languages.setTextDocumentLanguage(document, 'markdown');
      await type(document, 'a: 2');
      assert.ok(await document.save());
      // Whatever would set it again has had its turn when another document has its language.
      const next = freshKey('conf:');
      await kv.put(next, 'a: 1');
      const another = await open(kv.uri(next));
      await eventually(() => assert.equal(another.languageId, 'yaml'));
      assert.equal(document.languageId, 'markdown');
    });
  });

  it('is the line ending of KV in a value without one', async () => {
    await withSettings({ 'files.eol': '\r\n' }, async () => {
      const key = freshKey();
      await kv.put(key, '');
      const document = await open(kv.uri(key));
      assert.equal(document.languageId, 'kv-value');
      await type(document, 'one\ntwo');
      assert.ok(await document.save());
      assert.equal((await kv.get(key))?.value, 'one\ntwo');
    });
  });
});

describe('the sides of compareKey', () => {
  const account = useAccount('compared');
  afterEach(closeEditors);

  it('are the account’s on the left, and the local one, which can be edited, on the right', async () => {
    const remote = account.namespace;
    const local = testNamespace(remote.id);
    const key = freshKey();
    await local.put(key, 'local');
    await run('putKey', { namespace: remote, key, value: 'remote' });
    await eventually(async () => {
      const sides = (await extension().exports.namespaces()).filter(({ id }) => id === remote.id);
      assert.equal(sides.length, 2);
    });
    for (const namespace of [remote, local.namespace]) {
      await run('compareKey', { namespace, key });
      await eventually(() => {
        const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
        assert.ok(tab?.input instanceof vscode.TabInputTextDiff);
        assert.equal(tab.input.original.toString(), extension().exports.valueUri(remote, key).toString());
        assert.equal(tab.input.modified.toString(), local.uri(key).toString());
        assert.match(tab.label, /compared \(Acme Inc.* ↔ .*\(local, /);
      });
      await closeEditors();
    }
  });
});
