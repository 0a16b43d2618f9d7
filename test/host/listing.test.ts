import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { eventually } from '../support/eventually.ts';
import { closeEditors, expectKvError, run, testNamespace, withSettings } from './support.ts';
import { WindowSpy } from './windowSpy.ts';

describe('commands about the view', () => {
  const kv = testNamespace('host-listing');
  const { namespace } = kv;
  let spy: WindowSpy;
  before(async () => {
    const keys = [
      ...Array.from({ length: 1500 }, (_, index) => `k${String(index).padStart(5, '0')}`),
      ...Array.from({ length: 1200 }, (_, index) => `p:${String(index).padStart(5, '0')}`),
    ];
    await kv.foreign.putMany(keys.map((key) => ({ key, value: Buffer.from('v') })));
    await run('refresh', {});
  });
  beforeEach(() => {
    spy = new WindowSpy();
  });
  afterEach(() => {
    spy.restore();
    assert.deepEqual(spy.asked, [], 'nothing is asked or told');
  });

  it('read a namespace page by page, groups as one row', async () => {
    assert.deepEqual(await run('loadMore', { namespace }), { keysRead: 2000, rows: 1501, more: true });
    assert.deepEqual(await run('loadMore', { namespace }), { keysRead: 2700, rows: 1501, more: false });
    assert.deepEqual(await run('loadMore', { namespace }), { keysRead: 2700, rows: 1501, more: false });
  });

  it('read a group to its end', async () => {
    assert.deepEqual(await run('loadAll', { namespace, prefix: 'p:' }), { keysRead: 1200, rows: 1200, more: false });
  });

  it('read on from the first page for a filter, and from all keys again without one', async () => {
    assert.deepEqual(await run('filterByPrefix', { namespace, prefix: 'k000' }), { namespace, prefix: 'k000' });
    assert.deepEqual(await run('loadAll', { namespace }), { keysRead: 100, rows: 100, more: false });
    await run('filterByPrefix', { namespace });
    assert.deepEqual(await run('loadMore', { namespace }), { keysRead: 2000, rows: 1501, more: true });
  });

  it('read nothing more when they are cancelled', async () => {
    await run('filterByPrefix', { namespace });
    const cancelled = new vscode.CancellationTokenSource();
    cancelled.cancel();
    assert.deepEqual(await run('loadAll', { namespace }, cancelled.token), { keysRead: 1000, rows: 1000, more: true });
  });

  it('group keys, or not', async () => {
    await withSettings({ 'cloudflareKv.tree.groupKeys': true }, async () => {
      assert.equal(await run('toggleGrouping', {}), false);
      assert.equal((await run<{ rows: number }>('loadAll', { namespace })).rows, 2700);
      assert.equal(await run('toggleGrouping'), undefined);
      assert.equal(vscode.workspace.getConfiguration('cloudflareKv').get('tree.groupKeys'), true);
      assert.equal((await run<{ rows: number }>('loadAll', { namespace })).rows, 1501);
    });
  });

  it('see what was written elsewhere after a refresh', async () => {
    await run('loadAll', { namespace });
    await kv.put('k-new', 'v');
    assert.equal(await run('refresh', { namespace }), undefined);
    assert.equal((await run<{ rows: number }>('loadAll', { namespace })).rows, 1502);
    await kv.foreign.delete('k-new');
    assert.equal(await run('refresh', {}), undefined);
    assert.equal((await run<{ rows: number }>('loadAll', { namespace })).rows, 1501);
  });

  it('name a namespace or group that the view does not have', async () => {
    const unknown = { source: namespace.source, id: 'no-such-namespace' };
    await expectKvError(run('loadMore', { namespace: unknown }), 'namespaceNotFound');
    await expectKvError(run('loadAll', { namespace, prefix: 'no-such-group:' }), 'notFound');
    await expectKvError(run('filterByPrefix', { namespace: unknown, prefix: 'x' }), 'namespaceNotFound');
    await expectKvError(run('refresh', { namespace: unknown }), 'namespaceNotFound');
    assert.equal(await run('refresh', { namespace, prefix: 'no-such-group:' }), undefined);
  });

  it('show the log', async () => {
    assert.equal(await run('showLog', {}), undefined);
    await vscode.commands.executeCommand('workbench.action.closePanel');
  });

  it('show the settings', async () => {
    assert.equal(await run('openSettings', {}), undefined);
    await eventually(() => assert.equal(vscode.window.tabGroups.activeTabGroup.activeTab?.label, 'Settings'));
    await closeEditors();
  });
});
