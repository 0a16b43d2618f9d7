import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { eventually } from '../support/eventually.ts';
import { logged } from './logSpy.ts';
import { closeEditors, freshKey, open, run, testNamespace, withSettings } from './support.ts';
import { WindowSpy } from './windowSpy.ts';

describe('settings of wrong types', () => {
  const kv = testNamespace('host-wrong-settings');
  let spy: WindowSpy;
  beforeEach(() => {
    spy = new WindowSpy();
  });
  afterEach(async () => {
    spy.restore();
    await closeEditors();
  });

  const wrong = {
    'cloudflareKv.local.stateFolders': [1],
    'cloudflareKv.local.devServerPorts': ['x'],
    'cloudflareKv.tree.keyDelimiters': ':',
    'cloudflareKv.editor.languages': 3,
    'cloudflareKv.undo.days': 'long',
  };
  const warnings = (): string[] =>
    spy.asked.flatMap(({ how, text }) => (how === 'showWarningMessage' && text.includes('as not set') ? text : []));

  it('count as not set, and each is told once, by name', async () => {
    const key = freshKey();
    await kv.put(`${key}:a`, '{}');
    await withSettings(wrong, async () => {
      await run('refresh', {});
      await run('loadAll', { namespace: kv.namespace });
      assert.equal((await open(kv.uri(`${key}:a`))).languageId, 'json');
      const { undo } = await run<{ undo: string }>('deleteKeys', {
        namespace: kv.namespace,
        keys: [`${key}:a`],
        confirm: true,
      });
      await run('undo', { id: undo });
      assert.equal((await kv.get(`${key}:a`))?.value, '{}');
      for (const name of Object.keys(wrong)) {
        assert.equal(warnings().filter((text) => text.includes(name)).length, 1, name);
        assert.ok(
          logged.some((line) => line.includes(name)),
          name,
        );
      }
    });
    assert.equal(warnings().length, Object.keys(wrong).length);
    await withSettings({ 'cloudflareKv.undo.days': 'long' }, async () => {
      const again = Object.keys(wrong).length + 1;
      await eventually(() => assert.equal(warnings().length, again, 'one that is wrong again is told again'));
    });
  });

  it('can be seen from the message', async () => {
    spy.answer = ({ items }) => items[0];
    await withSettings({ 'cloudflareKv.tree.groupKeys': 'yes' }, async () => {
      await eventually(() => assert.equal(vscode.window.tabGroups.activeTabGroup.activeTab?.label, 'Settings'));
    });
  });

  it('never promise to undo for 0 days', async () => {
    const key = freshKey();
    await kv.put(key, 'value');
    await withSettings({ 'cloudflareKv.undo.days': 0 }, async () => {
      assert.equal(await run('deleteKeys', { namespace: kv.namespace, keys: [key] }), undefined);
      assert.match(spy.asked.at(-1)?.detail ?? '', /You can undo this for 1 day\./);
      const { undo } = await run<{ undo: string }>('deleteKeys', {
        namespace: kv.namespace,
        keys: [key],
        confirm: true,
      });
      await run('undo', { id: undo });
    });
    assert.equal((await kv.get(key))?.value, 'value');
    assert.deepEqual(warnings(), []);
  });
});
