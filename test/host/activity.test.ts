import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { ActivityEvent } from '../../src/core/store/activity.ts';
import { openActivityCommand } from '../../src/ids.ts';
import { eventually } from '../support/eventually.ts';
import { closeEditors, expectKvError, freshKey, run, testNamespace } from './support.ts';

interface Line {
  readonly what: string;
  readonly key?: string;
  readonly isNew?: boolean;
  readonly size?: number;
  readonly metadataChanged?: boolean;
}

describe('activity', () => {
  const kv = testNamespace('host-activity');
  const { namespace } = kv;
  const file = join(tmpdir(), `activity-${randomUUID()}.ndjson`);
  const to = vscode.Uri.file(file);
  before(() => kv.put('there', 'before', { metadata: { a: 1 } }));
  afterEach(() => run('closeActivity', {}));
  after(async () => {
    rmSync(file, { force: true });
    await closeEditors();
  });

  /** What the view shows, as it is saved, the oldest first. */
  const rows = async (): Promise<readonly Line[]> => {
    await run('saveActivity', { to });
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line);
  };
  const show = async (): Promise<void> => {
    assert.deepEqual(await run('showActivity', { source: namespace.source }), { source: namespace.source });
    await run('filterActivity', { namespace });
  };
  const told = (...expected: readonly string[]) =>
    eventually(async () =>
      assert.deepEqual(
        (await rows()).map(({ what, key }) => `${what} ${key}`),
        expected,
      ),
    );

  it('shows what others and we do to keys, and what was changed', async () => {
    await show();
    const key = freshKey();
    await kv.put(key, 'first');
    await told(`put ${key}`);
    await run('putKey', { namespace, key, value: 'second', metadata: { by: 'us' } });
    await told(`put ${key}`, `put ${key}`);
    await kv.foreign.delete(key);
    await told(`put ${key}`, `put ${key}`, `delete ${key}`);
    const [first, second] = await rows();
    assert.deepEqual([first?.isNew, first?.size, first?.metadataChanged], [true, 5, undefined]);
    assert.deepEqual([second?.isNew, second?.size, second?.metadataChanged], [false, 6, true]);
  });

  it('stands still while it is paused, can be filtered and cleared', async () => {
    await show();
    const [a, b] = [freshKey('aa'), freshKey('bb')];
    await kv.put(a, '1');
    await told(`put ${a}`);
    await run('pauseActivity', {});
    await kv.put(b, '2');
    await run('resumeActivity', {});
    await told(`put ${a}`, `put ${b}`);
    await run('filterActivity', { namespace, text: 'BB-' });
    await told(`put ${b}`);
    await run('clearActivity', {});
    await told();
  });

  it('opens the entry before and after', async () => {
    await show();
    const [value, other] = ['0'.repeat(80), '1'.repeat(80)];
    const event: ActivityEvent = {
      what: 'put',
      key: 'there',
      at: Date.now(),
      namespace: namespace.id,
      before: { value, size: 70_000, metadata: '{"a":1}' },
      after: { value: other, size: 5 },
    };
    await vscode.commands.executeCommand(openActivityCommand, { number: 1, event });
    const input = await eventually(async () => {
      const found = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
      assert.ok(found instanceof vscode.TabInputTextDiff);
      return found;
    });
    const text = async (uri: vscode.Uri) => (await vscode.workspace.openTextDocument(uri)).getText();
    assert.match(await text(input.original), /^Metadata: \{"a":1\}\nExpires: never\n\n\(.* it has 68 KB\.\)$/);
    assert.match(await text(input.modified), /^Metadata: none\nExpires: never\n\n\(.* 5 bytes\.\)$/);
  });

  it('is filtered by a namespace of its own project only', async () => {
    await show();
    const other = { source: `account-${'0'.repeat(32)}`, id: namespace.id };
    await expectKvError(run('filterActivity', { namespace: other }), 'invalidInput', namespace.id);
    const none = { ...namespace, id: 'no-such-namespace' };
    await expectKvError(run('filterActivity', { namespace: none }), 'namespaceNotFound', 'no-such-namespace');
    const key = freshKey('still-filtered');
    await kv.put(key, '1');
    await told(`put ${key}`);
  });

  it('is there only for local projects, and only while it is shown', async () => {
    for (const name of ['pauseActivity', 'resumeActivity', 'filterActivity', 'clearActivity']) {
      await expectKvError(run(name, {}), 'notFound', 'Show Activity');
    }
    await expectKvError(run('saveActivity', { to }), 'notFound');
    await expectKvError(run('showActivity', { source: 'nowhere' }), 'namespaceNotFound');
  });
});
