import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { entryDigest } from '../../src/core/entry/entryDigest.ts';
import { eventually } from '../support/eventually.ts';
import {
  backupFiles,
  closeEditors,
  expectKvError,
  freshKey,
  globalStorage,
  inSeconds,
  open,
  run,
  testNamespace,
  type,
  withSettings,
} from './support.ts';
import { WindowSpy } from './windowSpy.ts';

interface Deleted {
  readonly done: number;
  readonly failed: readonly { readonly key: string; readonly error: { readonly kind: string } }[];
  readonly undo?: string;
}

interface Undone extends Deleted {
  readonly skipped: number;
  readonly expired: readonly string[];
  readonly changed: readonly string[];
  readonly passedOver?: readonly { readonly label: string }[];
}

describe('deleting and undoing', () => {
  const kv = testNamespace('host-undo');
  const { namespace } = kv;
  let spy: WindowSpy;
  beforeEach(() => {
    spy = new WindowSpy();
  });
  afterEach(async () => {
    spy.restore();
    await closeEditors();
  });

  const deleteKeys = (args: object): Thenable<Deleted> => run('deleteKeys', { namespace, confirm: true, ...args });

  it('brings whole entries back', async () => {
    const [one, two] = [freshKey(), freshKey()];
    const extras = { metadata: { a: null }, expiration: inSeconds(3600) };
    await kv.put(one, 'one', extras);
    await kv.put(two, Uint8Array.of(0, 255));
    const { undo, ...outcome } = await deleteKeys({ keys: [one, two] });
    assert.deepEqual(outcome, { done: 2, skipped: 0, failed: [], cancelled: false });
    assert.ok(undo);
    assert.equal(await kv.get(one), undefined);
    const undone = await run<Undone>('undo', {});
    assert.deepEqual(undone, {
      namespace,
      done: 2,
      removed: 0,
      skipped: 0,
      failed: [],
      cancelled: false,
      expired: [],
      changed: [],
    });
    assert.deepEqual(await kv.get(one), { value: 'one', ...extras });
    assert.deepEqual(Buffer.from((await kv.foreign.get(two))?.value ?? []), Buffer.from([0, 255]));
    assert.deepEqual(spy.asked, []);
  });

  it('deletes every key with a prefix and no other', async () => {
    const prefix = `${freshKey('p')}:`;
    await kv.foreign.putMany(
      [`${prefix}a`, `${prefix}b`, `x${prefix}`].map((key) => ({ key, value: Buffer.from(key) })),
    );
    assert.equal((await deleteKeys({ prefix })).done, 2);
    assert.equal(await kv.get(`${prefix}a`), undefined);
    assert.ok(await kv.get(`x${prefix}`));
    assert.equal((await run<Undone>('undo', {})).done, 2);
  });

  it('takes back the one that is named', async () => {
    const [first, second] = [freshKey(), freshKey()];
    await kv.put(first, '1');
    await kv.put(second, '2');
    const { undo } = await deleteKeys({ keys: [first] });
    await deleteKeys({ keys: [second] });
    await run('undo', { id: undo });
    assert.equal((await kv.get(first))?.value, '1');
    assert.equal(await kv.get(second), undefined);
    await expectKvError(run('undo', { id: undo }), 'notFound', 'undone already');
    await run('undo', {});
    assert.equal((await kv.get(second))?.value, '2');
  });

  it('leaves a key alone that was written since, and names it', async () => {
    const [changed, same, kept] = [freshKey('changed'), freshKey('same'), freshKey('kept')];
    for (const key of [changed, same, kept]) await kv.put(key, 'before');
    const { undo } = await deleteKeys({ keys: [changed, same, kept] });
    await kv.put(changed, 'since');
    await kv.put(same, 'before');
    const undone = await run<Undone>('undo', { id: undo });
    assert.deepEqual([undone.done, undone.skipped, undone.changed], [1, 1, [changed]]);
    assert.deepEqual(
      undone.failed.map(({ key, error }) => [key, error.kind]),
      [[changed, 'conflict']],
    );
    assert.equal((await kv.get(changed))?.value, 'since');
    assert.equal((await kv.get(kept))?.value, 'before');
  });

  it('names a key that has expired, or nearly, and does not make it permanent', async () => {
    const [short, long] = [freshKey('short'), freshKey('long')];
    await kv.put(short, 'short');
    await kv.put(long, 'long');
    kv.expireIn(short, 30);
    const { undo } = await deleteKeys({ keys: [short, long] });
    const undone = await run<Undone>('undo', { id: undo });
    assert.deepEqual([undone.done, undone.expired], [1, [short]]);
    assert.equal(await kv.get(short), undefined);
    assert.equal((await kv.get(long))?.value, 'long');
  });

  it('has nothing to undo after a delete that found nothing', async () => {
    const [present, missing] = [freshKey(), freshKey()];
    await kv.put(present, 'value');
    await deleteKeys({ keys: [present] });
    assert.equal((await deleteKeys({ keys: [missing] })).undo, undefined);
    await expectKvError(deleteKeys({ keys: [] }), 'invalidInput', '“keys”');
    await run('undo', {});
    assert.equal((await kv.get(present))?.value, 'value');
  });

  it('asks before it deletes, unless that is answered', async () => {
    const keys = [freshKey('a'), freshKey('b')];
    for (const key of keys) await kv.put(key, 'value');
    assert.equal(await run('deleteKeys', { namespace, keys }), undefined);
    const [question] = spy.asked;
    assert.match(question?.text ?? '', /^Delete 2 keys from host-undo \(local, shop\)\?$/);
    assert.match(question?.detail ?? '', new RegExp(`${keys[0]}, ${keys[1]}.*undo this for 7 days`, 's'));
    assert.deepEqual(question?.items, ['Delete 2 Keys']);
    assert.equal((await kv.get(keys[0] ?? ''))?.value, 'value');
    spy.answer = () => 'Delete 2 Keys';
    assert.equal((await run<Deleted>('deleteKeys', { namespace, keys })).done, 2);
    assert.equal(spy.asked.length, 2);
  });

  it('counts what a cancelled delete did not come to, and says when that is everything', async () => {
    const keys = [freshKey('a'), freshKey('b')];
    for (const key of keys) await kv.put(key, 'value');
    let cancelling = new vscode.CancellationTokenSource();
    spy.answer = ({ how }) => {
      if (how === 'showQuickPick') return { namespace };
      cancelling.cancel();
      return 'Delete 2 Keys';
    };
    const nothing = { done: 0, skipped: 0, failed: [], cancelled: true, left: 2 };
    assert.deepEqual(await run('deleteKeys', { namespace, keys }, cancelling.token), nothing);
    cancelling = new vscode.CancellationTokenSource();
    await kv.foreign.deleteMany(
      (await kv.foreign.list({})).keys.map(({ name }) => name).filter((name) => !keys.includes(name)),
    );
    // Which value happens to be open says nothing about whose keys are to go.
    await open(kv.uri(keys[0] ?? ''));
    await vscode.commands.executeCommand('cloudflareKv.clearNamespace', cancelling.token);
    assert.deepEqual(
      spy.asked.map(({ how }) => how),
      ['showWarningMessage', 'showQuickPick', 'showWarningMessage', 'showInformationMessage'],
    );
    assert.equal(spy.asked.at(-1)?.text, 'Nothing was deleted from host-undo (local, shop): it was cancelled.');
    assert.equal((await kv.get(keys[0] ?? ''))?.value, 'value');
  });

  it('tells what a cancelled undo did not come to as every outcome does', async () => {
    const key = freshKey();
    await kv.put(key, 'value');
    const { undo } = await run<Deleted>('deleteKeys', { namespace, keys: [key], confirm: true });
    const cancelled = new vscode.CancellationTokenSource();
    cancelled.cancel();
    const nothing = { done: 0, skipped: 0, failed: [], cancelled: true, left: 1 };
    const outcome = await run('undo', { id: undo, confirm: true }, cancelled.token);
    assert.deepEqual(outcome, { ...nothing, removed: 0, expired: [], changed: [], namespace });
    await run('undo', { id: undo, confirm: true });
    assert.equal((await kv.get(key))?.value, 'value');
  });

  it('leaves alone what is changed while the question is open, and names it', async () => {
    const keys = [freshKey(), freshKey(), freshKey()];
    const [first = '', second = '', third = ''] = keys;
    for (const key of keys) await kv.put(key, 'seen', { metadata: 1 });
    spy.answer = async ({ items }) => {
      // Of equal length, and metadata alone.
      await kv.foreign.put({ key: first, value: Buffer.from('SEEN'), metadata: 1 });
      await kv.foreign.put({ key: second, value: Buffer.from('seen'), metadata: 2 });
      return items.find((item) => item === 'Delete 3 Keys');
    };
    const outcome = await run<Deleted>('deleteKeys', { namespace, keys });
    assert.deepEqual(
      [outcome.done, outcome.failed.map(({ key, error }) => [key, error.kind])],
      [
        1,
        [
          [first, 'conflict'],
          [second, 'conflict'],
        ],
      ],
    );
    assert.deepEqual(await kv.get(first), { value: 'SEEN', metadata: 1 });
    assert.deepEqual(await kv.get(second), { value: 'seen', metadata: 2 });
    assert.equal(await kv.get(third), undefined);
    const undone = await run<Undone>('undo', { id: outcome.undo });
    assert.deepEqual([undone.done, undone.failed], [1, []]);
  });

  it('takes back an older delete while the question of another one is open, which can be taken back then', async () => {
    const [older, newer] = [freshKey(), freshKey()];
    for (const key of [older, newer]) await kv.put(key, 'value');
    await deleteKeys({ keys: [older] });
    spy.answer = async ({ items }) => {
      assert.equal((await run<Undone>('undo', {})).done, 1);
      return items.find((item) => item === 'Delete 1 Key' || item === 'Delete');
    };
    const { undo } = await deleteKeys({ keys: [newer], confirm: undefined });
    assert.equal((await kv.get(older))?.value, 'value');
    assert.equal(await kv.get(newer), undefined);
    assert.equal((await run<Undone>('undo', { id: undo })).done, 1);
    assert.equal((await kv.get(newer))?.value, 'value');
  });

  it('is refused while an import goes on, which can be taken back as a whole at its end', async () => {
    const prefix = freshKey();
    const keys = Array.from({ length: 5000 }, (_, at) => `${prefix}:${at}`);
    await kv.foreign.putMany(keys.map((key) => ({ key, value: Buffer.from('old') })));
    const from = vscode.Uri.file(join(await mkdtemp(join(tmpdir(), 'undo-')), 'import.json'));
    await writeFile(from.fsPath, JSON.stringify(keys.map((key) => ({ key, value: 'new' }))));
    try {
      let isOver = false;
      const importing = Promise.resolve(run<Deleted>('importKeys', { namespace, from, onConflict: 'overwrite' }));
      const over = importing.finally(() => {
        isOver = true;
      });
      const running = async (): Promise<{ readonly id: string } | undefined> => {
        const changes = await run<readonly { readonly id: string; readonly state: string }[]>('showChanges', {});
        return changes.find(({ state }) => state === 'running');
      };
      let under = await running();
      while (under === undefined && !isOver) under = await running();
      assert.ok(under, 'the import is seen while it goes on');
      await expectKvError(run('undo', { id: under.id }), 'busy');
      const { done, undo } = await over;
      assert.deepEqual([done, undo], [5000, under.id]);
      assert.equal((await run<Undone>('undo', {})).done, 5000);
      for (const key of [keys[0], keys[4999]]) assert.equal((await kv.get(key ?? ''))?.value, 'old');
    } finally {
      await rm(dirname(from.fsPath), { recursive: true });
    }
  });

  it('takes the newest change of the sources that are here', async () => {
    const key = freshKey();
    await kv.put(key, 'value');
    await deleteKeys({ keys: [key] });
    // Another window has changed its own project since.
    const at = Date.now() + 60_000;
    const id = `${String(at).padStart(14, '0')}-${'a'.repeat(12)}`;
    const head = {
      version: 2,
      id,
      at,
      kind: 'delete',
      source: 'local-0000000000000000',
      namespace: 'KV',
      label: 'Theirs',
    };
    const theirs = join(globalStorage('journal'), `${id}.1.ndjson`);
    const lines = [{ head }, { key: 'theirs', before: { value: '' } }, { mark: {} }, { end: 'whole' }];
    await writeFile(theirs, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    try {
      assert.equal((await run<Undone>('undo', {})).done, 1);
      assert.equal((await kv.get(key))?.value, 'value');
      assert.ok((await stat(theirs)).size > 0);
    } finally {
      await rm(theirs);
    }
  });

  it('takes back nothing older where somebody else has used the former name of a renamed key', async () => {
    const [older, from, to] = [freshKey(), freshKey(), freshKey()];
    await run('putKey', { namespace, key: older, value: 'older' });
    await kv.put(from, 'value');
    await run('renameKey', { namespace, key: from, newKey: to });
    await kv.put(from, 'theirs');
    const { done, failed } = await run<Undone>('undo', {});
    assert.deepEqual([done, failed.map(({ key }) => key)], [0, [from, to]]);
    const values = await Promise.all([older, from, to].map(async (key) => (await kv.get(key))?.value));
    assert.deepEqual(values, ['older', 'theirs', 'value']);
  });

  describe('that can only be taken back after one that began before it', () => {
    let journals: string[] = [];
    afterEach(async () => {
      for (const path of journals) await rm(path, { force: true });
      journals = [];
    });

    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    /** Leaves the journal of a change that ended. */
    const leave = async (at: number, kind: string, lines: readonly object[]): Promise<void> => {
      const id = `${String(at).padStart(14, '0')}-${'b'.repeat(12)}`;
      const { source, id: where } = namespace;
      const head = { version: 2, id, at, kind, source, namespace: where, label: kind };
      const records = [{ head }, ...lines, { mark: {} }, { end: 'whole' }];
      const path = join(globalStorage('journal'), `${id}.${lines.length}.ndjson`);
      journals.push(path);
      await writeFile(path, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    };
    const after = entryDigest({ value: Buffer.from('work') });

    it('goes on to the next older change', async () => {
      const key = freshKey();
      await kv.put(key, 'first');
      // Work that began before the put, and came to the key after it.
      const begun = Date.now();
      await run('putKey', { namespace, key, value: 'put' });
      await kv.put(key, 'work');
      await leave(begun - 1, 'import', [{ key, before: { value: base64('put') }, after, at: Date.now() + 1000 }]);
      for (const [value, passed] of [
        ['put', ['Wrote']],
        ['first', undefined],
      ] as const) {
        const { done, failed, passedOver } = await run<Undone>('undo', {});
        assert.deepEqual([done, failed, (await kv.get(key))?.value], [1, [], value]);
        assert.deepEqual(
          passedOver?.map(({ label }) => label.replace(/ .*/, '')),
          passed,
        );
      }
    });

    it('goes on where another key of it has expired', async () => {
      const [key, ended] = [freshKey(), freshKey()];
      const begun = Date.now();
      await kv.put(key, 'work');
      await leave(begun - 1, 'import', [{ key, after, at: begun + 1000 }]);
      await leave(begun, 'delete', [
        { key, before: { value: base64('deleted') } },
        { key: ended, before: { value: base64('ended'), expiration: inSeconds(30) } },
      ]);
      const values: unknown[] = [];
      for (let undone = 0; undone < 2; undone++) {
        const { done } = await run<Undone>('undo', {});
        values.push([done, (await kv.get(key))?.value]);
      }
      assert.deepEqual(values, [
        [1, undefined],
        [1, 'deleted'],
      ]);
    });
  });

  it('takes back saves, puts, renames and expirations, the newest first', async () => {
    const key = freshKey();
    const renamed = freshKey();
    const entries = async () => [await kv.get(key), await kv.get(renamed)];
    const states: unknown[] = [await entries()];
    const did = async (work: () => Thenable<unknown>): Promise<void> => {
      await work();
      states.push(await entries());
    };
    await did(() => run('newKey', { namespace, key, value: 'new', metadata: { a: 1 } }));
    await did(() => run('putKey', { namespace, key, value: 'put' }));
    await did(async () => {
      const document = await open(kv.uri(key));
      await type(document, `saved ${document.getText()}`);
      assert.ok(await document.save());
    });
    await did(() => run('setExpiration', { namespace, keys: [key], expiration: inSeconds(3600) }));
    await closeEditors();
    await did(() => run('renameKey', { namespace, key, newKey: renamed }));
    const changes = await run<readonly { readonly label: string }[]>('showChanges', {});
    assert.deepEqual(
      changes.slice(0, 5).map(({ label }) => label.replaceAll(/key-\w+/g, '…')),
      [
        'Renamed “…” to “…” in host-undo (local, shop)',
        'Set the expiration of “…” in host-undo (local, shop)',
        'Saved “…” in host-undo (local, shop)',
        'Wrote “…” to host-undo (local, shop)',
        'Created “…” in host-undo (local, shop)',
      ],
    );
    for (let at = states.length - 2; at >= 0; at--) {
      assert.equal((await run<Undone>('undo', {})).failed.length, 0);
      assert.deepEqual(await entries(), states[at]);
    }
  });

  it('says before it begins that a delete is too large to be undone', async () => {
    const key = freshKey();
    await kv.put(key, 'x'.repeat(5000));
    await withSettings({ 'cloudflareKv.undo.megabytes': 0.001 }, async () => {
      await run('deleteKeys', { namespace, keys: [key] });
      assert.match(spy.asked[0]?.detail ?? '', /cannot be undone.*cloudflareKv\.undo\.megabytes/s);
      assert.equal((await deleteKeys({ keys: [key] })).undo, undefined);
    });
    assert.equal(await kv.get(key), undefined);
  });

  it('marks an open document as deleted, and takes that back', async () => {
    const key = freshKey();
    await kv.put(key, 'value');
    const document = await open(kv.uri(key));
    await deleteKeys({ keys: [key] });
    await assert.rejects(async () => vscode.workspace.fs.stat(document.uri));
    await run('undo', {});
    await eventually(async () => assert.ok(await vscode.workspace.fs.stat(document.uri)));
    assert.equal(document.getText(), 'value');
  });

  it('keeps backups where only their owner reads them, until they are forgotten', async () => {
    // Those of projects that are gone by now are forgotten too, and shown to nobody.
    await run('forgetUndo', { confirm: true });
    const key = freshKey();
    await kv.put(key, 'secret');
    const { undo } = await deleteKeys({ keys: [key] });
    const [file] = backupFiles(undo);
    const folder = dirname(file ?? assert.fail());
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    const files = await readdir(folder);
    assert.ok(files.length > 0);
    for (const file of files) assert.equal((await stat(join(folder, file))).mode & 0o777, 0o600);
    assert.equal(await run('forgetUndo', {}), undefined);
    assert.match(spy.asked[0]?.text ?? '', /Forget every backup/);
    assert.deepEqual(await readdir(folder), files);
    const changes = await run<readonly object[]>('showChanges', {});
    assert.equal(await run('forgetUndo', { confirm: true }), changes.length);
    assert.deepEqual(await run('showChanges', {}), []);
    assert.deepEqual(await readdir(folder), []);
    await expectKvError(run('undo', {}), 'notFound', 'nothing to undo');
  });
});
