import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { BulkOutcome } from '../../src/core/store/store.ts';
import { awkwardEntries } from '../support/awkwardEntries.ts';
import type { CloudflareServer } from '../support/cloudflare/server.ts';
import { eventually } from '../support/eventually.ts';
import { type TestAccount, useAccount } from './account.ts';
import {
  backupFiles,
  expectKvError,
  extension,
  freshKey,
  inSeconds,
  run,
  testNamespace,
  withSettings,
} from './support.ts';
import { WindowSpy } from './windowSpy.ts';

interface Outcome extends BulkOutcome {
  readonly undo?: string;
}

describe('bulk commands on a real account', () => {
  const kv = testNamespace('host-bulk-remote');
  const copies = testNamespace('host-bulk-remote-copies');
  const account = useAccount('bulk');
  let server: CloudflareServer;
  let remote: TestAccount['namespace'];
  let spy: WindowSpy;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bulk-remote-'));
    ({ server, namespace: remote } = account);
  });
  after(() => rm(folder, { recursive: true, force: true }));
  beforeEach(() => {
    spy = new WindowSpy();
  });
  afterEach(() => spy.restore());

  it('make no namespace for a binding that has one already', async () => {
    const titles = (): string[] => server.namespaces.of(server.account.id).map(({ title }) => title);
    const before = titles();
    const made = run('createNamespace', { source: remote.source, title: 'stray', binding: 'SESSIONS' });
    await expectKvError(made, 'conflict', 'SESSIONS');
    assert.deepEqual(titles(), before);
  });

  it('copy there and back without a difference, reading each value once', async () => {
    const entries = awkwardEntries(250, inSeconds(86_400));
    await kv.foreign.putMany(entries);
    const there = { from: { namespace: kv.namespace }, to: remote, confirm: true };
    assert.equal((await run<Outcome>('copyKeys', there)).done, 250);
    server.reset();
    const back = await run<Outcome>('copyKeys', { from: { namespace: remote }, to: copies.namespace });
    assert.deepEqual([back.done, back.failed, back.cancelled], [250, [], false]);
    assert.equal(server.count('listKeys'), 1);
    assert.deepEqual(
      (await readdir(tmpdir())).filter((name) => name.startsWith('kv-spool-')),
      [],
    );
    for (const { key, ...rest } of entries) {
      const { key: _, ...copied } = (await copies.foreign.get(key)) ?? assert.fail(key);
      assert.deepEqual({ ...copied, value: new Uint8Array(copied.value) }, rest, key);
    }
    assert.deepEqual(spy.asked, []);
  });

  it('ask nothing for a call that is cancelled, and say that it is', async () => {
    const keys = [freshKey(), freshKey()];
    for (const key of keys) await run('putKey', { namespace: remote, key, value: 'value' });
    await run('deleteKeys', { namespace: remote, keys: keys.slice(1), confirm: true });
    const cancelled = new vscode.CancellationTokenSource();
    cancelled.cancel();
    for (const [name, args] of [
      ['setExpiration', { namespace: remote, keys, expiration: null }],
      ['undo', {}],
    ] as const) {
      const outcome = await run<Outcome | undefined>(name, args, cancelled.token);
      assert.deepEqual([outcome?.done, outcome?.cancelled, spy.asked], [0, true, []], name);
    }
  });

  it('read nothing for a namespace that is read-only', async () => {
    const to = copies.namespace;
    await run('toggleReadOnly', { namespace: to });
    server.reset();
    try {
      await expectKvError(run('copyKeys', { from: { namespace: remote }, to }), 'readOnly', 'read-only');
    } finally {
      await run('toggleReadOnly', { namespace: to });
    }
    assert.equal(server.count('listKeys') + server.count('bulkGet'), 0);
  });

  it('ask first and say what it costs, unless that is answered or switched off', async () => {
    const from = vscode.Uri.file(join(folder, 'two.json'));
    await writeFile(from.fsPath, JSON.stringify({ 'asked:1': 'a', 'asked:2': 'b' }));
    const args = { namespace: remote, from, onConflict: 'overwrite' };
    assert.equal(await run('importKeys', args), undefined);
    const [question] = spy.asked;
    assert.match(question?.text ?? '', /^Import 2 keys into bulk \(.+\)\?$/);
    assert.match(question?.detail ?? '', /1 request, 2 writes: .*free plan.*\n.*undo this for 7 days/s);
    assert.deepEqual(question?.items, ['Import 2 Keys']);
    const to = vscode.Uri.file(join(folder, 'none.json'));
    assert.equal((await run<Outcome>('exportKeys', { namespace: remote, to, prefix: 'asked:' })).done, 0);
    spy.answer = () => 'Import 2 Keys';
    const { done, undo } = await run<Outcome>('importKeys', args);
    assert.equal(done, 2);
    assert.equal((await run<Outcome>('undo', { id: undo, confirm: true })).done, 2);
    await withSettings({ 'cloudflareKv.remote.confirmWrites': 'never' }, async () => {
      assert.equal((await run<Outcome>('importKeys', args)).done, 2);
    });
    assert.equal(spy.asked.length, 2);
  });

  it('ask nothing about a namespace that is read-only', async () => {
    await run('toggleReadOnly', { namespace: remote });
    const args = { namespace: remote, keys: ['a', 'b'], expirationTtl: 100 };
    await expectKvError(run('setExpiration', args), 'readOnly');
    await run('toggleReadOnly', { namespace: remote });
    assert.equal(spy.asked.length, 0);
    assert.equal(await run('setExpiration', args), undefined);
    assert.match(spy.asked[0]?.text ?? '', /^Write 2 keys to bulk/);
  });

  it('leave a way back where an answer was lost, and none where nothing was written', async () => {
    const from = vscode.Uri.file(join(folder, 'lost.json'));
    await writeFile(from.fsPath, JSON.stringify({ 'lost:1': 'a', 'lost:2': 'b' }));
    const args = { namespace: remote, from, onConflict: 'fail', confirm: true };
    const backups = backupFiles('*');
    server.faults.add({ operations: ['bulkPut'], mishap: { kind: 'status', status: 403, code: 10000 } });
    const refused = await run<Outcome>('importKeys', args);
    assert.deepEqual([refused.failed.length, refused.undo], [2, undefined]);
    assert.deepEqual(backupFiles('*'), backups);

    server.faults.add({ operations: ['bulkPut'], mishap: { kind: 'html', status: 200 }, applied: true });
    const lost = await run<Outcome>('importKeys', args);
    // It is looked for a moment later.
    assert.deepEqual([lost.done, lost.failed.length], [2, 0]);
    assert.equal((await run<Outcome>('undo', { id: lost.undo, confirm: true })).done, 2);
    assert.equal((await run<Outcome>('importKeys', args)).done, 2);

    // Of our own keys we would believe that they are still there.
    const theirs = await fetch(
      `${server.baseUrl}/accounts/${server.account.id}/storage/kv/namespaces/${remote.id}/bulk`,
      {
        method: 'PUT',
        headers: { authorization: `Bearer ${server.issueToken().text}`, 'content-type': 'application/json' },
        body: JSON.stringify([{ key: 'theirs', value: 'v' }]),
      },
    );
    assert.ok(theirs.ok);
    const deletes = ['bulkDelete', 'bulkDeleteLegacy'] as const;
    server.faults.add({ operations: deletes, mishap: { kind: 'html', status: 200 }, applied: true });
    const deleted = await run<Outcome>('deleteKeys', { namespace: remote, keys: ['theirs'], confirm: true });
    assert.deepEqual([deleted.done, deleted.failed.length], [1, 0]);
    assert.equal((await run<Outcome>('undo', { id: deleted.undo, confirm: true })).done, 1);
  });

  it('ask before an account is written to take them back', async () => {
    const from = vscode.Uri.file(join(folder, 'asked.json'));
    await writeFile(from.fsPath, JSON.stringify({ [freshKey()]: 'a' }));
    const { undo } = await run<Outcome>('importKeys', { namespace: remote, from, onConflict: 'fail', confirm: true });
    for (const confirmWrites of ['bulk', 'always']) {
      await withSettings({ 'cloudflareKv.remote.confirmWrites': confirmWrites }, async () => {
        server.reset();
        spy.asked.length = 0;
        assert.equal(await run('undo', { id: undo }), undefined);
        assert.match(`${spy.asked[0]?.text} ${spy.asked[0]?.detail}`, /bulk \(Acme|bulk.*remote|Acme/);
        assert.equal(server.count('bulkDelete') + server.count('deleteValue'), 0);
      });
    }
    const outcome = await run<Outcome>('undo', { id: undo, confirm: true });
    assert.deepEqual([outcome.done, outcome.skipped, outcome.failed], [1, 0, []]);
  });

  it('keep what somebody writes while the question of new expirations is open', async () => {
    const key = 'moved:1';
    await run('putKey', { namespace: remote, key, value: 'seen' });
    const theirs = async (): Promise<void> => {
      const url = `${server.baseUrl}/accounts/${server.account.id}/storage/kv/namespaces/${remote.id}/values/${key}`;
      const headers = { authorization: `Bearer ${server.issueToken().text}` };
      assert.ok((await fetch(url, { method: 'PUT', headers, body: 'theirs' })).ok);
    };
    spy.answer = async ({ items }) => {
      await theirs();
      return items[0];
    };
    const outcome = await run<Outcome>('setExpiration', {
      namespace: remote,
      keys: [key, 'moved:2'],
      expirationTtl: 900,
    });
    assert.deepEqual([outcome.done, outcome.failed.map((failure) => failure.key)], [1, ['moved:2']]);
    const uri = extension().exports.valueUri(remote, key);
    assert.equal(Buffer.from(await vscode.workspace.fs.readFile(uri)).toString(), 'theirs');
  });

  it('save what a namespace holds before it is deleted, when that is chosen', async () => {
    const { id } = server.createNamespace('goner');
    const namespace = { source: remote.source, id };
    await run('refresh', {});
    await run('putKey', { namespace, key: 'last', value: 'words' });
    const to = vscode.Uri.file(join(folder, 'goner.json'));
    let isSaved = false;
    spy.answer = ({ how, items }) => {
      if (how === 'showQuickPick') return { format: 'json' };
      if (how === 'showSaveDialog') isSaved = true;
      if (how === 'showSaveDialog') return to;
      if (how === 'showInputBox') return 'goner';
      return items.find((item) => item === (isSaved ? 'Delete Namespace' : 'Export First…'));
    };
    assert.deepEqual(await run('deleteNamespace', { namespace }), namespace);
    assert.deepEqual(JSON.parse(await readFile(to.fsPath, 'utf8')), [{ key: 'last', value: 'words' }]);
    await eventually(() =>
      assert.match(spy.asked.map(({ text }) => text).join('\n'), /^Exported 1 key of goner \(.+\) to goner\.json\.$/m),
    );
  });
});
