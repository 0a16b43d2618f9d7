import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { eventually } from '../support/eventually.ts';
import { closeEditors, expectKvError, run, testNamespace } from './support.ts';
import { WindowSpy } from './windowSpy.ts';

describe('searching', () => {
  const one = testNamespace('host-search-one');
  const two = testNamespace('host-search-two');
  let spy: WindowSpy;
  before(async () => {
    await one.put('user:1', 'first line\nsecond needle here', { metadata: { tag: 'needle' } });
    await one.put('user:2\n', 'nothing');
    await two.put('user:1', 'needle');
  });
  beforeEach(() => {
    spy = new WindowSpy();
  });
  afterEach(async () => {
    spy.restore();
    await closeEditors();
  });

  const results = (): vscode.TextDocument => {
    // Documents of earlier tests may be there for a while.
    const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    assert.ok(input instanceof vscode.TabInputText);
    const found = vscode.workspace.textDocuments.find(({ uri }) => uri.toString() === input.uri.toString());
    assert.ok(found);
    assert.equal(found.languageId, 'kv-results');
    return found;
  };
  const links = async (): Promise<(string | undefined)[]> => {
    const found = await vscode.commands.executeCommand<vscode.DocumentLink[]>(
      'vscode.executeLinkProvider',
      results().uri,
    );
    return found.map(({ target }) => target?.toString());
  };

  it('finds keys in several namespaces, as a document with links', async () => {
    const namespaces = [one.namespace, two.namespace, { ...one.namespace }];
    const found = await run('searchKeys', { namespaces, text: 'user:' });
    const match = (namespace: object, key: string) => ({ namespace, key, text: key });
    assert.deepEqual(found, {
      matches: [match(one.namespace, 'user:1'), match(one.namespace, 'user:2\n'), match(two.namespace, 'user:1')],
      complete: true,
    });
    await eventually(() => {
      const lines = results().getText().split('\n');
      assert.match(lines[0] ?? '', /^# “user:” in .*one.*two.*: 3 found in 3 keys$/);
      assert.deepEqual(lines.slice(3, 5), ['  user:1', '  "user:2\\n"']);
    });
    assert.deepEqual(await links(), [one.uri('user:1'), one.uri('user:2\n'), two.uri('user:1')].map(String));
    assert.deepEqual(spy.asked, []);
  });

  it('finds lines of values and metadata', async () => {
    const found = await run('searchValues', { namespace: one.namespace, prefix: 'user', regex: 'need.e' });
    assert.deepEqual(found, {
      matches: [
        { key: 'user:1', text: '{"tag":"needle"}' },
        { key: 'user:1', line: 2, text: 'second needle here' },
      ],
      complete: true,
    });
    await eventually(() => {
      assert.match(vscode.window.tabGroups.activeTabGroup.activeTab?.label ?? '', /^Search ∕need\.e∕/);
      const text = results().getText();
      assert.match(text, /^# \/need\.e\/ in keys that begin with “user” of host-search-one \(local, shop\)/);
      assert.match(text, /\nuser:1\n {2}metadata: {"tag":"needle"}\n {2}2: second needle here\n/);
    });
    const [key, metadata, line] = await links();
    assert.deepEqual([key, metadata], [one.uri('user:1').toString(), one.entryUri('user:1').toString()]);
    assert.equal(line, one.uri('user:1').with({ fragment: 'L2,8' }).toString());
    await vscode.commands.executeCommand('vscode.open', vscode.Uri.parse(line ?? '', true));
    await eventually(() =>
      assert.equal(vscode.window.activeTextEditor?.document.uri.toString(), one.uri('user:1').toString()),
    );
  });

  it('asks for what is missing, in the palette', async () => {
    spy.answer = ({ how }) => (how === 'showInputBox' ? '/r:[12]$/' : [{ label: '', namespace: two.namespace }]);
    assert.equal(await run('searchKeys'), undefined);
    await eventually(() => assert.match(results().getText(), /two.*: 1 found in 1 key\n/));
  });

  it('refuses what is no expression, and says what it has when cancelled', async () => {
    const { namespace } = one;
    await expectKvError(run('searchKeys', { namespaces: [namespace], regex: '(' }), 'invalidInput', 'expression');
    await expectKvError(run('searchValues', { namespace, regex: '[' }), 'invalidInput', 'expression');
    await expectKvError(run('searchValues', { namespace }), 'invalidInput', '“text” or “regex”');
    await expectKvError(run('searchKeys', { namespaces: [], text: 'x' }), 'invalidInput', '“namespaces”');
    const cancelled = new vscode.CancellationTokenSource();
    cancelled.cancel();
    const nothing = { matches: [], complete: false };
    assert.deepEqual(await run('searchValues', { namespace, text: 'x' }, cancelled.token), nothing);
    assert.deepEqual(await run('searchKeys', { namespaces: [namespace], text: 'x' }, cancelled.token), nothing);
    await eventually(() => assert.match(results().getText(), /, cancelled\n/));
  });

  it('gives a value up on which an expression has no end, says so, and can be cancelled meanwhile', async () => {
    const kv = testNamespace('host-search-slow');
    const { namespace } = kv;
    await kv.put('bad', `${'a'.repeat(100_000)}b`);
    await kv.put('good', 'aa');
    const found = await run('searchValues', { namespace, regex: '(a+)+$' });
    assert.deepEqual(found, { matches: [{ key: 'good', line: 1, text: 'aa' }], complete: false });
    await eventually(() => {
      assert.match(results().getText(), /^# .*1 found in 2 keys, not complete: the expression takes too long\n/);
      assert.match(results().getText(), /\nGiven up: the expression takes too long on “bad”\. Make it simpler\.\n/);
    });
    // So many that the search goes on until it is cancelled, however late that is.
    const endless = testNamespace('host-search-endless');
    for (let at = 0; at < 30; at++) await endless.put(`bad:${at}`, `${'a'.repeat(100_000)}b`);
    const source = new vscode.CancellationTokenSource();
    const work = run('searchValues', { namespace: endless.namespace, regex: '(a+)+$' }, source.token);
    await eventually(() => assert.match(results().getText(), /0 found in \d+ keys?, searching…/));
    source.cancel();
    assert.deepEqual(await work, { matches: [], complete: false });
    await eventually(() => assert.match(results().getText(), /, cancelled\n/));
  });
});
