import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import type { BulkOutcome } from '../../src/core/store/store.ts';
import { awkwardEntries } from '../support/awkwardEntries.ts';
import { eventually } from '../support/eventually.ts';
import { closeEditors, expectKvError, freshKey, inSeconds, open, run, testNamespace } from './support.ts';
import { WindowSpy } from './windowSpy.ts';

interface Outcome extends BulkOutcome {
  readonly undo?: string;
  readonly expired?: readonly string[];
  readonly missing?: readonly string[];
  readonly notForWrangler?: readonly string[];
}

const clean = { done: 0, skipped: 0, failed: [], cancelled: false };
const byKey = (a: KvEntry, b: KvEntry): number => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key));

describe('bulk commands', () => {
  const kv = testNamespace('host-bulk');
  const other = testNamespace('host-bulk-other');
  const { namespace } = kv;
  let spy: WindowSpy;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cloudflare-kv-host-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));
  beforeEach(async () => {
    spy = new WindowSpy();
    for (const each of [kv, other]) await each.foreign.deleteMany((await dump(each.foreign)).map(({ key }) => key));
  });
  afterEach(() => spy.restore());

  async function dump(store: typeof kv.foreign): Promise<KvEntry[]> {
    const entries: KvEntry[] = [];
    const { keys } = await store.list({});
    for await (const { value, ...rest } of store.getMany(keys.map(({ name }) => name))) {
      entries.push({ ...rest, value: new Uint8Array(value) });
    }
    return entries;
  }
  const at = (name: string): vscode.Uri => vscode.Uri.file(join(folder, name));
  const file = async (content: unknown): Promise<vscode.Uri> => {
    const uri = at(`${freshKey()}.json`);
    await writeFile(uri.fsPath, JSON.stringify(content));
    return uri;
  };
  const importKeys = (args: object): Thenable<Outcome> =>
    run('importKeys', { namespace, onConflict: 'overwrite', ...args });
  const cancelled = { isCancellationRequested: true, onCancellationRequested: () => ({ dispose() {} }) };

  for (const name of ['all.json', 'all.ndjson', 'all.csv', 'all']) {
    it(`export and import every kind of entry as ${name}`, async () => {
      const entries = awkwardEntries(120, inSeconds(86_400)).sort(byKey);
      await kv.foreign.putMany(entries);
      const { notForWrangler, ...exported } = await run<Outcome>('exportKeys', { namespace, to: at(name) });
      assert.deepEqual(exported, { ...clean, done: 120 });
      assert.ok(notForWrangler && notForWrangler.length > 0);
      const { undo, ...imported } = await run<Outcome>('importKeys', {
        namespace: other.namespace,
        from: at(name).toString(),
        onConflict: 'fail',
      });
      assert.deepEqual(imported, { ...clean, done: 120 });
      assert.deepEqual(await dump(other.foreign), entries);
      assert.deepEqual(spy.asked, []);
      assert.equal((await run<Outcome>('undo', { id: undo })).done, 120);
      assert.deepEqual(await dump(other.foreign), []);
    });
  }

  it('export some keys, or those with a prefix, in a format that is named', async () => {
    for (const key of ['a:1', 'a:2', 'b']) await kv.put(key, key);
    const to = at('some.txt');
    assert.equal((await run<Outcome>('exportKeys', { namespace, to, prefix: 'a:', format: 'ndjson' })).done, 2);
    assert.match(await readFile(to.fsPath, 'utf8'), /^\{"key":"a:1",.*\}\n\{"key":"a:2",.*\}\n$/);
    const outcome = await run<Outcome>('exportKeys', { namespace, to, keys: ['b', 'gone'], format: 'json' });
    assert.deepEqual(
      [outcome.done, outcome.failed.map(({ key, error }) => [key, error.kind])],
      [1, [['gone', 'notFound']]],
    );
    await expectKvError(run('exportKeys', { namespace, to }), 'invalidInput', 'ending');
    await expectKvError(run('exportKeys', { namespace, to: at('x.json'), prefix: '', keys: [] }), 'invalidInput');
  });

  it('export to a folder whose address ends with a slash, and import from it', async () => {
    await kv.put('a', 'a');
    const to = `${at('slash')}/`;
    assert.equal((await run<Outcome>('exportKeys', { namespace, to })).done, 1);
    assert.deepEqual(await readdir(at('slash').fsPath), ['a', 'kv-manifest.json']);
    const from = vscode.Uri.parse(to, true);
    assert.equal((await importKeys({ namespace: other.namespace, from })).done, 1);
  });

  it('leave nothing of an export that is cancelled', async () => {
    await kv.put('a', 'a');
    const before = await readdir(folder);
    const outcome = await run('exportKeys', { namespace, to: at('cancelled.json') }, cancelled);
    assert.deepEqual(outcome, { ...clean, cancelled: true });
    assert.deepEqual(await readdir(folder), before);
  });

  it('import over existing keys as they are told to, and undo that exactly', async () => {
    const kept = { metadata: { by: 'anna' }, expiration: inSeconds(3600) };
    await kv.put('old', 'before', kept);
    const from = await file([
      { key: 'old', value: 'after' },
      { key: 'new', value: 'new' },
    ]);
    const before = await dump(kv.foreign);
    await expectKvError(importKeys({ from, onConflict: 'fail' }), 'conflict', '“old”');
    assert.deepEqual(await dump(kv.foreign), before);
    const skipped = await importKeys({ from, onConflict: 'skip' });
    assert.deepEqual([skipped.done, skipped.skipped], [1, 1]);
    assert.deepEqual(await kv.get('old'), { value: 'before', ...kept });
    await run('undo', { id: skipped.undo });
    const { undo, ...outcome } = await importKeys({ from });
    assert.deepEqual(outcome, { ...clean, done: 2 });
    assert.deepEqual(await kv.get('old'), { value: 'after' });
    await run('undo', { id: undo });
    assert.deepEqual(await dump(kv.foreign), before);
    assert.deepEqual(spy.asked, []);
  });

  it('import 1,000 keys, and leave alone what changed since when that is undone', async () => {
    const keys = Array.from({ length: 1000 }, (_, i) => `key:${String(i).padStart(4, '0')}`);
    await kv.foreign.putMany(keys.map((key) => ({ key, value: Buffer.from('before'), metadata: { key } })));
    const before = await dump(kv.foreign);
    const { done, undo } = await importKeys({
      from: await file(Object.fromEntries(keys.map((key) => [key, 'after']))),
    });
    assert.equal(done, 1000);
    await kv.put('key:0007', 'since');
    const undone = await run<Outcome & { changed: readonly string[] }>('undo', { id: undo });
    assert.deepEqual([undone.done, undone.changed], [999, ['key:0007']]);
    assert.deepEqual(
      (await dump(kv.foreign)).filter(({ key }) => key !== 'key:0007'),
      before.filter(({ key }) => key !== 'key:0007'),
    );
  });

  it('import nothing of a file with a mistake', async () => {
    const from = await file([
      { key: 'a', value: '' },
      { key: 'b', value: 5 },
    ]);
    await expectKvError(importKeys({ from }), 'invalidInput', 'Item 2', '“b”');
    await expectKvError(importKeys({ from: at('none.json') }), 'invalidInput', 'none.json');
    await expectKvError(importKeys({ from, onConflict: 'ask' }), 'invalidInput', 'onConflict');
    await expectKvError(importKeys({ from, format: 'xml' }), 'invalidInput', 'format');
    await expectKvError(importKeys({ from, format: 'csv' }), 'invalidInput', 'quote');
    assert.deepEqual(await dump(kv.foreign), []);
    assert.deepEqual(await importKeys({ from: await file([]) }), clean);
  });

  it('name what has expired, what is missing, and what lives too shortly', async () => {
    const from = await file({
      gone: { value: 'v', expiration: inSeconds(-5) },
      missing: null,
      short: { value: 'v', expiration: inSeconds(30) },
      ok: { value: 'v', expiration: inSeconds(300) },
    });
    const { done, skipped, failed, expired, missing } = await importKeys({ from });
    assert.deepEqual([done, skipped, expired, missing], [1, 2, ['gone'], ['missing']]);
    assert.deepEqual(
      failed.map(({ key, error }) => [key, error.kind]),
      [['short', 'invalidInput']],
    );
    assert.deepEqual(
      (await dump(kv.foreign)).map(({ key }) => key),
      ['ok'],
    );
  });

  it('write nothing when they are cancelled', async () => {
    await kv.put('a', 'a');
    const from = await file({ b: 'b' });
    const args = { namespace, from, onConflict: 'overwrite' };
    assert.deepEqual(await run('importKeys', args, cancelled), { ...clean, cancelled: true });
    const copy = { from: { namespace }, to: other.namespace };
    assert.deepEqual(await run('copyKeys', copy, cancelled), { ...clean, cancelled: true });
    assert.deepEqual(await dump(other.foreign), []);
    assert.equal((await dump(kv.foreign)).length, 1);
  });

  it('copy keys with all that belongs to them', async () => {
    const entries = awkwardEntries(500, inSeconds(86_400)).sort(byKey);
    await kv.foreign.putMany(entries);
    const args = { from: { namespace }, to: other.namespace };
    const { undo, ...outcome } = await run<Outcome>('copyKeys', args);
    assert.deepEqual(outcome, { ...clean, done: 500 });
    assert.deepEqual(await dump(other.foreign), entries);
    await expectKvError(run('copyKeys', args), 'conflict', '“');
    assert.equal((await run<Outcome>('copyKeys', { ...args, onConflict: 'skip' })).skipped, 500);
    assert.equal((await run<Outcome>('undo', { id: undo })).done, 500);
    assert.deepEqual(await dump(other.foreign), []);
  });

  it('copy some keys, and name those that do not exist', async () => {
    await kv.put('a:1', 'one');
    await kv.put('b', 'b');
    const copy = (from: object) =>
      run<Outcome>('copyKeys', { from: { namespace, ...from }, to: other.namespace, onConflict: 'overwrite' });
    assert.equal((await copy({ prefix: 'a:' })).done, 1);
    const { done, failed } = await copy({ keys: ['b', 'gone'] });
    assert.deepEqual([done, failed.map(({ key, error }) => [key, error.kind])], [1, [['gone', 'notFound']]]);
    await expectKvError(run('copyKeys', { from: { namespace }, to: namespace }), 'invalidInput');
    await expectKvError(run('copyKeys', { to: namespace }), 'invalidInput', '“from”');
    await expectKvError(run('copyKeys', { from: {}, to: namespace }), 'invalidInput', '“from.namespace”');
  });

  it('write nothing to a namespace that is read-only', async () => {
    await kv.put('a', 'a');
    const from = await file({ b: 'b' });
    await run('toggleReadOnly', { namespace });
    try {
      await expectKvError(importKeys({ from }), 'readOnly');
      await expectKvError(run('copyKeys', { from: { namespace: other.namespace }, to: namespace }), 'readOnly');
      await expectKvError(run('deleteKeysInFile', { namespace, from, confirm: true }), 'readOnly');
    } finally {
      await run('toggleReadOnly', { namespace });
    }
    assert.equal((await dump(kv.foreign)).length, 1);
  });

  it('delete the keys that a file lists, once that is confirmed', async () => {
    for (const key of ['a', 'b', 'c']) await kv.put(key, key);
    const from = await file(['a', { name: 'b' }]);
    const remove = (args: object = {}) => run<Outcome | undefined>('deleteKeysInFile', { namespace, from, ...args });
    assert.equal(await remove(), undefined);
    assert.match(spy.asked[0]?.text ?? '', /^Delete 2 keys from host-bulk \(local, shop\)\?$/);
    const outcome = await remove({ confirm: true });
    assert.equal(outcome?.done, 2);
    assert.deepEqual(
      (await dump(kv.foreign)).map(({ key }) => key),
      ['c'],
    );
    assert.equal((await run<Outcome>('undo', { id: outcome?.undo })).done, 2);
    await expectKvError(
      remove({ from: await file(['a', 7]), confirm: true }),
      'invalidInput',
      'Item 2: it must be a key',
    );
  });

  it('tell keys that were to be deleted and are not there', async () => {
    await kv.put('a', 'a');
    const from = await file(['a', 'nowhere']);
    const remove = (args: object = {}) => run<Outcome | undefined>('deleteKeysInFile', { namespace, from, ...args });
    await remove();
    assert.match(spy.asked[0]?.detail ?? '', /^a, nowhere\.\n1 key not found\.\nYou can undo/);
    const { undo, ...outcome } = (await remove({ confirm: true })) ?? {};
    assert.ok(undo);
    assert.deepEqual(outcome, { done: 2, skipped: 0, failed: [], cancelled: false, missing: 1 });
    await kv.put('a', 'a');
    const chosen = new Map<string, unknown>([
      ['showQuickPick', { namespace }],
      ['showOpenDialog', [from]],
      ['showWarningMessage', 'Delete 2 Keys'],
    ]);
    spy.answer = ({ how }) => chosen.get(how);
    await run('deleteKeysInFile');
    assert.equal(spy.asked.at(-1)?.text, 'Deleted 1 key from host-bulk (local, shop). 1 key not found.');
  });

  it('ask what becomes of keys that exist, and offer the way back', async () => {
    await kv.put('old', 'before');
    const from = await file({ old: 'after', new: 'new' });
    const chosen = new Map<string, unknown>([
      ['showQuickPick', { namespace }],
      ['showOpenDialog', [from]],
    ]);
    spy.answer = ({ how }) => chosen.get(how);
    await run('importKeys');
    const question = spy.asked[2];
    assert.match(question?.text ?? '', /^Import 2 keys into host-bulk \(local, shop\)\?$/);
    assert.match(question?.detail ?? '', /^1 key already there: old\.\nYou can undo this for 7 days\.$/);
    assert.deepEqual(question?.items, ['Overwrite', 'Skip Existing']);
    assert.deepEqual(
      (await dump(kv.foreign)).map(({ key }) => key),
      ['old'],
    );
    spy.answer = ({ how, items }) =>
      chosen.get(how) ?? items.find((item) => item === 'Skip Existing' || item === 'Undo');
    await run('importKeys');
    assert.match(spy.asked[6]?.text ?? '', /^Imported 1 key into host-bulk \(local, shop\)\. 1 skipped\.$/);
    await eventually(async () =>
      assert.deepEqual(
        (await dump(kv.foreign)).map(({ key }) => key),
        ['old'],
      ),
    );
    // What is told of that belongs to this test too.
    await eventually(() => assert.match(spy.asked.at(-1)?.text ?? '', /^Undone: /));
  });

  it('export what the document shows to where it is asked', async () => {
    await kv.put('shown', 'value');
    await open(kv.uri('shown'));
    const to = at('asked.csv');
    spy.answer = ({ how }) => (how === 'showSaveDialog' ? to : how === 'showQuickPick' ? { format: 'csv' } : undefined);
    await run('exportKeys', kv.uri('shown'));
    assert.match(await readFile(to.fsPath, 'utf8'), /^key,value,base64,metadata,expiration\r\nshown,value,,,\r\n$/);
    assert.match(spy.asked.at(-1)?.text ?? '', /^Exported 1 key of host-bulk \(local, shop\) to asked\.csv\.$/);
    assert.equal(spy.asked[1]?.text, 'Export 1 key of host-bulk (local, shop)');
    await closeEditors();
  });

  it('say so when they are about a part of a namespace, and do not take the value that is open for it', async () => {
    for (const key of ['user:1', 'user:2', 'other']) await kv.put(key, key, { metadata: 'text' });
    await open(kv.uri('other'));
    const to = at('part.json');
    const chosen: unknown[] = [{ namespace }, { format: 'json' }];
    spy.answer = ({ how }) => {
      if (how === 'showQuickPick') return chosen.shift();
      return how === 'showSaveDialog' ? to : how === 'showInputBox' ? 'user:' : undefined;
    };
    await run('exportKeys');
    const part = 'keys that begin with “user:” of host-bulk (local, shop)';
    assert.equal(spy.asked.find(({ how }) => how === 'showSaveDialog')?.text, `Export ${part}`);
    const remark = '“wrangler kv bulk put” refuses metadata that is not an object: user:1, user:2.';
    assert.equal(spy.asked.at(-1)?.text, `Exported 2 ${part} to part.json. ${remark}`);
    chosen.push({ namespace }, { format: 'csv' });
    await run('exportKeys');
    assert.equal(spy.asked.at(-1)?.text, `Exported 2 ${part} to part.json.`);
    chosen.push({ namespace }, { namespace: other.namespace });
    await run('copyKeys');
    const target = 'host-bulk-other (local, shop)';
    assert.equal(spy.asked.at(-1)?.text, `Copied 2 keys that begin with “user:” to ${target}.`);
    assert.deepEqual(
      (await dump(other.foreign)).map(({ key }) => key),
      ['user:1', 'user:2'],
    );
    await closeEditors();
  });

  it('say so when they are cancelled before anything is written', async () => {
    const from = await file({ a: 'a', b: 'b' });
    await kv.put('a', 'before');
    const source = new vscode.CancellationTokenSource();
    spy.answer = ({ how, items }) => {
      if (how === 'showQuickPick') return { namespace };
      if (how === 'showOpenDialog') return [from];
      source.cancel();
      return items.find((item) => item === 'Overwrite');
    };
    await vscode.commands.executeCommand('cloudflareKv.importKeys', source.token);
    assert.equal(spy.asked.at(-1)?.text, 'Nothing was imported into host-bulk (local, shop): it was cancelled.');
    assert.equal((await kv.get('a'))?.value, 'before');
  });
});
