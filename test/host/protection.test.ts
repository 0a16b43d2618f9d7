import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { valueScheme } from '../../src/ids.ts';
import { eventually } from '../support/eventually.ts';
import { useAccount } from './account.ts';
import {
  closeEditors,
  expectFsError,
  expectKvError,
  extension,
  open,
  run,
  type,
  withSettings,
  workspace,
} from './support.ts';
import { type Asked, WindowSpy } from './windowSpy.ts';

const inWorkspace = (value: boolean | undefined): Thenable<void> =>
  vscode.workspace
    .getConfiguration('cloudflareKv')
    .update('remote.readOnlyInWorkspace', value, vscode.ConfigurationTarget.Workspace);
const byDefault = (value: boolean) => ({ 'cloudflareKv.remote.readOnly': value });

describe('the protection of an account’s namespace', () => {
  const account = useAccount('protected');
  let namespace: { readonly source: string; readonly id: string };
  let spy: WindowSpy;

  before(() => {
    ({ namespace } = account);
  });
  beforeEach(() => {
    spy = new WindowSpy();
  });
  afterEach(async () => {
    spy.restore();
    await inWorkspace(undefined);
    if (await isReadOnly()) await run('toggleReadOnly', { namespace });
    await closeEditors();
  });

  const uri = (key: string): vscode.Uri => extension().exports.valueUri(namespace, key);
  const put = (key: string, value = 'value'): Thenable<unknown> => run('putKey', { namespace, key, value });
  const isReadOnly = async (): Promise<boolean> => {
    try {
      await put('probe');
      return false;
    } catch (error) {
      assert.equal(Reflect.get(Object(error), 'kind'), 'readOnly');
      return true;
    }
  };
  /** Types into the editor that has the focus; gives whether it took that. */
  const takesText = async (document: vscode.TextDocument): Promise<boolean> => {
    const before = document.getText();
    await vscode.commands.executeCommand('type', { text: 'x' });
    if (document.getText() === before) return false;
    await vscode.commands.executeCommand('workbench.action.files.revert');
    return true;
  };
  /** Does something of which VS Code is to be told that it changed these documents. */
  const changing = async (uris: readonly vscode.Uri[], work: () => PromiseLike<void>): Promise<void> => {
    const told = new Set<string>();
    const watcher = vscode.workspace.createFileSystemWatcher(
      new vscode.RelativePattern(vscode.Uri.from({ scheme: valueScheme, path: '/' }), '**'),
    );
    watcher.onDidChange((changed) => told.add(changed.toString()));
    try {
      await work();
      await eventually(() =>
        assert.ok(
          uris.every((uri) => told.has(uri.toString())),
          [...told].join('\n'),
        ),
      );
    } finally {
      watcher.dispose();
    }
  };

  it('stays where it was chosen, whatever the default becomes', async () => {
    assert.equal(await run('toggleReadOnly', { namespace }), true);
    await withSettings(byDefault(true), async () => assert.ok(await isReadOnly()));
    assert.ok(await isReadOnly());
    assert.equal(await run('toggleReadOnly', { namespace }), false);
    await withSettings(byDefault(true), async () => assert.ok(!(await isReadOnly())));
    assert.ok(!(await isReadOnly()));
  });

  it('is not loosened by the settings of a workspace', async () => {
    const configuration = vscode.workspace.getConfiguration('cloudflareKv');
    const { namespace: other } = { namespace: { ...namespace, id: account.server.createNamespace('unchosen').id } };
    const folder = join(workspace, '.vscode');
    const loosened = {
      'cloudflareKv.remote.readOnly': false,
      'cloudflareKv.remote.readOnlyInWorkspace': false,
      // Shows that VS Code has read the rest.
      'cloudflareKv.tree.groupKeys': false,
    };
    const isLoosened = (expected: boolean) =>
      eventually(() =>
        assert.equal(vscode.workspace.getConfiguration('cloudflareKv').get('tree.groupKeys'), !expected),
      );
    const refused = () => expectKvError(run('putKey', { namespace: other, key: 'k', value: 'v' }), 'readOnly');
    assert.equal(configuration.inspect('tree.groupKeys')?.workspaceValue, undefined);
    await mkdir(folder, { recursive: true });
    try {
      await writeFile(join(folder, 'settings.json'), JSON.stringify(loosened));
      await isLoosened(true);
      await withSettings(byDefault(true), refused);
      await withSettings({ 'cloudflareKv.remote.readOnlyInWorkspace': true }, refused);
      await run('putKey', { namespace: other, key: 'k', value: 'v' });
    } finally {
      await rm(join(folder, 'settings.json'));
      await isLoosened(false);
    }
  });

  const defaultTo = (value: boolean | undefined): Thenable<void> =>
    vscode.workspace
      .getConfiguration('cloudflareKv')
      .update('remote.readOnly', value, vscode.ConfigurationTarget.Global);
  for (const [name, protect] of [
    ['the default', defaultTo],
    ['the workspace', inWorkspace],
  ] as const) {
    it(`reaches documents that are open when ${name} comes to protect them`, async () => {
      // Nothing has been chosen for it.
      const unchosen = { ...namespace, id: account.server.createNamespace(`open ${name}`).id };
      await run('putKey', { namespace: unchosen, key: 'open', value: 'value' });
      const value = extension().exports.valueUri(unchosen, 'open');
      const entry = extension().exports.entryUri(unchosen, 'open');
      const { uri: keys } = await run<{ uri: vscode.Uri }>('editKeys', { namespace: unchosen, keys: ['open'] });
      for (const uri of [keys, entry]) await open(uri);
      const document = await open(value);
      try {
        await changing([keys, entry, value], () => protect(true));
        await eventually(async () => assert.ok(!(await takesText(document))));
        for (const uri of [keys, entry, value]) {
          assert.equal((await vscode.workspace.fs.stat(uri)).permissions, vscode.FilePermission.Readonly, uri.scheme);
          await expectFsError(vscode.workspace.fs.writeFile(uri, Buffer.from('{}')), 'NoPermissions', 'read-only');
        }
        await expectKvError(run('putKey', { namespace: unchosen, key: 'open', value: 'x' }), 'readOnly');
        await changing([keys, entry, value], () => protect(undefined));
      } finally {
        await protect(undefined);
      }
      await eventually(async () => assert.ok(await takesText(document)));
      await type(document, 'after');
      assert.ok(await document.save());
    });
  }

  it('by the workspace holds whatever is chosen, and nothing is chosen by trying', async () => {
    await inWorkspace(true);
    assert.equal(await run('toggleReadOnly', { namespace }), true);
    assert.equal(await run('toggleReadOnly', { namespace }), true);
    await run('toggleReadOnly', uri('any'));
    assert.match(spy.asked.at(-1)?.text ?? '', /stays read-only\. .*cloudflareKv\.remote\.readOnlyInWorkspace/);
    await inWorkspace(undefined);
    assert.ok(!(await isReadOnly()));
    await inWorkspace(true);
    await vscode.window.showTextDocument(uri('probe'));
    await eventually(() => assert.match(spy.asked.at(-1)?.text ?? '', /“probe” opens read-only/));
    assert.deepEqual(spy.asked.at(-1)?.items, [], 'no button promises what it cannot do');
  });

  describe('has messages with “Allow Writing”', () => {
    /** Protects the namespace and opens a value in it; gives what presses the button of the message about it. */
    const openProtected = async (key: string): Promise<() => void> => {
      await put(key);
      await run('toggleReadOnly', { namespace });
      let press = (): void => assert.fail('no message');
      spy.answer = ({ items }: Asked) =>
        items.includes('Allow Writing') &&
        new Promise((resolve) => {
          press = () => resolve('Allow Writing');
        });
      await vscode.window.showTextDocument(uri(key));
      await eventually(() => assert.deepEqual(spy.asked.at(-1)?.items, ['Allow Writing']));
      return press;
    };
    const expectTold = (text: RegExp) => eventually(() => assert.match(spy.asked.at(-1)?.text ?? '', text));

    it('that do so', async () => {
      const press = await openProtected('new');
      press();
      await expectTold(/^Can be written again: protected \(Acme Inc/);
      assert.ok(!(await isReadOnly()));
    });

    it('that take back nothing when they are old', async () => {
      const press = await openProtected('old');
      assert.equal(await run('toggleReadOnly', { namespace }), false);
      press();
      await expectTold(/^Can be written again/);
      assert.ok(!(await isReadOnly()));
    });

    it('that claim nothing where the workspace protects by now', async () => {
      const press = await openProtected('claimed');
      await inWorkspace(true);
      press();
      await expectTold(/stays read-only\. .*cloudflareKv\.remote\.readOnlyInWorkspace/);
      await inWorkspace(undefined);
      assert.ok(await isReadOnly());
    });
  });
});
