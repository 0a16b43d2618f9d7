import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { eventually } from '../support/eventually.ts';
import { closeEditors, expectKvError, inSeconds, run, type TestNamespace, testNamespace } from './support.ts';
import { WindowSpy } from './windowSpy.ts';

interface Synced {
  readonly undo?: string;
  readonly failed: readonly { readonly key: string; readonly error: { readonly kind: string } }[];
}

describe('syncNamespace', () => {
  let from: TestNamespace;
  let to: TestNamespace;
  let spy: WindowSpy;
  let number = 0;
  beforeEach(() => {
    spy = new WindowSpy();
    number++;
    from = testNamespace(`host-sync-from-${number}`);
    to = testNamespace(`host-sync-to-${number}`);
  });
  afterEach(async () => {
    spy.restore();
    await closeEditors();
  });

  const sync = (args: object = {}): Thenable<Synced> =>
    run('syncNamespace', { from: from.namespace, to: to.namespace, ...args });
  const everything = async ({ foreign }: TestNamespace): Promise<unknown[]> => {
    const entries: unknown[] = [];
    for (let cursor: string | undefined, first = true; first || cursor; first = false) {
      const page = await foreign.list(cursor === undefined ? {} : { cursor });
      for await (const entry of foreign.getMany(page.keys.map(({ name }) => name)))
        entries.push({ ...entry, value: Buffer.from(entry.value).toString('base64') });
      ({ cursor } = page);
    }
    return entries;
  };

  it('makes 1,000 keys the same, and is undone exactly', async () => {
    const expiration = inSeconds(7200);
    const [source, target] = [[], []] as { key: string; value: Uint8Array; metadata?: number; expiration?: number }[][];
    for (let at = 0; at < 1250; at++) {
      const entry = { key: `k/${at}`, value: Uint8Array.of(at, 255, 0), metadata: at, expiration };
      if (at < 1000) source?.push(at % 10 === 0 ? { ...entry, value: Uint8Array.of(1) } : entry);
      if (at >= 250) target?.push(at % 7 === 0 ? { ...entry, metadata: 0 } : entry);
    }
    await from.foreign.putMany(source ?? []);
    await to.foreign.putMany(target ?? []);
    const before = await everything(to);
    const outcome = await sync({ deleteExtra: true, confirm: true });
    const { undo, ...counts } = outcome;
    const change = Array.from({ length: 750 }, (_, at) => at + 250).filter(
      (at) => at % 10 === 0 || at % 7 === 0,
    ).length;
    assert.deepEqual(counts, {
      add: 250,
      change,
      remove: 250,
      same: 750 - change,
      done: 500 + change,
      skipped: 0,
      failed: [],
      cancelled: false,
    });
    assert.deepEqual(await everything(to), await everything(from));
    assert.ok(undo);
    const undone = await run<{ done: number; failed: unknown[] }>('undo', { id: undo });
    assert.deepEqual([undone.done, undone.failed], [500 + change, []]);
    assert.deepEqual(await everything(to), before);
    assert.deepEqual(spy.asked, []);
  });

  it('removes nothing without deleteExtra, and keeps to the prefix', async () => {
    await from.put('a/1', 'v');
    await from.put('b/1', 'v');
    await to.put('a/2', 'v');
    const { undo, ...outcome } = await sync({ prefix: 'a/', confirm: true });
    assert.ok(undo);
    const counts = { add: 1, change: 0, remove: 0, same: 0 };
    assert.deepEqual(outcome, { ...counts, done: 1, skipped: 0, failed: [], cancelled: false });
    assert.equal((await everything(to)).length, 2);
  });

  it('puts what has less than a minute to live into failed', async () => {
    await from.put('short', 'v');
    from.expireIn('short', 30);
    await from.put('long', 'v');
    const { failed } = await sync({ confirm: true });
    assert.deepEqual(
      failed.map(({ key, error }) => [key, error.kind]),
      [['short', 'invalidInput']],
    );
    assert.equal(await to.get('short'), undefined);
    assert.equal((await to.get('long'))?.value, 'v');
  });

  it('is undone by itself, and not together with one that came to its end before', async () => {
    await to.put('page', 'mine');
    await from.put('page', 'monday');
    await from.put('short', 'v');
    from.expireIn('short', 30);
    const monday = await sync({ confirm: true });
    await from.put('page', 'tuesday');
    await from.foreign.delete('short');
    const tuesday = await sync({ confirm: true });
    assert.ok(monday.undo && tuesday.undo);
    assert.notEqual(tuesday.undo, monday.undo);
    await run('undo', { id: tuesday.undo });
    assert.equal((await to.get('page'))?.value, 'monday');
    await run('undo', { id: monday.undo });
    assert.equal((await to.get('page'))?.value, 'mine');
  });

  it('that finds everything there offers no Undo of one that came to its end before', async () => {
    await from.put('page', 'monday');
    await from.put('short', 'v');
    from.expireIn('short', 30);
    const monday = await sync({ confirm: true });
    await from.foreign.delete('short');
    const { undo, ...tuesday } = await sync({ confirm: true });
    assert.deepEqual([undo, tuesday.failed], [undefined, []]);
    await run('undo', { id: monday.undo });
    assert.equal(await to.get('page'), undefined);
  });

  it('asks without confirm, with the numbers and the side that changes', async () => {
    await from.put('new', 'v');
    await to.put('extra', 'v');
    assert.equal(await sync({ deleteExtra: true }), undefined);
    assert.equal(spy.asked.length, 1);
    assert.match(spy.asked[0]?.text ?? '', /^Copy 1 key from host-sync-from.* to host-sync-to.*\?$/);
    assert.match(spy.asked[0]?.detail ?? '', /Only host-sync-to.* changes[\s\S]*1 key.*will be deleted/);
    assert.equal(await to.get('new'), undefined);
    spy.answer = ({ items }) => items[0];
    const { undo, ...outcome } = await sync({ deleteExtra: true });
    const counts = { add: 1, change: 0, remove: 1, same: 0 };
    assert.deepEqual(outcome, { ...counts, done: 2, skipped: 0, failed: [], cancelled: false });
    assert.ok(undo);
    assert.equal(await to.get('extra'), undefined);
  });

  it('shows the plan as a document when it is not called with arguments', async () => {
    await from.put('new', 'v');
    await to.put('extra\n', 'v');
    const refs = [from, to].map(({ namespace }) => namespace);
    spy.answer = ({ how, detail, items }) =>
      how === 'showQuickPick'
        ? pick(refs)
        : detail === undefined
          ? undefined
          : items.find((item) => /Extra$/.test(item));
    assert.equal(await run('syncNamespace'), undefined);
    const planOf = () =>
      vscode.workspace.textDocuments.find(({ uri }) => uri.path.includes(`Plan for ${to.namespace.id}`));
    await eventually(() => {
      const plan = planOf();
      assert.equal(plan?.languageId, 'kv-plan');
      assert.match(plan?.getText() ?? '', /^# .* → .*\n\nAdd 1 key\n {2}new\nOnly in .*: 1 key\n {2}"extra\\n"\n/);
    });
    const plan = planOf();
    const links = await vscode.commands.executeCommand<vscode.DocumentLink[]>('vscode.executeLinkProvider', plan?.uri);
    assert.deepEqual(
      links.map(({ target }) => target?.toString()),
      [from.uri('new').toString(), to.uri('extra\n').toString()],
    );
    assert.match(spy.asked.at(-1)?.text ?? '', /now has what.*1 added, 1 removed/);
    assert.deepEqual(await everything(to), await everything(from));

    await from.put('newer', 'v');
    refs.push(from.namespace, to.namespace);
    await run('syncNamespace');
    await eventually(() => {
      const plans = vscode.window.tabGroups.all
        .flatMap(({ tabs }) => tabs)
        .filter(({ label }) => label.includes('kv-plan'));
      assert.equal(plans.length, 1, 'the newer plan takes the place of the older one');
    });
  });

  it('lets the changes be reviewed side by side before it is answered', async () => {
    await from.put('new', 'v');
    await from.put('value', 'newer');
    await to.put('value', 'older');
    await to.put('extra', 'v');
    const answers = ['Review Changes', 'Copy 2 Keys'];
    spy.answer = ({ items }) => items.find((item) => item === answers[0]) && answers.shift();
    const question = /^Copy 2 keys from host-sync-from.* to host-sync-to.*\?/;
    const { undo, ...outcome } = await sync();
    assert.ok(undo);
    const counts = { add: 1, change: 1, remove: 0, same: 0 };
    assert.deepEqual(outcome, { ...counts, done: 2, skipped: 0, failed: [], cancelled: false });
    const [modal, again, ...others] = spy.asked;
    assert.match(modal?.text ?? '', question);
    assert.match(again?.text ?? '', question);
    assert.match(again?.text ?? '', /Only .* changes: 1 added, 1 changed\. You can undo this/);
    assert.deepEqual([modal?.detail !== undefined, again?.detail], [true, undefined]);
    assert.deepEqual([again?.items, others], [['Copy 2 Keys'], []]);
    await eventually(() => {
      const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
      assert.ok(tabs.some(({ label }) => /^host-sync-from.* → host-sync-to/.test(label)));
      assert.ok(tabs.some(({ label }) => /^Plan for host-sync-to/.test(label)));
    });
    assert.equal((await to.get('extra'))?.value, 'v');
  });

  it('writes nothing when it was reviewed and not answered', async () => {
    await from.put('new', 'v');
    spy.answer = ({ items }) => items.find((item) => item === 'Review Changes');
    assert.equal(await sync(), undefined);
    assert.equal(spy.asked.length, 2);
    assert.equal(await to.get('new'), undefined);
  });

  it('asks about nothing but what it deletes where there is nothing to copy', async () => {
    await from.put('same', 'v');
    await to.put('same', 'v');
    await to.put('extra', 'v');
    const name = (side: TestNamespace): string => `${side.namespace.id} (local, shop)`;
    const refs = [from, to].map(({ namespace }) => namespace);
    spy.answer = ({ how, detail, items }) =>
      how === 'showQuickPick'
        ? pick(refs)
        : detail === undefined
          ? undefined
          : items.find((item) => /Extra$/.test(item));
    await run('syncNamespace');
    const question = spy.asked.find(({ detail }) => detail !== undefined);
    assert.equal(question?.text, `Delete 1 key that only ${name(to)} has?`);
    assert.equal(question?.detail, `Nothing to copy: 1 key the same in ${name(to)}.\nYou can undo this for 7 days.`);
    assert.deepEqual(question?.items, ['Delete 1 Extra', 'Review Changes']);
    await eventually(async () => assert.deepEqual(await everything(to), await everything(from)));
  });

  it('names what could not be read, and copies it once it can be', async () => {
    await from.put('same', 'v');
    await to.put('same', 'v');
    await from.put('broken', 'mine');
    await to.put('broken', 'theirs');
    from.makeUnreadable('broken');
    const refs: TestNamespace['namespace'][] = [];
    spy.answer = ({ how, detail, items }) =>
      how === 'showQuickPick' ? pick(refs) : detail === undefined ? undefined : items[0];
    const told = async () => {
      refs.push(from.namespace, to.namespace);
      await run('syncNamespace');
      return spy.asked.at(-1);
    };
    const nothing = await told();
    assert.match(nothing?.text ?? '', /^Copied 0 of 1 key to host-sync-to.*\. “broken” .*read/);
    assert.deepEqual([nothing?.how, nothing?.items], ['showWarningMessage', []]);
    await from.put('new', 'v');
    const some = await told();
    const question = spy.asked.find(({ detail }) => detail !== undefined);
    assert.match(question?.detail ?? '', /\nCould not be read, so left out: broken\.\n/);
    const plan = vscode.workspace.textDocuments.find(({ uri }) => uri.path.includes(`Plan for ${to.namespace.id}`));
    assert.match(plan?.getText() ?? '', /\nCould not be read, so left out: 1 key\n {2}broken\nAdd 1 key\n {2}new\n/);
    assert.match(some?.text ?? '', /^Copied 1 of 2 keys to host-sync-to.*\. “broken” .*read/);
    assert.deepEqual(some?.items, ['Retry', 'Undo']);
    const { failed, ...outcome } = await sync({ confirm: true });
    assert.deepEqual([failed.map(({ key }) => key), outcome.undo], [['broken'], undefined]);
    assert.equal((await to.get('broken'))?.value, 'theirs');
    await from.foreign.delete('broken');
    await from.put('broken', 'mine');
    assert.deepEqual((await sync({ confirm: true })).failed, []);
    assert.equal((await to.get('broken'))?.value, 'mine');
  });

  it('refuses itself, a read-only target and a missing counterpart; can be cancelled', async () => {
    await from.put('k', 'v');
    await expectKvError(sync({ to: from.namespace, confirm: true }), 'invalidInput', 'different');
    assert.equal(await run('toggleReadOnly', { namespace: to.namespace }), true);
    await expectKvError(sync({ confirm: true }), 'readOnly');
    await run('toggleReadOnly', { namespace: to.namespace });
    await expectKvError(run('pull', { namespace: to.namespace, confirm: true }), 'notFound', 'no counterpart');
    const cancelled = new vscode.CancellationTokenSource();
    cancelled.cancel();
    const args = { from: from.namespace, to: to.namespace, confirm: true };
    const outcome = await run<{ cancelled: boolean; done: number }>('syncNamespace', args, cancelled.token);
    assert.deepEqual([outcome.cancelled, outcome.done], [true, 0]);
    assert.equal(await to.get('k'), undefined);
  });
});

/** What the namespace picker resolves to, one after the other. */
function pick(refs: { source: string; id: string }[]): unknown {
  const namespace = refs.shift();
  return namespace && { label: '', namespace };
}
