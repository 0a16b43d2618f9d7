import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Space } from '../../src/core/space/space.ts';
import { pageType } from '../../src/ids.ts';
import { eventually } from '../support/eventually.ts';
import { closeEditors, expectKvError, inSeconds, run, testNamespace } from './support.ts';

describe('space', () => {
  const kv = testNamespace('host-space');
  const { namespace } = kv;
  before(async () => {
    await kv.put('user:1', 'x'.repeat(100), { metadata: { a: 1 } });
    await kv.put('user:2', 'x'.repeat(50), { expiration: inSeconds(7200) });
    await kv.put('alone', 'x');
  });
  afterEach(closeEditors);

  const pages = (): readonly vscode.Tab[] =>
    vscode.window.tabGroups.all
      .flatMap(({ tabs }) => tabs)
      .filter(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith(pageType('space')));

  it('resolves to the numbers of the page that it opens, one for each namespace', async () => {
    const space = await run<Space>('showSpace', { namespace });
    assert.deepEqual([space.keys, space.bytes, space.metadataBytes, space.hasSizes], [3, 151, 7, true]);
    assert.deepEqual(space.groups, [{ prefix: 'user:', keys: 2, bytes: 150, metadataBytes: 7 }]);
    assert.deepEqual([space.expirations.day.keys, space.expirations.never.keys], [1, 2]);
    await eventually(() => assert.equal(pages().length, 1));
    assert.match(pages()[0]?.label ?? '', /^Space of host-space/);
    const group = await run<Space>('showSpace', { namespace, prefix: 'user:' });
    assert.deepEqual([group.prefix, group.keys, group.single.keys], ['user:', 2, 2]);
    await eventually(() => assert.equal(pages().length, 1));
  });

  it('of a namespace that nobody wrote to is none, and of a project that is gone an error', async () => {
    const empty = await run<Space>('showSpace', { namespace: { ...namespace, id: 'host-space-empty' } });
    assert.deepEqual([empty.keys, empty.groups], [0, []]);
    await expectKvError(run('showSpace', { namespace: { source: 'nowhere', id: 'x' } }), 'namespaceNotFound');
  });
});
