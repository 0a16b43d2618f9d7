import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { eventually } from '../support/eventually.ts';
import { stub } from './stub.ts';
import { freshKey, run, testNamespace } from './support.ts';
import { WindowSpy } from './windowSpy.ts';

/** As the menu of the Explorer calls: with the clicked file, and everything that is selected. */
describe('files of the Explorer', () => {
  const kv = testNamespace('host-explorer-files');
  const { namespace } = kv;
  const where = 'host-explorer-files (local, shop)';
  let folder: string;
  let spy: WindowSpy;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'cloudflare-kv-explorer-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  beforeEach(() => {
    spy = new WindowSpy();
    spy.answer = ({ how }) => (how === 'showQuickPick' ? { namespace } : undefined);
  });
  afterEach(() => spy.restore());

  const file = (name: string, content: unknown): vscode.Uri => {
    const path = join(folder, name);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return vscode.Uri.file(path);
  };
  const told = (): string | undefined => spy.asked.at(-1)?.text;

  it('are imported, one', async () => {
    const key = freshKey();
    const one = file('one.json', { [key]: 'one' });
    await run('importFile', one, [one]);
    assert.deepEqual(
      spy.asked.map(({ how }) => how),
      ['showQuickPick', 'showInformationMessage'],
    );
    assert.equal(told(), `Imported 1 key into ${where}.`);
    assert.equal((await kv.get(key))?.value, 'one');
  });

  it('are imported together: one plan, one question, one outcome, one undo', async () => {
    const [old, a, b] = [freshKey('old'), freshKey('a'), freshKey('b')];
    await kv.put(old, 'before');
    const first = file('first.json', { [old]: 'after', [a]: 'a' });
    const second = file('second.ndjson', `${JSON.stringify({ key: b, value: 'b' })}\n`);
    spy.answer = ({ how, items }) =>
      how === 'showQuickPick' ? { namespace } : items.find((item) => item === 'Overwrite');
    await run('importFile', second, [first, second]);
    const [, question] = spy.asked;
    assert.equal(question?.text, `Import 3 keys into ${where}?`);
    assert.match(question?.detail ?? '', /^1 key already there: old-/);
    assert.equal(told(), `Imported 3 keys into ${where}.`);
    assert.deepEqual(await Promise.all([old, a, b].map(async (key) => (await kv.get(key))?.value)), [
      'after',
      'a',
      'b',
    ]);
    await run('undo', {});
    assert.equal((await kv.get(old))?.value, 'before');
    assert.equal(await kv.get(b), undefined);
  });

  it('are not imported at all where one of them cannot be, and that one is named', async () => {
    const key = freshKey();
    const good = file('good.json', { [key]: 'x' });
    for (const [bad, says] of [
      [
        file('twice.json', { [key]: 'y' }),
        `Nothing was written. twice.json: “${key}” is in another of the files, too.`,
      ],
      [file('bad.json', [{ key: 'k' }]), /^Nothing was written\. bad\.json: Item 1: /],
      [file('notes.txt', 'text'), /^notes\.txt has an ending that stands for no format\./],
    ] as const) {
      await run('importFile', good, [good, bad]);
      if (typeof says === 'string') assert.equal(told(), says);
      else assert.match(told() ?? '', says);
      assert.equal(await kv.get(key), undefined);
    }
  });

  it('become values, one under the key that is asked for', async () => {
    const key = freshKey();
    const put = file(key, 'the file');
    const titles: (string | undefined)[] = [];
    // Takes what the picker offers for the text that it begins with.
    stub(vscode.window, 'createQuickPick', () => {
      let accept = (): void => {};
      const pick = {
        value: '',
        activeItems: [],
        selectedItems: [] as unknown[],
        dispose: () => {},
        title: undefined,
        onDidChangeValue: () => ({ dispose: () => {} }),
        onDidHide: () => ({ dispose: () => {} }),
        onDidAccept: (listener: () => void) => {
          accept = listener;
          return { dispose: () => {} };
        },
        show: () => titles.push(pick.title),
        set items(items: readonly { readonly key?: string }[]) {
          pick.selectedItems = items.filter((item) => item.key === pick.value);
          accept();
        },
      };
      return pick;
    });
    await run('putFile', put, [put]);
    assert.deepEqual(titles, [where]);
    assert.equal((await kv.get(key))?.value, 'the file');
  });

  it('become values, several under their names', async () => {
    const [a, b] = [freshKey('a'), freshKey('b')];
    const files = [file(`${a}.txt`, 'A'), file(`${b}.txt`, 'B')];
    await run('putFile', files[0], files);
    await eventually(() => assert.equal(told(), `Copied 2 keys to ${where}.`));
    assert.equal((await kv.get(`${a}.txt`))?.value, 'A');
    assert.equal((await kv.get(`${b}.txt`))?.value, 'B');
  });
});
