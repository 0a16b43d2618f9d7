import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { JobState } from '../../src/inside/job.ts';
import type { PageModel } from '../../src/pages/shared/model.ts';
import type { NamespaceNode } from '../../src/tree/nodes.ts';
import { eventually } from '../support/eventually.ts';
import { MemoryStore } from '../support/memoryStore.ts';
import { namespaceNode } from '../support/treeNodes.ts';
import { useAccount } from './account.ts';
import { type FakePanel, FakePanels } from './fakePanels.ts';
import { logged } from './logSpy.ts';
import { expectKvError, run } from './support.ts';
import { type Asked, WindowSpy } from './windowSpy.ts';

describe('jobs inside Cloudflare', () => {
  const remote = useAccount('sessions', { hasJobs: true });
  let panels: FakePanels;
  let spy: WindowSpy;
  let to: { readonly source: string; readonly id: string };
  before(async () => {
    to = { source: remote.namespace.source, id: remote.server.createNamespace('cache').id };
    await run('refresh', {});
    const { keys } = remote.server.namespaces.get(remote.server.account.id, remote.namespace.id);
    await keys.putMany(
      Array.from({ length: 40 }, (_, i) => ({ key: `user:${i}`, value: `value ${i}`, metadata: { i } })),
    );
  });
  beforeEach(() => {
    panels = new FakePanels();
    spy = new WindowSpy();
    const { inside } = remote.server;
    inside.scripts.clear();
    inside.workflows.clear();
    Object.assign(inside, { hasSubdomain: true, isPaid: true, bucketNames: ['backups'], callMs: 0 });
    inside.pace = { turnMs: 200, settleMs: 200, retryMs: 50 };
  });
  afterEach(() => {
    for (const panel of panels.panels) panel.dispose();
    panels.restore();
    spy.restore();
  });
  after(() => assert.deepEqual(remote.server.violations, []));

  const copy = () => ({ job: 'copy', from: remote.namespace, to, confirm: true });
  const inAccount = () => [...remote.server.inside.scripts.keys(), ...remote.server.inside.workflows.keys()];
  const shownBy = (panel: FakePanel | undefined): PageModel => {
    const model = panel?.shown.at(-1);
    assert.ok(model);
    return model;
  };
  const isModal = ({ detail }: Asked): boolean => detail !== undefined;

  it('take exactly what they need, and only from one account', async () => {
    const { from } = copy();
    await expectKvError(run('runInside', { job: 'copy', from }), 'invalidInput', '“to”');
    await expectKvError(run('runInside', { ...copy(), bucket: 'backups' }), 'invalidInput', '“bucket”');
    await expectKvError(run('runInside', { job: 'export', from }), 'invalidInput', '“bucket”');
    await expectKvError(run('runInside', { job: 'search', from }), 'invalidInput', '“query”');
    await expectKvError(run('runInside', { job: 'delete', from, confirm: true }), 'invalidInput', '“prefix”');
    await expectKvError(run('runInside', { job: 'delete', from, prefix: '' }), 'invalidInput', 'prefix');
    await expectKvError(run('runInside', { ...copy(), job: 'move' }), 'invalidInput', '“job”');
    await expectKvError(run('runInside', { ...copy(), to: from }), 'invalidInput', 'two different');
    const local = { source: 'local-0123456789abcdef', id: 'x' };
    await expectKvError(run('runInside', { ...copy(), from: local }), 'invalidInput', 'Only namespaces of an account');
    const elsewhere = { source: `account-${'f'.repeat(32)}`, id: to.id };
    await expectKvError(run('runInside', { ...copy(), to: elsewhere }), 'invalidInput', 'its own account');
    assert.deepEqual(inAccount(), []);
  });

  it('are refused with the reason before anything is made', async () => {
    const { inside } = remote.server;
    inside.hasSubdomain = false;
    await expectKvError(run('runInside', copy()), 'unsupported', 'workers.dev');
    inside.hasSubdomain = true;
    inside.isPaid = false;
    await expectKvError(run('runInside', copy()), 'unsupported', 'paid plan');
    inside.isPaid = true;
    inside.bucketNames = undefined;
    const out = { job: 'export', from: remote.namespace, bucket: 'backups', confirm: true };
    await expectKvError(run('runInside', out), 'unsupported', 'R2 bucket');
    assert.deepEqual(inAccount(), []);
    const token = remote.server.issueToken({ scripts: false });
    await run('signIn', { method: 'token', token: token.text });
    await expectKvError(run('runInside', copy()), 'forbidden', 'Workers Scripts: Edit');
    await run('signIn', { method: 'token', token: remote.server.issueToken().text });
    assert.deepEqual(inAccount(), []);
  });

  it('write to nothing that is read-only', async () => {
    await run('toggleReadOnly', { namespace: to });
    try {
      await expectKvError(run('runInside', copy()), 'readOnly');
      await expectKvError(run('runInside', { job: 'delete', from: to, prefix: 'a', confirm: true }), 'readOnly');
    } finally {
      await run('toggleReadOnly', { namespace: to });
    }
    assert.deepEqual(inAccount(), []);
  });

  it('ask before anything is made, and show what would be uploaded', async () => {
    const questions: Asked[] = [];
    spy.answer = (asked) => {
      questions.push(asked);
      return questions.length === 1 ? 'Show What Will Be Uploaded' : undefined;
    };
    const { confirm: _, ...unconfirmed } = copy();
    assert.equal(await run('runInside', unconfirmed), undefined);
    assert.equal(questions.length, 2);
    const [first, again] = questions;
    assert.equal(
      first?.text,
      'Copy 40 keys from sessions (Acme Inc at 127.0.0.1) to cache (Acme Inc at 127.0.0.1) inside Cloudflare?'.replace(
        /127\.0\.0\.1/g,
        new URL(remote.server.baseUrl).host,
      ),
    );
    assert.match(first?.detail ?? '', /throw-away Worker, cloudflare-kv-job-[0-9a-f]{12}/);
    assert.match(first?.detail ?? '', /From here it takes less than ten minutes/);
    assert.match(first?.detail ?? '', /Workers Scripts: Edit/);
    assert.ok(again && !isModal(again), 'what is shown must not be hidden by the question');
    const text = vscode.window.activeTextEditor?.document.getText() ?? '';
    assert.match(text, /"namespace_id": "[0-9a-f]{32}"/);
    assert.match(text, /class Part extends /);
    assert.deepEqual(inAccount(), []);
  });

  it('run to their end: the page follows, the keys are there, the account is left clean, and the end is told', async () => {
    // It must be there still when it is asked for.
    remote.server.inside.callMs = 300;
    spy.answer = ({ items }) => {
      if (items.includes('Copy Inside Cloudflare')) return 'Copy Inside Cloudflare';
      return items.includes('Show Report') ? 'Show Report' : undefined;
    };
    await vscode.commands.executeCommand(
      'cloudflareKv.runInside',
      'message',
      JSON.stringify({
        job: 'copy',
        from: remote.namespace,
        to,
        selection: { keys: [], prefixes: ['user:'] },
        mode: 'all',
      }),
    );
    const panel = panels.panels.at(-1);
    panel?.say({ type: 'ready' });
    await eventually(() => assert.equal(shownBy(panel).sections.length, 1), 60_000);
    assert.match(
      shownBy(panel).sections[0]?.heading ?? '',
      /^Copy of keys that begin with “user:” of sessions to cache/,
    );
    const [job] = await run<readonly JobState[]>('showJobs', {});
    assert.match(job?.id ?? '', /^cloudflare-kv-job-/);
    await eventually(() => assert.match(JSON.stringify(shownBy(panel).sections), /Nothing of it is left/), 60_000);
    assert.deepEqual(inAccount(), []);
    const { keys } = remote.server.namespaces.get(remote.server.account.id, to.id);
    assert.equal((await keys.list({ limit: 1000 })).keys.length, 40);
    const told = await eventually(() => {
      const found = spy.asked.find(({ text }) => text.includes('inside Cloudflare.'));
      assert.ok(found);
      return found;
    });
    assert.match(told.text, /^Copied 40 keys that begin with “user:” to cache \(Acme Inc.*\) inside Cloudflare\.$/);
    assert.deepEqual(told.items, ['Compare and Mend…', 'Show Report', 'Show Jobs']);
    await eventually(() =>
      assert.match(vscode.window.activeTextEditor?.document.getText() ?? '', /^# Copy of keys .*: 0 lines/),
    );
  });

  it('are waited for, and what became of the keys is what the command resolves to', async () => {
    const outcome = await run<Record<string, unknown>>('runInside', { ...copy(), verify: true, wait: true });
    const { id, ...rest } = outcome ?? {};
    assert.match(String(id), /^cloudflare-kv-job-/);
    assert.deepEqual(rest, {
      listed: 40,
      done: 40,
      skipped: 0,
      expiring: 0,
      gone: 0,
      present: 0,
      removed: 0,
      matches: 0,
      bytes: 310,
      failed: [],
      failedKeys: 0,
      cancelled: false,
      differences: { found: 0, mended: 0, left: 0 },
      leftovers: [],
    });
    assert.deepEqual(inAccount(), []);
  });

  it('are cancelled when whoever waits for them does not any more, and who asked is told how far they came', async () => {
    remote.server.inside.callMs = 300;
    const source = new vscode.CancellationTokenSource();
    const before = logged.length;
    const waiting = run<{ readonly id: string; readonly listed: number }>(
      'runInside',
      { ...copy(), wait: true },
      source.token,
    );
    // The account tells of it before the command has heard that it was started.
    await eventually(() => assert.ok(logged.slice(before).some((line) => line.startsWith('started the job '))), 60_000);
    source.cancel();
    const { id, ...outcome } = await waiting;
    assert.match(id, /^cloudflare-kv-job-/);
    assert.deepEqual(
      { ...outcome, listed: 0, done: 0, bytes: 0 },
      {
        listed: 0,
        done: 0,
        skipped: 0,
        expiring: 0,
        gone: 0,
        present: 0,
        removed: 0,
        matches: 0,
        bytes: 0,
        failed: [],
        failedKeys: 0,
        cancelled: true,
        leftovers: [],
      },
    );
    await eventually(() => assert.deepEqual(inAccount(), []), 60_000);
  });

  it('are paused when what they write to becomes read-only, and go on only when it is not', async () => {
    remote.server.inside.callMs = 300;
    const started = await run<{ readonly id: string }>('runInside', copy());
    const id = started?.id ?? '';
    const phase = async () => (await run<readonly JobState[]>('showJobs', {}))?.find((job) => job.id === id)?.phase;
    try {
      await run('toggleReadOnly', { namespace: to });
      await eventually(
        () =>
          assert.match(spy.asked.at(-1)?.text ?? '', /^A job inside Cloudflare was paused: .*switched to read-only/),
        60_000,
      );
      await eventually(async () => assert.equal(await phase(), 'paused'), 60_000);
    } finally {
      await run('toggleReadOnly', { namespace: to });
    }
    const panel = panels.panels.at(-1);
    panel?.say({ type: 'ready' });
    panel?.say({ type: 'act', action: `resume:${remote.server.account.id}/${id}` });
    await eventually(() => assert.deepEqual(inAccount(), []), 60_000);
  });

  it('make nothing equal to what is empty, and say how much would go', async () => {
    const empty = { source: remote.namespace.source, id: remote.server.createNamespace('empty').id };
    const equal = { ...copy(), mode: 'equal' };
    await expectKvError(run('runInside', { ...equal, from: empty }), 'invalidInput', 'has no keys');
    await expectKvError(run('runInside', { ...equal, prefix: 'none:' }), 'invalidInput', '“none:”');
    const target = { source: remote.namespace.source, id: remote.server.createNamespace('fuller').id };
    const { keys } = remote.server.namespaces.get(remote.server.account.id, target.id);
    await keys.putMany(['user:1', 'x', 'y'].map((key) => ({ key, value: key })));
    await run('refresh', {});
    const { confirm: _, ...asked } = equal;
    assert.equal(await run('runInside', { ...asked, to: target }), undefined);
    assert.match(spy.asked.at(-1)?.detail ?? '', /Of the 3 keys in fuller .* now, this deletes 2 keys\./);
    // The comparison after it deletes as well.
    const compare = async (source: typeof empty): Promise<Asked | undefined> => {
      const selection = { keys: [], prefixes: [''] };
      const job = { job: 'copy', from: source, to: target, selection, mode: 'equal', comparesOnly: true };
      await vscode.commands.executeCommand('cloudflareKv.runInside', 'message', JSON.stringify(job));
      return spy.asked.at(-1);
    };
    assert.match((await compare(remote.namespace))?.detail ?? '', /Of the 3 keys in fuller .* this deletes 2 keys\./);
    const before = spy.asked.length;
    await compare(empty);
    await eventually(() => assert.match(spy.asked.at(-1)?.text ?? '', /^Nothing was made: .* has no keys/));
    assert.equal(spy.asked.slice(before).filter(isModal).length, 0);
    assert.deepEqual(inAccount(), []);
  });

  describe('in the place of long work', () => {
    const bigRow = (title: string, keys: number): NamespaceNode => {
      const row = namespaceNode(new MemoryStore());
      const { id } = remote.server.makeUpNamespace(title, keys);
      row.namespace = { ...row.namespace, source: remote.namespace.source, sourceKind: 'remote', id };
      const day = new Date().toISOString().slice(0, 10);
      remote.server.analytics.storage = [
        ...remote.server.analytics.storage,
        { account: remote.server.account.id, namespace: id, day, keys, bytes: keys * 100 },
      ];
      return row;
    };
    const ways = ({ items }: Asked): boolean => items.some((item) => item.startsWith('Run Here'));
    let [million, tens]: NamespaceNode[] = [];
    before(async () => {
      million = bigRow('million', 1_000_000);
      tens = bigRow('tens of millions', 20_000_000);
      await run('refresh', {});
      // What was read of the account is kept for five minutes: another sign-in asks anew.
      await run('signOut', { confirm: true });
      await run('signIn', { method: 'token', token: remote.server.issueToken().text });
    });

    it('are offered with time and price of both ways, and ask on their own then', async () => {
      let taken = false;
      spy.answer = (asked) => {
        if (asked.how === 'showInputBox') return 'anna';
        if (!ways(asked)) return undefined;
        taken = true;
        return asked.items[0];
      };
      await vscode.commands.executeCommand('cloudflareKv.searchValues', million);
      assert.ok(taken);
      const offered = spy.asked.find(ways);
      assert.match(offered?.text ?? '', /^Search the values of 100,000\+ keys in /);
      assert.match(
        offered?.items.join(' | ') ?? '',
        /^Run Inside Cloudflare, about \d+ min, \$0\.\d\d \| Run Here, about \d+ min, \$0\.\d\d$/,
      );
      const consent = spy.asked.at(-1);
      assert.match(consent?.text ?? '', /^Search about 1,000,000 keys of .* for “anna” inside Cloudflare\?$/);
      assert.ok(consent && isModal(consent));
      assert.deepEqual(inAccount(), []);
    });

    it('are offered for a copy within the account, whose target is not asked for again', async () => {
      const to = { ...remote.namespace, sourceKind: 'remote', title: 'target', bindings: [] };
      spy.answer = (asked) => {
        if (asked.how !== 'showQuickPick') return ways(asked) ? asked.items[0] : undefined;
        // First the target, and then, of the job, what is copied.
        return spy.asked.some(ways) ? { mode: 'all' } : { namespace: to };
      };
      await vscode.commands.executeCommand('cloudflareKv.copyKeys', million);
      assert.equal(spy.asked.filter(({ how }) => how === 'showQuickPick').length, 2);
      assert.match(
        spy.asked.find(ways)?.items.join(' | ') ?? '',
        /^Run Inside Cloudflare, about \d+ min, \$\d\.\d\d \| Run Here, about \d+ (min|h), \$\d\.\d\d$/,
      );
      const consent = spy.asked.at(-1);
      assert.match(consent?.text ?? '', /^Copy about 1,000,000 keys from .* to .* inside Cloudflare\?$/);
      assert.ok(consent && isModal(consent));
      assert.deepEqual(inAccount(), []);
    });

    it('leave the usual way as it is when that is chosen, or all is dismissed', async () => {
      spy.answer = (asked) => (asked.how === 'showInputBox' ? 'anna' : undefined);
      const before = remote.server.count('bulkGet');
      await vscode.commands.executeCommand('cloudflareKv.searchValues', million);
      assert.equal(spy.asked.filter(ways).length, 1);
      assert.equal(remote.server.count('bulkGet'), before);
    });

    it('are offered for deletes from ten million keys on, before all of them are listed', async () => {
      const before = remote.server.count('listKeys');
      await vscode.commands.executeCommand('cloudflareKv.clearNamespace', tens);
      const [offered] = spy.asked;
      assert.match(offered?.detail ?? '', /It has about 20,000,000 keys\.\n.*a job keeps nothing/s);
      assert.match(offered?.items[0] ?? '', /^Run Inside Cloudflare, about /);
      assert.equal(spy.asked.length, 1);
      assert.ok(remote.server.count('listKeys') - before <= 110);
    });
  });

  it('leave what can be cleaned up, of any window', async () => {
    assert.deepEqual(await run('cleanUpJobs', { confirm: true }), { removed: [], leftovers: [], running: [] });
    const script = 'cloudflare-kv-job-0123456789ab';
    remote.server.inside.scripts.set(script, {
      metadata: { tags: ['cloudflare-kv-job'] },
      modules: {},
      hasAddress: false,
    });
    remote.server.inside.scripts.set('shop', { metadata: {}, modules: {}, hasAddress: true });
    const young = 'cloudflare-kv-job-ba9876543210';
    remote.server.inside.scripts.set(young, {
      metadata: { tags: ['cloudflare-kv-job'] },
      modules: {},
      hasAddress: false,
      madeAt: Date.now(),
    });
    assert.equal(await run('cleanUpJobs', {}), undefined);
    assert.match(spy.asked.at(-1)?.text ?? '', /Remove what 1 job has left/);
    assert.deepEqual(await run('cleanUpJobs', { confirm: true }), {
      removed: [script],
      leftovers: [],
      running: [young],
    });
    assert.deepEqual(inAccount(), ['shop', young]);
  });

  it('say where nothing could be looked at', async () => {
    await run('signIn', { method: 'token', token: remote.server.issueToken({ scripts: false }).text });
    try {
      await expectKvError(run('cleanUpJobs', { confirm: true }), 'forbidden', 'Workers Scripts: Edit');
    } finally {
      await run('signIn', { method: 'token', token: remote.server.issueToken().text });
    }
  });
});
