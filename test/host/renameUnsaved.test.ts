import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { eventually } from '../support/eventually.ts';
import { useAccount } from './account.ts';
import { closeEditors, extension, freshKey, open, run, testNamespace, type } from './support.ts';

const SHOWN = { value: 'shown', metadata: { by: 'us' } };
const FOREIGN = { value: 'FOREIGN', metadata: { by: 'somebody else' } };

interface Side {
  readonly namespace: { readonly source: string; readonly id: string };
  /** Writes behind the extension's back. */
  put(key: string, entry: typeof SHOWN): Promise<void>;
  get(key: string): Promise<typeof SHOWN | undefined>;
}

describe('a rename beside unsaved text', () => {
  const local = testNamespace('host-rename-unsaved');
  const account = useAccount('rename-unsaved');
  const remoteKeys = () => account.server.namespaces.get(account.server.account.id, account.namespace.id).keys;
  const sides: Readonly<Record<'local' | 'remote', Side>> = {
    local: {
      namespace: local.namespace,
      put: (key, { value, metadata }) => local.put(key, value, { metadata }),
      get: async (key) => (await local.get(key)) as typeof SHOWN | undefined,
    },
    remote: {
      get namespace() {
        return account.namespace;
      },
      put: (key, { value, metadata }) => remoteKeys().put({ key, metadata }, Buffer.from(value)),
      async get(key) {
        const { bytes, metadata } = (await remoteKeys().get(key)) ?? {};
        return bytes && { value: bytes.toString(), metadata: metadata as typeof SHOWN.metadata };
      },
    },
  };
  let [s, t] = ['', ''];

  beforeEach(() => {
    [s, t] = [freshKey('s'), freshKey('t')];
  });
  afterEach(closeEditors);

  for (const [name, side] of Object.entries(sides)) {
    const urisOf = (key: string): readonly vscode.Uri[] => {
      const { valueUri, entryUri } = extension().exports;
      return [valueUri(side.namespace, key), entryUri(side.namespace, key)];
    };
    const dirty = (key: string): readonly vscode.TextDocument[] =>
      urisOf(key).flatMap(
        (uri) =>
          vscode.workspace.textDocuments.find((one) => one.uri.toString() === uri.toString() && one.isDirty) ?? [],
      );
    const rename = (from = s, to = t) => run('renameKey', { namespace: side.namespace, key: from, newKey: to });
    const typeBoth = async (): Promise<void> => {
      await side.put(s, SHOWN);
      const [value, entry] = urisOf(s);
      await type(await open(value ?? assert.fail()), 'typed');
      await type(await open(entry ?? assert.fail()), '{ "metadata": { "by": "typing" } }');
    };
    const expectRefused = async (key: string): Promise<void> => {
      await eventually(() => assert.equal(dirty(key).length, 2));
      for (const document of dirty(key)) assert.equal(await document.save(), false, document.uri.scheme);
      assert.deepEqual(await side.get(key), FOREIGN);
    };
    const expectMerged = async (document: vscode.TextDocument): Promise<void> => {
      await vscode.window.showTextDocument(document);
      await vscode.commands.executeCommand('workbench.action.files.revert');
      await eventually(() => assert.deepEqual([document.getText(), document.isDirty], ['FOREIGN', false]));
      await type(document, 'merged');
      assert.ok(await document.save());
      assert.deepEqual(await side.get(t), { ...FOREIGN, value: 'merged' });
    };
    /** Somebody else writes the renamed key as soon as it is there. */
    const writeWhenRenamed = async (): Promise<void> => {
      while ((await side.get(t)) === undefined) await new Promise(setImmediate);
      await side.put(t, FOREIGN);
    };

    describe(name, () => {
      it('does not let a change made before it be overwritten', async () => {
        await typeBoth();
        await side.put(s, FOREIGN);
        await rename();
        await expectRefused(t);
      });

      it('does not let a change be overwritten that somebody asked about', async () => {
        await typeBoth();
        await side.put(s, FOREIGN);
        for (const uri of urisOf(s)) await vscode.workspace.fs.stat(uri);
        await rename();
        await expectRefused(t);
      });

      it('does not let a change made at the same time be overwritten', async () => {
        await typeBoth();
        await Promise.all([rename(), writeWhenRenamed()]);
        await expectRefused(t);
      });

      it('does not let a change made after it be overwritten', async () => {
        await typeBoth();
        await rename();
        await side.put(t, FOREIGN);
        await expectRefused(t);
      });

      it('that is taken back does not let a change be overwritten', async () => {
        await typeBoth();
        await side.put(s, FOREIGN);
        await rename();
        await run('undo', { confirm: true });
        await expectRefused(s);
      });

      it('that VS Code takes back does not let a change be overwritten', async () => {
        await side.put(s, SHOWN);
        await type(await open(urisOf(s)[0] ?? assert.fail()), 'typed');
        await rename();
        await eventually(() => assert.equal(dirty(t).length, 1));
        await side.put(t, FOREIGN);
        await vscode.window.showTextDocument(dirty(t)[0] ?? assert.fail());
        await vscode.commands.executeCommand('undo');
        await eventually(() => assert.equal(dirty(s).length, 1));
        assert.equal(await dirty(s)[0]?.save(), false);
        assert.deepEqual(await side.get(s), FOREIGN);
      });

      it('by another extension does not let a change be overwritten', async () => {
        await typeBoth();
        await side.put(s, FOREIGN);
        const edit = new vscode.WorkspaceEdit();
        const [from, to] = [urisOf(s), urisOf(t)];
        edit.renameFile(from[0] ?? assert.fail(), to[0] ?? assert.fail());
        assert.ok(await vscode.workspace.applyEdit(edit));
        const document = await eventually(() => dirty(t)[0] ?? assert.fail('the renamed document is not open'));
        assert.equal(await document.save(), false);
        assert.deepEqual(await side.get(t), FOREIGN);
      });

      it('lets it be saved where nobody has changed the key', async () => {
        await typeBoth();
        await rename();
        await rename(t, s);
        await eventually(() => assert.equal(dirty(s).length, 2));
        for (const document of dirty(s)) assert.ok(await document.save(), document.uri.scheme);
        assert.deepEqual(
          [await side.get(s), await side.get(t)],
          [{ value: 'typed', metadata: { by: 'typing' } }, undefined],
        );
      });

      it('does not let a change be overwritten that was noticed, but not yet shown, when typing began', async () => {
        await side.put(s, SHOWN);
        const [uri = assert.fail()] = urisOf(s);
        const document = await open(uri);
        await side.put(s, FOREIGN);
        await vscode.workspace.fs.stat(uri);
        let isShown = document.getText() === FOREIGN.value;
        const watching = vscode.workspace.onDidChangeTextDocument(() => {
          if (document.getText() !== 'typed') isShown = document.getText() === FOREIGN.value;
        });
        await type(document, 'typed');
        watching.dispose();
        await rename();
        await eventually(() => assert.equal(dirty(t).length, 1));
        // Where VS Code was quick enough to show it, the text began from it.
        assert.equal(await dirty(t)[0]?.save(), isShown);
        assert.equal((await side.get(t))?.value, isShown ? 'typed' : FOREIGN.value);
      });

      it('does not let a change be overwritten that was noticed after a save of another form than KV holds', async () => {
        await side.put(s, SHOWN);
        const [, uri = assert.fail()] = urisOf(s);
        const document = await open(uri);
        await type(document, '{ "metadata": { "by": "us" }, "expirationTtl": 3600 }');
        assert.ok(await document.save());
        const saved = document.getText();
        await side.put(s, FOREIGN);
        await vscode.workspace.fs.stat(uri);
        assert.equal(document.getText(), saved);
        await type(document, '{ "metadata": { "by": "typing" } }');
        await rename();
        await eventually(() => assert.equal(dirty(t).length, 1));
        assert.equal(await dirty(t)[0]?.save(), false);
        assert.deepEqual(await side.get(t), FOREIGN);
      });

      for (const written of ['OTHER', 'of another length']) {
        for (const isRenamed of [false, true]) {
          const how = isRenamed ? 'before a rename' : 'without a rename';
          it(`does not let “${written}” be overwritten that another extension wrote, ${how}`, async () => {
            await side.put(s, SHOWN);
            const [uri = assert.fail()] = urisOf(s);
            await type(await open(uri), 'typed');
            await vscode.workspace.fs.writeFile(uri, Buffer.from(written));
            if (isRenamed) await rename();
            const key = isRenamed ? t : s;
            await eventually(() => assert.equal(dirty(key).length, 1));
            assert.equal(await dirty(key)[0]?.save(), false);
            assert.equal((await side.get(key))?.value, written);
          });
        }
      }

      it('lets text be saved that began from what was loaded by a revert', async () => {
        await side.put(s, SHOWN);
        const document = await open(urisOf(s)[0] ?? assert.fail());
        await type(document, 'typed');
        await side.put(s, FOREIGN);
        assert.equal(await document.save(), false);
        await vscode.window.showTextDocument(document);
        await vscode.commands.executeCommand('workbench.action.files.revert');
        await eventually(() => assert.deepEqual([document.getText(), document.isDirty], ['FOREIGN', false]));
        await type(document, 'merged');
        await rename();
        await eventually(() => assert.equal(dirty(t).length, 1));
        assert.ok(await dirty(t)[0]?.save());
        assert.deepEqual(await side.get(t), { ...FOREIGN, value: 'merged' });
      });

      it('lets what was changed elsewhere be loaded and then changed', async () => {
        await typeBoth();
        await side.put(s, FOREIGN);
        await rename();
        await expectRefused(t);
        await expectMerged(dirty(t)[0] ?? assert.fail());
      });

      it('lets what was changed elsewhere be loaded at once and then changed', async () => {
        await typeBoth();
        await side.put(s, FOREIGN);
        await rename();
        await eventually(() => assert.equal(dirty(t).length, 2));
        await expectMerged(dirty(t)[0] ?? assert.fail());
      });
    });
  }
});
