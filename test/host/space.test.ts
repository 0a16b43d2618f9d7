import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Space } from '../../src/core/space/space.ts';
import { pageType } from '../../src/ids.ts';
import type { PageModel, Picture } from '../../src/pages/shared/model.ts';
import { eventually } from '../support/eventually.ts';
import { useAccount } from './account.ts';
import { type FakePanel, FakePanels } from './fakePanels.ts';
import { closeEditors, expectKvError, inSeconds, run, testNamespace } from './support.ts';
import { WindowSpy } from './windowSpy.ts';

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

describe('the page of space', () => {
  const kv = testNamespace('host-space-page');
  const { namespace } = kv;
  let panels: FakePanels;
  let spy: WindowSpy;
  before(async () => {
    await kv.put('user:1', 'x'.repeat(100));
    await kv.put('user:2', 'x'.repeat(50), { expiration: inSeconds(7200) });
    await kv.put('alone', 'x');
  });
  beforeEach(() => {
    panels = new FakePanels();
    spy = new WindowSpy();
  });
  afterEach(async () => {
    for (const panel of panels.panels) panel.dispose();
    panels.restore();
    spy.restore();
    await closeEditors();
  });

  const open = async (): Promise<FakePanel> => {
    await run('showSpace', { namespace });
    const panel = panels.panels.at(-1);
    assert.ok(panel);
    panel.say({ type: 'ready' });
    return panel;
  };
  const modelOf = (panel: FakePanel): PageModel => {
    const model = panel.shown.at(-1);
    assert.ok(model);
    return model;
  };
  const picture = (panel: FakePanel, id: string): Picture => {
    const found = modelOf(panel)
      .sections.flatMap(({ pictures }) => pictures)
      .find((one) => one.id === id);
    assert.ok(found);
    return found;
  };
  const labels = (panel: FakePanel, id: string) =>
    (picture(panel, id).chart?.marks ?? []).map((mark) => ('label' in mark ? [mark.label, mark.value] : []));

  it('has areas by bytes or by keys, goes into a group, and back', async () => {
    const panel = await open();
    assert.deepEqual(labels(panel, 'groups'), [
      ['user:', 150],
      ['(keys outside any group)', 1],
    ]);
    panel.say({ type: 'choose', choice: 'measure', option: 'keys' });
    assert.deepEqual(labels(panel, 'groups')[0], ['user:', 2]);
    panel.say({ type: 'act', action: 'into:user:' });
    await eventually(() =>
      assert.match(
        modelOf(panel)
          .notes.map(({ text }) => text)
          .join(),
        /begin with “user:”/,
      ),
    );
    await eventually(() => assert.deepEqual(labels(panel, 'groups'), [['(keys outside any group)', 2]]));
    panel.say({ type: 'act', action: 'into:' });
    await eventually(() => assert.equal(labels(panel, 'groups').length, 2));
    const { memory } = modelOf(panel);
    assert.deepEqual(memory, { namespace, prefix: '', measure: 'keys' });
  });

  it('follows no message that it did not offer', async () => {
    const panel = await open();
    const before = panel.shown.length;
    for (const action of ['into:other:', 'key:nowhere', 'delete:user:1']) panel.say({ type: 'act', action });
    panel.say({ type: 'choose', choice: 'measure', option: 'colour' });
    assert.equal(panel.shown.length, before);
  });

  it('opens the keys without expiration as a list that can be deleted', async () => {
    const panel = await open();
    panel.say({ type: 'act', action: 'list:never' });
    const text = await eventually(() => {
      const shown = vscode.window.visibleTextEditors.map(({ document }) => document.getText());
      const list = shown.find((one) => one.startsWith('# 2 keys without expiration in host-space-page'));
      assert.ok(list);
      return list;
    });
    assert.match(text, /\nalone\nuser:1\n/);
    panel.say({ type: 'act', action: 'list:today' });
    await eventually(() => {
      const shown = vscode.window.visibleTextEditors.map(({ document }) => document.getText());
      assert.ok(
        shown.some((one) => /^# 1 key that will expire .*\n\nuser:2\n/.test(one)),
        shown.join(),
      );
    });
    assert.equal((await kv.get('alone'))?.value, 'x', 'nothing is done by itself');
    assert.deepEqual(spy.asked[0]?.items, ['Export…', 'Set Expiration…', 'Delete…']);
    spy.answer = ({ items }) => items.find((item) => item.startsWith('Delete'));
    panel.say({ type: 'act', action: 'list:never' });
    await eventually(async () => assert.equal(await kv.get('alone'), undefined));
    assert.deepEqual([await kv.get('user:1'), (await kv.get('user:2'))?.value.length], [undefined, 50]);
  });
});

describe('the space of a namespace of an account', () => {
  const remote = useAccount('space');
  it('is what a listing tells, in as many requests', async () => {
    const { namespace } = remote;
    await run('putKey', { namespace, key: 'user:1', value: 'x', metadata: { a: 1 }, confirm: true });
    await run('putKey', { namespace, key: 'user:2', value: 'y', expirationTtl: 7200, confirm: true });
    const space = await run<Space>('showSpace', { namespace });
    assert.deepEqual([space.keys, space.bytes, space.metadataBytes, space.hasSizes], [2, 0, 7, false]);
    assert.deepEqual([space.expirations.day.keys, space.sizes], [1, []]);
    await closeEditors();
  });
});
