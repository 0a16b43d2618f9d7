import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Usage } from '../../src/core/usage/usage.ts';
import type { PageModel } from '../../src/pages/shared/model.ts';
import { eventually } from '../support/eventually.ts';
import { settled, useAccount } from './account.ts';
import { type FakePanel, FakePanels } from './fakePanels.ts';
import { closeEditors, expectKvError, run, workspace } from './support.ts';
import { WindowSpy } from './windowSpy.ts';

describe('usage', () => {
  const remote = useAccount('sessions');
  let panels: FakePanels;
  let spy: WindowSpy;
  let account: string;
  let today: string;
  beforeEach(() => {
    account = remote.server.account.id;
    today = new Date().toISOString().slice(0, 10);
    const at = { account, namespace: remote.namespace.id, day: today };
    remote.server.analytics.operations = [
      { ...at, action: 'read', requests: 4200, latency: 12 },
      { ...at, action: 'write', requests: 7, latency: 30 },
    ];
    remote.server.analytics.storage = [{ ...at, keys: 12, bytes: 3400 }];
    panels = new FakePanels();
    spy = new WindowSpy();
  });
  afterEach(async () => {
    for (const panel of panels.panels) panel.dispose();
    panels.restore();
    spy.restore();
    await closeEditors();
    // What was read is kept for five minutes: another sign-in asks anew.
    await run('signOut', { confirm: true });
    await run('signIn', { method: 'token', token: remote.server.issueToken().text });
    assert.deepEqual(remote.server.analytics.violations, []);
  });

  const opened = (): FakePanel => {
    const panel = panels.panels.at(-1);
    assert.ok(panel);
    return panel;
  };
  const shownBy = (panel: FakePanel): PageModel => {
    const model = panel.shown.at(-1);
    assert.ok(model);
    return model;
  };
  const tableOf = (model: PageModel, id: string) =>
    model.sections.flatMap(({ pictures }) => pictures).find((picture) => picture.id === id)?.table.rows;

  it('resolves to the numbers, and its page shows them', async () => {
    const usage = await run<Usage>('showUsage', { account, days: 1 });
    assert.deepEqual(usage.operations, [{ day: today, reads: 4200, writes: 7, deletes: 0, lists: 0 }]);
    assert.deepEqual(usage.storage, [{ day: today, keys: 12, bytes: 3400 }]);
    const panel = opened();
    panel.say({ type: 'ready' });
    const model = shownBy(panel);
    assert.match(model.title, /^Usage of Acme Inc/);
    assert.deepEqual(tableOf(model, 'operations'), [[today, 4200, 7, 0, 0]]);
    const charts = model.sections.flatMap(({ pictures }) => pictures).flatMap(({ chart }) => chart ?? []);
    const ofDays = charts.filter((chart) => chart.kind === 'columns' || chart.kind === 'lines');
    assert.ok(ofDays.length >= 5 && ofDays.every((chart) => chart.days.join() === usage.days.join()));
    assert.ok(charts.some(({ marks }) => marks.some(({ tip }) => tip === 'sessions: 4,207 operations')));
    assert.deepEqual(tableOf(model, 'busiest'), [['sessions', 4200, 7, 0, 0, 4207]]);
    assert.deepEqual(tableOf(model, 'free-plan')?.[0], ['Reads', 4200, 100_000, 0.042]);
    assert.equal(model.busy, undefined);
    assert.match(model.notes.map(({ text }) => text).join(), /estimates/);
    assert.deepEqual(spy.asked, []);
    const bySource = await run<Usage>('showUsage', { account: `account-${account}`, days: 1 });
    assert.deepEqual(bySource.operations, usage.operations);
    assert.equal(panels.panels.length, 1);
  });

  it('opened again comes to the front, and one of a namespace is another page', async () => {
    await run('showUsage', { account });
    await run('showUsage', { account, days: 31 });
    assert.equal(panels.panels.length, 1);
    assert.equal(opened().revealed, 1);
    const own = await run<Usage>('showUsage', { account, namespaces: [remote.namespace] });
    assert.equal(own.days.length, 7);
    assert.equal(panels.panels.length, 2);
    assert.match(opened().title, /^Usage of sessions \(Acme Inc/);
    opened().say({ type: 'ready' });
    assert.ok(tableOf(shownBy(opened()), 'operations'));
    assert.equal(tableOf(shownBy(opened()), 'busiest'), undefined);
    opened().dispose();
    await run('showUsage', { account, namespaces: [remote.namespace] });
    assert.equal(panels.panels.length, 3);
  });

  it('takes no namespace of somewhere else, and no other days', async () => {
    const namespaces = [{ source: 'local-0123456789abcdef', id: 'x' }];
    await expectKvError(run('showUsage', { account, namespaces }), 'invalidInput', 'namespaces');
    await expectKvError(run('showUsage', { account, days: 5 }), 'invalidInput', '1 | 7 | 31');
    await expectKvError(run('showUsage', { account: 'f'.repeat(32) }), 'unauthenticated');
  });

  it('that may not be read says so on its page, with a way to sign in', async () => {
    const token = remote.server.issueToken({ analytics: false });
    await run('signIn', { method: 'token', token: token.text });
    await expectKvError(run('showUsage', { account }), 'forbidden', 'Account Analytics: Read');
    const panel = opened();
    panel.say({ type: 'ready' });
    const [note] = shownBy(panel).notes;
    assert.match(note?.text ?? '', /Account Analytics: Read/);
    assert.deepEqual(
      note?.actions?.map(({ id }) => id),
      ['signIn', 'again', 'showLog'],
    );
    token.analytics = true;
    panel.say({ type: 'act', action: 'again' });
    await eventually(() => assert.equal(tableOf(shownBy(panel), 'operations')?.length, 7));
  });

  it('asks the account three times at most for a page, and not again for five minutes', async () => {
    remote.server.analytics.operations = [];
    // The view lists what there is after a sign-in.
    await settled(remote);
    const atFirst = remote.server.count();
    await run('showUsage', { account, days: 1 });
    const asked = remote.server.count() - atFirst;
    assert.ok(asked > 0 && asked <= 3, `${asked} requests`);
    const before = remote.server.count();
    await run('showUsage', { account, days: 1 });
    assert.equal(remote.server.count(), before);
    const panel = opened();
    panel.say({ type: 'ready' });
    const pictures = shownBy(panel).sections.flatMap((section) => section.pictures);
    // Nothing was counted, and no table of dashes says so.
    for (const id of ['operations', 'latency-p50', 'latency-p99', 'latency']) {
      assert.match(pictures.find((picture) => picture.id === id)?.empty ?? '', /counted nothing/, id);
    }
  });

  it('has a tab whose icon can be seen in a light theme too', async () => {
    await run('showUsage', { account, days: 1 });
    const icon = opened().iconPath;
    assert.ok(icon && 'light' in icon && 'dark' in icon);
    const colours = [icon.light, icon.dark].map(
      (file) => /stroke="(#[0-9a-f]+)"/.exec(readFileSync(file.fsPath, 'utf8'))?.[1],
    );
    assert.deepEqual(colours, ['#424242', '#c5c5c5']);
  });

  it('says on its page what did not come, and shows the rest', async () => {
    remote.server.analytics.errors = [{ part: 'storage', code: '' }];
    try {
      const usage = await run<Usage>('showUsage', { account, days: 1 });
      assert.equal(usage.storage, undefined);
      const panel = opened();
      panel.say({ type: 'ready' });
      const section = shownBy(panel).sections.find(({ heading }) => heading === 'Keys and storage');
      assert.deepEqual(
        section?.notes?.map(({ kind, text }) => [kind, text]),
        [['warning', 'Cloudflare did not give these numbers. Try again later.']],
      );
      assert.deepEqual(section?.pictures, []);
      assert.ok(tableOf(shownBy(panel), 'operations'));
    } finally {
      remote.server.analytics.errors = [];
    }
  });

  it('shows other days when its page asks for them', async () => {
    await run('showUsage', { account, days: 1 });
    const panel = opened();
    panel.say({ type: 'ready' });
    panel.say({ type: 'choose', choice: 'days', option: '31' });
    await eventually(() => assert.equal(tableOf(shownBy(panel), 'operations')?.length, 31));
    assert.equal(shownBy(panel).choices[0]?.chosen, '31');
  });

  it('has a page that runs nothing but its own script and does nothing that it was not offered', async () => {
    await run('showUsage', { account, days: 1 });
    const panel = opened();
    const { html, options } = panel.webview;
    assert.match(html, /default-src 'none'; script-src https:\/\/of\.this\.page; style-src https:\/\/of\.this\.page;/);
    assert.doesNotMatch(html, /unsafe|nonce|<style|style=|onclick|<script(?![^>]* src=)/);
    assert.equal(options.enableCommandUris, false);
    assert.ok(options.localResourceRoots?.every(({ path }) => path.endsWith('/dist/media')));
    panel.say({ type: 'act', action: 'again' });
    panel.say({ type: 'ready' });
    await settled(remote);
    const before = remote.server.count();
    const { length } = panel.shown;
    for (const message of [
      { type: 'act', action: 'workbench.action.quit' },
      { type: 'choose', choice: 'days', option: '300' },
      { type: 'save', picture: '../x', form: 'csv', text: 'x' },
      { type: 'copyPicture', text: 'curl evil' },
      { type: 'run' },
      'ready',
      null,
    ]) {
      panel.say(message);
    }
    await run('showUsage', { account, days: 1 });
    assert.equal(remote.server.count(), before);
    assert.deepEqual(spy.asked, []);
    assert.ok(panel.shown.length <= length + 2);
    assert.doesNotMatch(JSON.stringify(panel.shown), /test-token/);
  });

  it('saves a table where it is told to, and copies a picture', async () => {
    await run('showUsage', { account, days: 1 });
    const panel = opened();
    panel.say({ type: 'ready' });
    const file = vscode.Uri.file(join(workspace, 'operations.csv'));
    spy.answer = () => file;
    panel.say({ type: 'save', picture: 'operations', form: 'csv', text: 'Day,Reads\r\n' });
    await eventually(() => assert.equal(readFileSync(file.fsPath, 'utf8'), 'Day,Reads\r\n'));
    assert.deepEqual(
      spy.asked.map(({ how, text }) => [how, text]),
      [['showSaveDialog', 'Save operations.csv']],
    );
    panel.say({ type: 'copyPicture', text: '<svg></svg>' });
    await eventually(async () => assert.equal(await vscode.env.clipboard.readText(), '<svg></svg>'));
  });

  it('says in words why a table cannot be saved there', async () => {
    await run('showUsage', { account, days: 1 });
    const panel = opened();
    panel.say({ type: 'ready' });
    const folder = join(workspace, 'tables.csv');
    mkdirSync(folder);
    spy.answer = ({ how }) => (how === 'showSaveDialog' ? vscode.Uri.file(folder) : undefined);
    panel.say({ type: 'save', picture: 'operations', form: 'csv', text: 'Day,Reads\r\n' });
    await eventually(() => assert.deepEqual(spy.asked.at(-1)?.text, 'tables.csv was not written: it is a folder.'));
  });

  it('is closed when its account is signed out', async () => {
    await run('showUsage', { account });
    await run('signOut', { confirm: true });
    assert.equal(opened().isClosed, true);
  });
});
