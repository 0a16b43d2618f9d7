import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { eventually } from '../support/eventually.ts';
import { useAccount } from './account.ts';
import { closeEditors, expectKvError, extension, freshKey, run, testNamespace, withSettings } from './support.ts';
import { WindowSpy } from './windowSpy.ts';

describe('the row of a key', () => {
  const kv = testNamespace('host-reveal');
  const { namespace } = kv;
  let spy: WindowSpy;

  before(async () => {
    const keys = [
      ...Array.from({ length: 1500 }, (_, index) => `k${String(index).padStart(5, '0')}`),
      'p:q:1',
      'p:q:2',
      'p:2',
      'other',
    ];
    await kv.foreign.putMany(keys.map((key) => ({ key, value: Buffer.from('v') })));
    await run('refresh', {});
    await vscode.commands.executeCommand('cloudflareKv.tree.focus');
  });
  beforeEach(() => {
    spy = new WindowSpy();
  });
  afterEach(async () => {
    spy.restore();
    await closeEditors();
  });

  const expectSelected = (key: string): Promise<void> =>
    eventually(async () => {
      await vscode.env.clipboard.writeText('');
      await run('copyKeyName', { from: 'selection' });
      assert.equal(await vscode.env.clipboard.readText(), key);
    });

  it('is selected, with its groups opened and further pages read', async () => {
    for (const key of ['k00003', 'p:q:2', 'k01400']) {
      assert.equal(await run('revealKey', { namespace, key }), true);
      await expectSelected(key);
    }
  });

  it('is what a key press means, also while all rows are read anew', async () => {
    for (let index = 0; index < 15; index++) {
      const key = `k0000${index % 10}`;
      const refreshed = Array.from({ length: (index % 5) + 1 }, () => run('refresh', {}));
      assert.equal(await run('revealKey', { namespace, key }), true);
      await vscode.env.clipboard.writeText('');
      await run('copyKeyName', { from: 'selection' });
      assert.equal(await vscode.env.clipboard.readText(), key);
      await Promise.all(refreshed);
    }
  });

  it('is shown although a filter hid it, and although the rows are older than the key', async () => {
    await run('filterByPrefix', { namespace, prefix: 'p:' });
    assert.equal(await run('revealKey', { namespace, key: 'other' }), true);
    await expectSelected('other');
    await kv.put('p:q:3', 'new');
    assert.equal(await run('revealKey', { namespace, key: 'p:q:3' }), true);
    await expectSelected('p:q:3');
  });

  it('is not there for a key that is not, in a namespace that is not', async () => {
    assert.equal(await run('revealKey', { namespace, key: 'p:q' }), false);
    await expectKvError(
      run('revealKey', { namespace: { ...namespace, source: 'local-0' }, key: 'k' }),
      'namespaceNotFound',
    );
    assert.equal(spy.asked.length, 0);
    await run('revealKey', kv.uri('p:q'));
    assert.match(spy.asked[0]?.text ?? '', /“p:q” does not exist/);
  });

  it('is found from the tab of a value and of an entry', async () => {
    for (const [uri, key] of [
      [kv.uri('p:2'), 'p:2'],
      [kv.entryUri('k00007'), 'k00007'],
    ] as const) {
      await run('revealKey', uri);
      await expectSelected(key);
    }
    assert.deepEqual(spy.asked, []);
  });

  it('is selected after New Key, which opens the value', async () => {
    const key = freshKey('p:new');
    spy.answer = ({ how, text }) => {
      if (how === 'showInputBox') return key;
      return how === 'showQuickPick' && text.includes(key) ? { read: async () => Buffer.from('made') } : undefined;
    };
    await run('revealKey', { namespace, key: 'other' });
    await run('newKey', kv.uri('other'));
    assert.equal((await kv.get(key))?.value, 'made');
    await eventually(() =>
      assert.equal(vscode.window.activeTextEditor?.document.uri.toString(), kv.uri(key).toString()),
    );
    await expectSelected(key);
  });

  it('is not read for after New Key when it lies beyond the pages that are shown', async () => {
    await run('clearFilter', { namespace });
    const key = freshKey('z');
    spy.answer = ({ how }) => (how === 'showInputBox' ? key : { read: async () => Buffer.from('made') });
    await run('newKey', kv.uri('other'));
    const stopped = new vscode.CancellationTokenSource();
    stopped.cancel();
    assert.deepEqual(await run('loadAll', { namespace }, stopped.token), { keysRead: 1000, rows: 1000, more: true });
  });

  it('is found among keys that are not grouped', async () => {
    await withSettings({ 'cloudflareKv.tree.groupKeys': false }, async () => {
      await run('filterByPrefix', { namespace, prefix: 'k0' });
      await run('revealKey', { namespace, key: 'p:q:1' });
      await expectSelected('p:q:1');
    });
  });

  it('loses its filter by Clear Filter, one namespace or all of them', async () => {
    const rows = async () => (await run<{ rows: number }>('loadAll', { namespace })).rows;
    await run('filterByPrefix', { namespace, prefix: 'k0000' });
    assert.equal(await rows(), 10);
    assert.equal(await run('clearFilter', { namespace }), undefined);
    assert.ok((await rows()) > 1000);
    await run('filterByPrefix', { namespace, prefix: 'k0000' });
    await run('clearFilter');
    assert.ok((await rows()) > 1000);
    await expectKvError(run('clearFilter', { namespace: { ...namespace, id: 'no-such' } }), 'namespaceNotFound');
  });

  it('opens beside the active editor', async () => {
    await run('openKey', { namespace, key: 'k00001' });
    assert.deepEqual(await run('openKeyToSide', { namespace, key: 'p:2' }), { namespace, key: 'p:2' });
    await eventually(() => {
      assert.equal(vscode.window.tabGroups.all.length, 2);
      assert.equal(vscode.window.activeTextEditor?.viewColumn, vscode.ViewColumn.Two);
    });
    await expectKvError(run('openKeyToSide', { namespace, key: 'no' }), 'notFound');
  });
});

describe('a key of an account whose listing begins with an empty page', () => {
  const account = useAccount('host-empty-pages');
  let spy: WindowSpy;
  before(async () => {
    await run('putKey', { namespace: account.namespace, key: 'behind', value: 'v' });
  });
  beforeEach(() => {
    spy = new WindowSpy();
    account.server.faults.add({ mishap: { kind: 'emptyPage' }, operations: ['listKeys'] });
  });
  afterEach(() => {
    spy.restore();
    account.server.faults.clear();
  });

  it('is found all the same', async () => {
    const { namespace } = account;
    assert.equal(await run('revealKey', { namespace, key: 'behind' }), true);
  });

  it('is counted before its namespace goes, and listed as a file', async () => {
    const { namespace } = account;
    await run('deleteNamespace', { namespace });
    assert.match(spy.asked[0]?.text ?? '', /with 1 key\?$/);
    account.server.faults.add({ mishap: { kind: 'emptyPage' }, operations: ['listKeys'] });
    const folder = vscode.Uri.joinPath(extension().exports.valueUri(namespace, 'behind'), '..');
    assert.deepEqual(await vscode.workspace.fs.readDirectory(folder), [['behind', vscode.FileType.File]]);
  });
});
