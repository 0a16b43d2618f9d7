import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { BulkOutcome } from '../../src/core/store/store.ts';
import { type TestAccount, useAccount } from './account.ts';
import { run, testNamespace } from './support.ts';
import { type Asked, WindowSpy } from './windowSpy.ts';

const KEYS = 10_000;

describe('work that reads much from an account', () => {
  const local = testNamespace('host-much-work');
  const account = useAccount('much');
  let much: TestAccount['namespace'];
  let little: TestAccount['namespace'];
  let spy: WindowSpy;
  let folder: string;
  let to: vscode.Uri;

  /** Called from the palette; these namespaces are picked, every prefix, and this button. */
  const byHand = (command: string, namespaces: readonly TestAccount['namespace'][], button?: string) => {
    const picks: unknown[] = [...namespaces.map((namespace) => ({ namespace })), { format: 'ndjson' }];
    const inputs = command === 'searchValues' ? ['nowhere'] : [''];
    spy.answer = ({ how, items }) => {
      if (how === 'showQuickPick') return picks.shift();
      if (how === 'showInputBox') return inputs.shift();
      return how === 'showSaveDialog' ? to : items.find((item) => item === button);
    };
    return run(command);
  };
  const questions = (): Asked[] => spy.asked.filter(({ detail }) => detail !== undefined);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'much-work-'));
    to = vscode.Uri.file(join(folder, 'much.ndjson'));
    const { server, namespace } = account;
    const made = (keys: number) => ({
      source: namespace.source,
      id: server.makeUpNamespace(`made up ${keys}`, keys).id,
    });
    [much, little] = [made(KEYS), made(1500)];
    await run('refresh', {});
  });
  after(() => rm(folder, { recursive: true, force: true }));
  beforeEach(() => {
    spy = new WindowSpy();
    account.server.reset();
  });
  afterEach(() => spy.restore());

  it('asks before an export, and lists nothing twice', async () => {
    await byHand('exportKeys', [much]);
    const [question] = questions();
    assert.match(question?.text ?? '', /^Export 10,000 keys from made up 10000 \(.+\)\?$/);
    assert.match(
      question?.detail ?? '',
      /^110 requests, 10,000 reads, 10 lists: 10% of the free plan’s day, under \$0\.01 on the paid plan\. Each value that is not text takes one more request\. It takes about 11 s\.$/,
    );
    assert.deepEqual(question?.items, ['Export 10,000 Keys']);
    assert.deepEqual([account.server.count('listKeys'), await readdir(folder)], [10, []]);

    account.server.reset();
    await byHand('exportKeys', [much], 'Export 10,000 Keys');
    assert.equal(account.server.count('listKeys', 'bulkGet'), 110);
    assert.equal((await readFile(to.fsPath, 'utf8')).split('\n').length, KEYS + 1);
  });

  it('does not ask about little, nor when it was called with arguments', async () => {
    await byHand('exportKeys', [little]);
    assert.equal(account.server.count('listKeys', 'bulkGet'), 17);
    assert.equal((await run<BulkOutcome>('exportKeys', { namespace: much, to })).done, KEYS);
    assert.deepEqual(questions(), []);
  });

  it('asks before namespaces are compared or copied', async () => {
    await byHand('compareNamespaces', [much, local.namespace]);
    await byHand('syncNamespace', [much, local.namespace]);
    await byHand('searchValues', [much]);
    assert.deepEqual(
      questions().map(({ text }) => text.replace(/ \(.*\)/, '')),
      [
        'Compare 10,000 keys of made up 10000?',
        'Compare 10,000 keys of made up 10000?',
        'Search the values of 10,000 keys in made up 10000?',
      ],
    );
    assert.match(questions()[0]?.detail ?? '', /at most 110 requests, 10,000 reads, 10 lists: 10%/);
    assert.equal(account.server.count('listKeys'), 30);
  });

  it('says before an import what reading and writing take, and then no more', async () => {
    const from = vscode.Uri.file(join(folder, 'import.json'));
    const entries = Array.from({ length: KEYS }, (_, i) => [`import:${i}`, 'value']);
    await writeFile(from.fsPath, JSON.stringify(Object.fromEntries(entries)));
    const args = { namespace: much, from, onConflict: 'overwrite' };
    assert.equal(await run('importKeys', args), undefined);
    assert.equal(account.server.count('listKeys', 'bulkGet', 'bulkPut'), 0);
    assert.match(
      questions()[0]?.detail ?? '',
      /^101 requests, 10,000 reads, 10,000 writes: 10 times the free plan’s day, about \$0\.06 .*\nWhat is there/,
    );
    spy.answer = ({ items }) => items.find((item) => item === 'Import 10,000 Keys');
    assert.equal((await run<BulkOutcome>('importKeys', args)).done, KEYS);
    assert.ok(account.server.count('listKeys', 'bulkGet', 'bulkPut') <= 101);
    assert.equal(questions().length, 2);
  });

  it('says before a sync what is left to be read and written', async () => {
    for (let i = 0; i < 5; i++) await local.put(`sync:${i}`, 'x'.repeat(1000));
    await run('syncNamespace', { from: local.namespace, to: little });
    const [question] = questions();
    assert.match(question?.text ?? '', /^Copy 5 keys from /);
    assert.match(question?.detail ?? '', /2 requests, 5 reads, 5 writes: under 1% of the free plan’s day/);
    await run('syncNamespace', { from: little, to: local.namespace });
    assert.match(questions().at(-1)?.detail ?? '', /15 requests, 1,500 reads: 2% of the free plan’s day/);
  });
});
