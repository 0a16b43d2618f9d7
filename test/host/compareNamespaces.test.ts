import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { eventually } from '../support/eventually.ts';
import { closeEditors, expectKvError, run, testNamespace } from './support.ts';
import { WindowSpy } from './windowSpy.ts';

interface Counted {
  readonly failed?: readonly { readonly key: string }[];
}

describe('compareNamespaces', () => {
  const left = testNamespace('host-compare-left');
  const right = testNamespace('host-compare-right');
  let spy: WindowSpy;
  before(async () => {
    await left.put('same', 'v', { metadata: { b: 1, a: 2 } });
    await right.put('same', 'v', { metadata: { a: 2, b: 1 } });
  });
  beforeEach(() => {
    spy = new WindowSpy();
  });
  afterEach(async () => {
    spy.restore();
    await closeEditors();
  });

  const compare = (args: object = {}): Thenable<unknown> =>
    run('compareNamespaces', { left: left.namespace, right: right.namespace, ...args });

  it('opens nothing where nothing differs', async () => {
    assert.deepEqual(await compare(), { add: 0, change: 0, remove: 0, same: 1 });
    assert.deepEqual(vscode.window.tabGroups.activeTabGroup.tabs, []);
  });

  it('counts differences, and shows them side by side', async () => {
    await left.put('p/left', 'v');
    await left.put('p/value', 'one');
    await right.put('p/value', 'two');
    await left.put('p/metadata', 'v', { metadata: 1 });
    await right.put('p/metadata', 'v');
    await right.put('right', 'v');
    assert.deepEqual(await compare(), { add: 1, change: 2, remove: 1, same: 1 });
    await eventually(() => {
      const [tab] = vscode.window.tabGroups.activeTabGroup.tabs;
      assert.match(tab?.label ?? '', /host-compare-left.* ↔ .*host-compare-right/);
    });
    await eventually(() => {
      const open = vscode.workspace.textDocuments.map(({ uri }) => uri.toString());
      for (const uri of [left.uri('p/left'), left.uri('p/value'), right.uri('p/value'), right.uri('right')])
        assert.ok(open.includes(uri.toString()), uri.toString());
    });
    assert.deepEqual(await compare({ prefix: 'p/' }), { add: 1, change: 2, remove: 0, same: 0 });
    assert.deepEqual(spy.asked, []);
  });

  it('lists all differences where there are more than can be opened', async () => {
    const entries = Array.from({ length: 230 }, (_, at) => ({ key: `many/${at}`, value: Uint8Array.of(at) }));
    await left.foreign.putMany(entries.slice(0, 220));
    await right.foreign.putMany(entries.slice(1));
    assert.deepEqual(await compare({ prefix: 'many/' }), { add: 1, change: 0, remove: 10, same: 219 });
    const listOf = () => vscode.workspace.textDocuments.find(({ fileName }) => fileName.includes('↔'));
    assert.equal(listOf(), undefined);
    await right.foreign.putMany(entries.slice(1).map((entry) => ({ ...entry, metadata: 1 })));
    assert.deepEqual(await compare({ prefix: 'many/' }), { add: 1, change: 219, remove: 10, same: 0 });
    await eventually(() => {
      const lines = listOf()?.getText().split('\n') ?? [];
      assert.match(lines[0] ?? '', /^# host-compare-left.* ↔ host-compare-right.*: 0 keys the same$/);
      assert.equal(lines.length, 2 + 3 + 230 + 1);
      assert.deepEqual(
        lines.filter((line) => /^\S.*:/.test(line) && !line.startsWith('#')).map((line) => line.replace(/ \(.*\)/, '')),
        ['Only in host-compare-left: 1 key', 'Changed: 219 keys', 'Only in host-compare-right: 10 keys'],
      );
    });
    await eventually(() =>
      assert.match(vscode.window.tabGroups.activeTabGroup.activeTab?.label ?? '', / ↔ .*\(\d+ files\)|↔/),
    );
  });

  it('says nothing of values among them that open read-only', async () => {
    const key = 'cr/value';
    await left.put(key, 'one\rtwo');
    await right.put(key, 'three');
    assert.deepEqual(await compare({ prefix: 'cr/' }), { add: 0, change: 1, remove: 0, same: 0 });
    await eventually(() =>
      assert.ok(vscode.workspace.textDocuments.some(({ uri }) => uri.toString() === left.uri(key).toString())),
    );
    assert.deepEqual(spy.asked, []);
    await vscode.window.showTextDocument(left.uri(key));
    await eventually(() => assert.match(spy.asked[0]?.text ?? '', /“cr\/value” opens read-only: .*CR alone/));
  });

  it('names what could not be read, and does not call the namespaces the same', async () => {
    for (const [side, value] of [
      [left, 'one'],
      [right, 'two'],
    ] as const) {
      await side.put('broken/same', 'v');
      await side.put('broken/value', value);
    }
    left.makeUnreadable('broken/value');
    const { failed = [], ...counts } = (await compare({ prefix: 'broken/' })) as Counted;
    assert.deepEqual(counts, { add: 0, change: 0, remove: 0, same: 1 });
    assert.deepEqual(
      failed.map(({ key }) => key),
      ['broken/value'],
    );
    const only = [testNamespace('host-compare-broken-left'), testNamespace('host-compare-broken-right')];
    for (const side of only) for (const key of ['broken', 'same']) await side.put(key, 'v');
    only[1]?.makeUnreadable('broken');
    const told = async (): Promise<string> => {
      const refs = only.map(({ namespace }) => namespace);
      spy.answer = ({ how }) => {
        const namespace = how === 'showQuickPick' ? refs.shift() : undefined;
        return namespace && { label: '', namespace };
      };
      await run('compareNamespaces');
      assert.equal(spy.asked.at(-1)?.how, 'showWarningMessage');
      return spy.asked.at(-1)?.text ?? '';
    };
    assert.match(await told(), /^host-compare-broken-left.* and .* do not differ in 1 key\. “broken” .*read/);
    await only[0]?.put('more', 'v');
    assert.match(await told(), /^1 key only in host-compare-broken-left[^.]*\. “broken” .*read/);
    await only[0]?.foreign.delete('broken');
    await only[1]?.foreign.delete('broken');
    await left.foreign.delete('broken/value');
  });

  it('refuses a namespace and itself, and can be cancelled', async () => {
    await expectKvError(compare({ right: left.namespace }), 'invalidInput', 'different');
    await expectKvError(compare({ right: undefined }), 'invalidInput', '“right”');
    const cancelled = new vscode.CancellationTokenSource();
    cancelled.cancel();
    await expectKvError(
      run('compareNamespaces', { left: left.namespace, right: right.namespace }, cancelled.token),
      'cancelled',
    );
  });
});
