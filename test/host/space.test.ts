import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as vscode from 'vscode';
import type { Space } from '../../src/core/space/space.ts';
import { pageType } from '../../src/ids.ts';
import type { PageModel } from '../../src/pages/shared/model.ts';
import { eventually } from '../support/eventually.ts';
import { useAccount } from './account.ts';
import { type FakePanel, FakePanels } from './fakePanels.ts';
import { closeEditors, expectKvError, inSeconds, run, testNamespace, workspace } from './support.ts';
import { WindowSpy } from './windowSpy.ts';

function shownBy(panel: FakePanel): PageModel {
  const model = panel.shown.at(-1);
  assert.ok(model);
  return model;
}

const tableOf = (model: PageModel, id: string) =>
  model.sections.flatMap(({ pictures }) => pictures).find((picture) => picture.id === id)?.table.rows;
const notesOf = ({ notes }: PageModel): string => notes.map(({ text }) => text).join('\n');

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

describe('the page of the space', () => {
  const kv = testNamespace('host-space-page');
  const flags = testNamespace('host-space-flags');
  const { namespace } = kv;
  let panels: FakePanels;
  let spy: WindowSpy;
  before(async () => {
    await run('refresh', {});
    await vscode.commands.executeCommand('cloudflareKv.tree.focus');
  });
  beforeEach(async () => {
    for (const key of ['user:1', 'user:a:2', 'user:a:3', 'alone']) await kv.put(key, 'x'.repeat(key.length));
    for (const key of ['soon:1', 'soon:2']) await kv.put(key, 'x', { expiration: inSeconds(7200) });
    await kv.put('later', 'x', { expiration: inSeconds(400_000) });
    panels = new FakePanels();
    spy = new WindowSpy();
  });
  afterEach(async () => {
    for (const panel of panels.panels) panel.dispose();
    panels.restore();
    spy.restore();
    await closeEditors();
  });

  async function openPage(prefix?: string, of = namespace): Promise<FakePanel> {
    await run('showSpace', { namespace: of, ...(prefix !== undefined && { prefix }) });
    const panel = panels.panels.at(-1);
    assert.ok(panel);
    panel.say({ type: 'ready' });
    return panel;
  }
  const listed = (start: string): Promise<vscode.TextDocument> =>
    eventually(() => {
      const found = vscode.workspace.textDocuments.find((document) => document.getText().startsWith(start));
      assert.ok(found);
      return found;
    });
  const keysIn = (document: vscode.TextDocument): string[] =>
    document
      .getText()
      .split('\n')
      .slice(2)
      .filter((line) => line !== '')
      .sort();
  /** What there is once nobody writes any more. */
  const stored = async (...keys: string[]) =>
    Promise.all(
      keys.map(async (key) => ((await kv.get(key)) === undefined ? 'none' : (await kv.get(key))?.expiration)),
    );

  it('leads into a group and back, and draws areas by keys or bytes', async () => {
    const panel = await openPage();
    assert.deepEqual(tableOf(shownBy(panel), 'groups')?.[0]?.slice(0, 3), ['user:', 3, 22]);
    panel.say({ type: 'choose', choice: 'measure', option: 'keys' });
    assert.match(JSON.stringify(shownBy(panel).sections[0]?.pictures[0]?.title), /Keys by group/);
    panel.say({ type: 'act', action: 'into:user:' });
    await eventually(() => assert.match(notesOf(shownBy(panel)), /Only keys that begin with “user:”/));
    await eventually(() => assert.deepEqual(tableOf(shownBy(panel), 'groups')?.[0]?.slice(0, 3), ['user:a:', 2, 16]));
    assert.equal(shownBy(panel).choices[0]?.chosen, 'keys');
    panel.say({ type: 'act', action: 'into:' });
    await eventually(() => assert.equal(tableOf(shownBy(panel), 'groups')?.[0]?.[0], 'user:'));
    // Not offered here.
    const { length } = panel.shown;
    panel.say({ type: 'act', action: 'into:other:' });
    panel.say({ type: 'act', action: 'key:user:99' });
    await run('showSpace', { namespace });
    assert.ok(panel.shown.slice(length).every((model) => !notesOf(model).includes('other:')));
    assert.deepEqual(spy.asked, []);
  });

  it('leads one group up, and to the keys outside any group', async () => {
    const panel = await openPage('user:a:');
    const offered = (): string[] => shownBy(panel).notes.flatMap(({ actions = [] }) => actions.map(({ id }) => id));
    assert.deepEqual(offered(), ['again:', 'into:', 'into:user:', 'group:user:a:']);
    panel.say({ type: 'act', action: 'into:user:' });
    await eventually(() => assert.deepEqual(tableOf(shownBy(panel), 'groups')?.[0]?.slice(0, 2), ['user:a:', 2]));
    assert.deepEqual(offered(), ['again:', 'into:', 'group:user:']);
    const groups = shownBy(panel).sections[0]?.pictures[0];
    const actions = ['into:user:a:', 'list:single'];
    assert.deepEqual(
      [groups?.chart?.marks, groups?.table.heads].map((all) => all?.map(({ action }) => action)),
      [actions, actions],
    );
    assert.deepEqual(
      groups?.chart?.marks.map((area) => ('label' in area ? area.label : undefined)),
      ['a:', '(keys outside any group)'],
    );
    assert.match(groups?.chart?.marks[0]?.tip ?? '', /^“user:a:”: 2 keys/);
    panel.say({ type: 'act', action: 'list:single' });
    assert.deepEqual(keysIn(await listed('# 1 key outside any group in')), ['user:1']);
  });

  it('of nothing says so, and offers nothing that leads nowhere', async () => {
    const panel = await openPage('nothing:');
    const { sections, choices, notes } = shownBy(panel);
    assert.deepEqual([sections, choices], [[], []]);
    assert.deepEqual(
      notes.map(({ text, actions = [] }) => [text, actions.map(({ id }) => id)]),
      [
        ['No keys yet', ['again:']],
        ['Only keys that begin with “nothing:”.', ['into:']],
      ],
    );
  });

  it('lists as many keys as the bar counts that was clicked', async () => {
    for (const key of ['when:soon', 'when:sooner']) await flags.put(key, 'x', { expiration: inSeconds(1800) });
    await flags.put('when:today', 'x', { expiration: inSeconds(7200) });
    const panel = await openPage('when:', flags.namespace);
    panel.say({ type: 'act', action: 'list:hour' });
    const found = await listed('# 2 keys in ');
    assert.match(found.getText(), /by when they expire: within the next hour/);
    assert.deepEqual(keysIn(found), ['when:soon', 'when:sooner']);
  });

  it('lists the keys of a size whose values can be read, and names what is left out', async () => {
    for (const key of ['broken:1', 'broken:2', 'broken:3', 'broken:4']) await flags.put(key, 'x');
    const database = new DatabaseSync(flags.files.database);
    const row = database.prepare("SELECT blob_id FROM _mf_entries WHERE key = 'broken:2'").get();
    database.close();
    const file = join(flags.files.blobs, String(row?.blob_id));
    rmSync(file);
    mkdirSync(file);
    const panel = await openPage('broken:', flags.namespace);
    panel.say({ type: 'act', action: 'list:size0' });
    const found = await listed('# 3 keys in ');
    assert.match(
      found.getText(),
      /^# 3 keys in .*: up to 100 B \(not complete: 1 key could not be read\)\n\n“broken:2” /,
    );
    assert.deepEqual(keysIn(found).slice(0, 3), ['broken:1', 'broken:3', 'broken:4']);
    await flags.foreign.delete('broken:2');
  });

  it('names a key that is written from the right so that its numbers stay beside it', async () => {
    const key = 'مرحبا:2';
    await flags.put(key, 'x');
    const panel = await openPage(key, flags.namespace);
    const { chart } =
      shownBy(panel)
        .sections.flatMap(({ pictures }) => pictures)
        .find(({ id }) => id === 'largest-values') ?? assert.fail();
    assert.deepEqual(
      chart?.marks.map(({ tip }) => tip),
      [`“\u2068${key}\u2069”: 1 B`],
    );
  });

  it('draws no areas where all values are empty, and shows the table', async () => {
    for (const key of ['empty:1', 'empty:2']) await flags.put(key, '', { metadata: { a: 1 } });
    const panel = await openPage('empty:', flags.namespace);
    const groups = shownBy(panel).sections[0]?.pictures[0];
    assert.deepEqual([groups?.chart, groups?.empty], [undefined, undefined]);
    assert.deepEqual(groups?.table.rows, [['(keys outside any group)', 2, 0, 14]]);
    panel.say({ type: 'choose', choice: 'measure', option: 'keys' });
    assert.equal(shownBy(panel).sections[0]?.pictures[0]?.chart?.marks.length, 1);
  });

  it('reveals a key and a group in the view', async () => {
    const panel = await openPage('user:a:');
    const copied = async (): Promise<string> => {
      await vscode.env.clipboard.writeText('');
      await run('copyKeyName', { from: 'selection' });
      return await vscode.env.clipboard.readText();
    };
    panel.say({ type: 'act', action: 'key:user:a:3' });
    const told = () => spy.asked.filter(({ how }) => how.endsWith('Message')).map(({ text }) => text);
    await eventually(async () => assert.deepEqual([await copied(), told()], ['user:a:3', []]));
    panel.say({ type: 'act', action: 'group:user:a:' });
    await eventually(async () => assert.deepEqual([await copied(), told()], ['user:a:', []]));
  });

  it('tells when the key that was clicked has gone meanwhile', async () => {
    const panel = await openPage('soon:');
    await kv.foreign.delete('soon:2');
    panel.say({ type: 'act', action: 'key:soon:2' });
    await eventually(() => assert.match(spy.asked.map(({ text }) => text).join(), /“soon:2” does not exist/));
  });

  it('tells when the group that was clicked has gone meanwhile', async () => {
    const panel = await openPage('soon:');
    for (const key of ['soon:1', 'soon:2']) await kv.foreign.delete(key);
    panel.say({ type: 'act', action: 'group:soon:' });
    await eventually(() => assert.match(spy.asked.map(({ text }) => text).join(), /begins with “soon:”/));
  });

  it('leads to the keys from each picture, and from the rows of its table', async () => {
    const odd = ' odd\u202ekey';
    await flags.put(odd, 'x'.repeat(150), { metadata: 'm'.repeat(950) });
    const panel = await openPage(' odd', flags.namespace);
    const pictures = shownBy(panel).sections.flatMap((section) => section.pictures);
    const actionsOf = (id: string) => {
      const { chart, table } = pictures.find((picture) => picture.id === id) ?? assert.fail(id);
      return { marks: chart?.marks.map(({ action }) => action), rows: table.heads?.map(({ action }) => action) };
    };
    for (const id of ['largest-values', 'largest-metadata', 'limits']) {
      assert.deepEqual(actionsOf(id), { marks: [`key:${odd}`], rows: [`key:${odd}`] }, id);
      const { heads, rows } = pictures.find((picture) => picture.id === id)?.table ?? assert.fail(id);
      assert.deepEqual([heads?.[0]?.shown, rows[0]?.[0]], ['␣odd[U+202E]key', odd], id);
    }
    for (const id of ['sizes', 'expirations']) {
      const { marks, rows } = actionsOf(id);
      assert.deepEqual(marks, rows, id);
      assert.ok(
        marks?.every((action) => action?.startsWith('list:')),
        id,
      );
    }
    panel.say({ type: 'act', action: 'list:size1' });
    const sized = await listed('# 1 key in ');
    assert.match(sized.getText(), /by the size of their values: up to 1 kB/);
    panel.say({ type: 'act', action: 'list:later' });
    await eventually(() => assert.match(spy.asked.map(({ text }) => text).join(), /1 key in .* by the size/));
    await listed('# 0 keys in ');
    assert.ok(!spy.asked.some(({ how }) => how === 'showErrorMessage'));
  });

  it('lists what never expires, to be exported', async () => {
    const panel = await openPage();
    const to = vscode.Uri.file(join(workspace, 'never.ndjson'));
    spy.answer = ({ how, text }) =>
      how === 'showSaveDialog' ? to : text.includes('without expiration') ? 'Export…' : undefined;
    panel.say({ type: 'act', action: 'list:never' });
    const document = await listed('# 4 keys without expiration in host-space-page');
    assert.deepEqual(keysIn(document), ['alone', 'user:1', 'user:a:2', 'user:a:3']);
    const links = await vscode.commands.executeCommand<vscode.DocumentLink[]>(
      'vscode.executeLinkProvider',
      document.uri,
    );
    assert.equal(links.length, 4);
    await eventually(() => {
      const keys = readFileSync(to.fsPath, 'utf8').trim().split('\n');
      assert.deepEqual(keys.map((line) => (JSON.parse(line) as { key: string }).key).sort(), keysIn(document));
    });
    // Whoever clicked is told.
    await eventually(() => assert.match(spy.asked.at(-1)?.text ?? '', /^Exported 4 keys/));
  });

  it('lists what never expires in a group, to be given an expiration', async () => {
    const panel = await openPage('user:');
    spy.answer = ({ how, text, items }) =>
      how === 'showQuickPick' ? { answer: 3600 } : text.includes('without expiration') ? items[1] : undefined;
    panel.say({ type: 'act', action: 'list:never' });
    await listed('# 3 keys without expiration in');
    await eventually(async () => {
      const expirations = await stored('user:1', 'user:a:2', 'user:a:3');
      for (const expiration of expirations) assert.ok(Math.abs(Number(expiration) - inSeconds(3600)) < 120);
    });
    assert.deepEqual(await stored('alone'), [undefined]);
    await eventually(() => assert.match(spy.asked.at(-1)?.text ?? '', /^Set the expiration of 3 keys/));
    assert.deepEqual(spy.asked.at(-1)?.items, ['Undo']);
  });

  it('lists what expires today, to be deleted after a question, with an undo', async () => {
    const panel = await openPage();
    spy.answer = ({ how, text, items }) =>
      how === 'showWarningMessage' ? items[0] : text.includes('will expire') ? 'Delete…' : undefined;
    panel.say({ type: 'act', action: 'list:today' });
    assert.deepEqual(keysIn(await listed('# 2 keys that will expire within 24 hours')), ['soon:1', 'soon:2']);
    await eventually(async () => assert.deepEqual(await stored('soon:1', 'soon:2'), ['none', 'none']));
    assert.notEqual((await stored('later'))[0], 'none');
    assert.match(spy.asked.map(({ text }) => text).join('\n'), /Delete 2 keys from host-space-page/);
    await eventually(() => assert.deepEqual(spy.asked.at(-1)?.items, ['Undo']));
  });

  it('tells what went wrong with what was clicked', async () => {
    const panel = await openPage('soon:');
    spy.answer = ({ how, items }) => (how === 'showInformationMessage' ? items[2] : undefined);
    await run('toggleReadOnly', { namespace });
    try {
      panel.say({ type: 'act', action: 'list:today' });
      await eventually(() => assert.match(spy.asked.at(-1)?.text ?? '', /read-only/));
    } finally {
      await run('toggleReadOnly', { namespace });
    }
    assert.ok(!(await stored('soon:1', 'soon:2')).includes('none'));
  });
});

describe('the page of the space of an account', () => {
  const remote = useAccount('space-remote');
  let panels: FakePanels;
  let spy: WindowSpy;
  before(async () => {
    for (const key of ['user:1', 'user:2', 'alone']) {
      await run('putKey', { namespace: remote.namespace, key, value: 'v', confirm: true });
    }
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

  it('knows keys and expirations without reading a value, and goes into a group by listing', async () => {
    remote.server.reset();
    const space = await run<Space>('showSpace', { namespace: remote.namespace });
    assert.deepEqual([space.keys, space.hasSizes], [3, false]);
    const panel = panels.panels.at(-1);
    assert.ok(panel);
    panel.say({ type: 'ready' });
    assert.match(notesOf(shownBy(panel)), /How large values are is known only when they are read/);
    assert.deepEqual(shownBy(panel).choices, []);
    panel.say({ type: 'act', action: 'into:user:' });
    await eventually(() => assert.equal(tableOf(shownBy(panel), 'groups')?.[0]?.[1], 2));
    assert.equal(panels.panels.length, 1);
    assert.equal(remote.server.count('getValue'), 0);
  });

  it('comes back to all keys, and lists them anew', async () => {
    await run<Space>('showSpace', { namespace: remote.namespace, prefix: 'user:' });
    const panel = panels.panels.at(-1);
    assert.ok(panel);
    panel.say({ type: 'ready' });
    panel.say({ type: 'act', action: 'into:' });
    await eventually(() => assert.deepEqual(tableOf(shownBy(panel), 'groups')?.[0]?.slice(0, 2), ['user:', 2]));
    assert.match(notesOf(shownBy(panel)), /^3 keys/m);
    remote.server.reset();
    panel.say({ type: 'act', action: 'again:' });
    await eventually(() => assert.ok(remote.server.count('listKeys') > 0));
    await eventually(() => assert.equal(shownBy(panel).busy, undefined));
    assert.deepEqual(spy.asked, []);
  });

  it('asks before it lists many keys, and lists none of them twice', async () => {
    const { id } = remote.server.makeUpNamespace('space-much', 100_000);
    await run('refresh', {});
    const namespace = { source: remote.namespace.source, id };
    const button = 'List 100,000+ Keys';
    let answer: string | undefined;
    spy.answer = ({ how }) => (how === 'showQuickPick' ? { namespace } : answer);
    const questions = () => spy.asked.filter(({ items }) => items.includes(button));
    await run('showSpace');
    const [question] = questions();
    assert.match(question?.text ?? '', /^List 100,000\+ keys of space-much/);
    assert.match(question?.detail ?? '', /100 requests, 100 lists: 10% of the free plan’s day/);
    // One that an earlier test left to be listed may come late.
    const opened = () => panels.panels.filter(({ title }) => title.includes('space-much'));
    assert.deepEqual(opened(), []);
    answer = button;
    remote.server.reset();
    await run('showSpace');
    const [panel] = opened();
    assert.ok(panel);
    panel.say({ type: 'ready' });
    assert.match(notesOf(shownBy(panel)), /^100,000 keys/m);
    assert.equal(questions().length, 2);
    assert.ok(remote.server.count('listKeys') <= 101, String(remote.server.count('listKeys')));
  });

  it('shows why the keys could not be listed, and lists them when they can be', async () => {
    const mishap = { kind: 'status', status: 403, code: 10000, message: 'Authentication error' } as const;
    remote.server.faults.add({ mishap, operations: ['listKeys'], times: 50 });
    spy.answer = ({ how }) => (how === 'showQuickPick' ? { namespace: remote.namespace } : undefined);
    try {
      await run('showSpace');
    } finally {
      remote.server.faults.clear();
    }
    const [panel] = panels.panels;
    assert.ok(panel);
    panel.say({ type: 'ready' });
    assert.match(notesOf(shownBy(panel)), /^The keys could not be listed: .*permission/);
    assert.deepEqual(
      spy.asked.map(({ how }) => how),
      ['showQuickPick'],
    );
    panel.say({ type: 'act', action: 'again:' });
    await eventually(() => assert.match(notesOf(shownBy(panel)), /^3 keys/m));
  });

  it('tells when the keys that were clicked could not be listed', async () => {
    await run<Space>('showSpace', { namespace: remote.namespace });
    const panel = panels.panels.at(-1);
    assert.ok(panel);
    panel.say({ type: 'ready' });
    const mishap = { kind: 'status', status: 403, code: 10000, message: 'Authentication error' } as const;
    remote.server.faults.add({ mishap, operations: ['listKeys'], times: 50 });
    try {
      panel.say({ type: 'act', action: 'list:never' });
      await eventually(() => {
        const told = spy.asked.filter(({ how }) => how === 'showErrorMessage');
        assert.match(told.map(({ text }) => text).join('\n'), /permission/);
      });
    } finally {
      remote.server.faults.clear();
    }
  });
});
