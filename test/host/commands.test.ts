import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { MAX_VALUE_BYTES } from '../../src/core/entry/limits.ts';
import type { BulkOutcome } from '../../src/core/store/store.ts';
import { eventually } from '../support/eventually.ts';
import {
  assertLifetime,
  closeEditors,
  expectKvError,
  freshKey,
  inSeconds,
  open,
  run,
  testNamespace,
  type,
  workspace,
} from './support.ts';
import { WindowSpy } from './windowSpy.ts';

describe('commands with an argument object', () => {
  const kv = testNamespace('host-commands');
  const { namespace } = kv;
  let spy: WindowSpy;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cloudflare-kv-host-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));
  beforeEach(() => {
    spy = new WindowSpy();
  });
  afterEach(async () => {
    spy.restore();
    assert.deepEqual(spy.asked, [], 'nothing is asked or told');
    await closeEditors();
  });

  describe('putKey', () => {
    it('keeps metadata and expiration unless they are given', async () => {
      const key = freshKey();
      const extras = { metadata: { a: 1 }, expiration: inSeconds(3600) };
      await kv.put(key, 'before', extras);
      assert.deepEqual(await run('putKey', { namespace, key, value: 'after' }), { namespace, key });
      assert.deepEqual(await kv.get(key), { value: 'after', ...extras });
      await run('putKey', { namespace, key, value: 'after', metadata: [2] });
      assert.deepEqual(await kv.get(key), { value: 'after', ...extras, metadata: [2] });
      await run('putKey', { namespace, key, value: 'after', expiration: inSeconds(7200) });
      assert.deepEqual((await kv.get(key))?.metadata, [2]);
      await run('putKey', { namespace, key, value: 'after', metadata: null, expiration: null });
      assert.deepEqual(await kv.get(key), { value: 'after' });
    });

    it('takes text, bytes and what JSON makes of them', async () => {
      const bytes = Uint8Array.of(0, 255, 10);
      for (const value of [bytes, bytes.buffer, Buffer.from(bytes), Buffer.from(bytes).toJSON()]) {
        const key = freshKey();
        await run('putKey', { namespace, key, value });
        assert.deepEqual(Buffer.from((await kv.foreign.get(key))?.value ?? []), Buffer.from(bytes));
      }
    });

    it('takes a file as a Uri, its JSON or its address', async () => {
      const file = vscode.Uri.file(join(folder, 'välue 1.bin'));
      await writeFile(file.fsPath, Uint8Array.of(1, 2, 255));
      const address = file.toString();
      const upper = address.replace('file:', 'FILE:');
      for (const from of [file, file.toJSON(), address, upper, { scheme: 'file', path: file.path }]) {
        const key = freshKey();
        await run('putKey', { namespace, key, from });
        assert.deepEqual(Buffer.from((await kv.foreign.get(key))?.value ?? []), Buffer.from([1, 2, 255]));
      }
    });

    it('takes metadata that is falsy, an expiration as text, and a TTL', async () => {
      const key = freshKey();
      await run('putKey', { namespace, key, value: '', metadata: 0, expiration: '2031-01-01T00:00:00Z' });
      assert.deepEqual(await kv.get(key), { value: '', metadata: 0, expiration: Date.UTC(2031, 0) / 1000 });
      const start = inSeconds(0);
      await run('putKey', { namespace, key, value: '', expirationTtl: 60 });
      assertLifetime((await kv.get(key))?.expiration, 60, start);
    });

    it('refuses metadata that would become something else as JSON, with its place', async () => {
      const key = freshKey();
      await kv.put(key, 'before', { metadata: { a: 1 } });
      const circle: unknown[] = [];
      circle.push(circle);
      const wrong: readonly (readonly [metadata: unknown, place: string])[] = [
        ...([
          [Number.NaN, 'metadata'],
          [Number.POSITIVE_INFINITY, 'metadata'],
          [new Map(), 'metadata'],
        ] as const),
        ...([
          [1n, 'metadata'],
          [() => 1, 'metadata'],
          [circle, 'metadata[0]'],
        ] as const),
        ...([
          [{ a: [1, Number.NaN] }, 'metadata.a[1]'],
          [[1, undefined], 'metadata[1]'],
        ] as const),
        [{ a: { b: Uint8Array.of(1) } }, 'metadata.a.b'],
      ];
      for (const [metadata, place] of wrong) {
        await expectKvError(run('putKey', { namespace, key, value: 'x', metadata }), 'invalidInput', place);
      }
      assert.deepEqual(await kv.get(key), { value: 'before', metadata: { a: 1 } });
      await run('putKey', { namespace, key, value: 'x', metadata: { a: undefined, at: new Date(0) } });
      assert.deepEqual((await kv.get(key))?.metadata, { at: '1970-01-01T00:00:00.000Z' });
    });

    it('does not make a short-lived key permanent', async () => {
      const key = freshKey();
      await kv.put(key, 'before');
      kv.expireIn(key, 30);
      await expectKvError(run('putKey', { namespace, key, value: 'x' }), 'invalidInput', key, 'at least 60');
      assert.equal((await kv.get(key))?.value, 'before');
    });

    it('refuses what is too large, and names it', async () => {
      const key = freshKey();
      const value = new Uint8Array(MAX_VALUE_BYTES + 1);
      await expectKvError(run('putKey', { namespace, key, value }), 'tooLarge', key, '25 MiB');
      const file = join(folder, 'large.bin');
      await writeFile(file, value);
      await expectKvError(run('putKey', { namespace, key, from: vscode.Uri.file(file) }), 'tooLarge', 'large.bin');
      assert.equal(await kv.get(key), undefined);
      await run('putKey', { namespace, key, value: value.subarray(1) });
      assert.equal((await kv.foreign.get(key))?.value.length, MAX_VALUE_BYTES);
      await kv.foreign.delete(key);
    });

    it('says that a file cannot be read', async () => {
      const from = vscode.Uri.file(join(folder, 'missing.txt'));
      await expectKvError(
        run('putKey', { namespace, key: 'k', from }),
        'invalidInput',
        /missing\.txt.*: it does not exist\.$/,
      );
      await expectKvError(run('putKey', { namespace, key: 'k', from: vscode.Uri.file(folder) }), 'invalidInput');
    });

    it('shows in the open document', async () => {
      const key = freshKey();
      await kv.put(key, 'before');
      const document = await open(kv.uri(key));
      await run('putKey', { namespace, key, value: 'after!' });
      await eventually(() => assert.equal(document.getText(), 'after!'));
    });
  });

  describe('newKey', () => {
    it('creates a key with all that belongs to it', async () => {
      const key = freshKey();
      const expiration = inSeconds(600);
      const result = await run('newKey', { namespace, key, value: 'v', metadata: 'm', expiration });
      assert.deepEqual(result, { namespace, key });
      assert.deepEqual(await kv.get(key), { value: 'v', metadata: 'm', expiration });
    });

    it('creates an empty value where none is given', async () => {
      const key = freshKey();
      await run('newKey', { namespace, key });
      assert.deepEqual(await kv.get(key), { value: '' });
    });

    it('refuses an existing key', async () => {
      const key = freshKey();
      await kv.put(key, 'there');
      await expectKvError(run('newKey', { namespace, key, value: 'v' }), 'conflict', key, 'exists already');
      assert.equal((await kv.get(key))?.value, 'there');
    });
  });

  describe('duplicateKey and renameKey', () => {
    it('copy the whole entry', async () => {
      const [key, newKey, last] = [freshKey(), freshKey('copy'), freshKey('renamed')];
      const extras = { metadata: { a: [1] }, expiration: inSeconds(3600) };
      await kv.put(key, 'value', extras);
      assert.deepEqual(await run('duplicateKey', { namespace, key, newKey }), { namespace, key: newKey });
      assert.deepEqual(await kv.get(newKey), { value: 'value', ...extras });
      assert.deepEqual(await run('renameKey', { namespace, key, newKey: last }), { namespace, key: last });
      assert.deepEqual(await kv.get(last), { value: 'value', ...extras });
      assert.equal(await kv.get(key), undefined);
    });

    for (const command of ['duplicateKey', 'renameKey']) {
      it(`refuse an existing target: ${command}`, async () => {
        const [key, newKey] = [freshKey(), freshKey()];
        await kv.put(key, 'value');
        await kv.put(newKey, 'there');
        await expectKvError(run(command, { namespace, key, newKey }), 'conflict', newKey);
        await expectKvError(run(command, { namespace, key, newKey: key }), 'conflict', key);
        assert.equal((await kv.get(newKey))?.value, 'there');
        assert.equal((await kv.get(key))?.value, 'value');
      });

      it(`name a missing key and a bad target: ${command}`, async () => {
        const key = freshKey();
        await expectKvError(run(command, { namespace, key, newKey: freshKey() }), 'notFound', key);
        await kv.put(key, 'value');
        await expectKvError(run(command, { namespace, key, newKey: '' }), 'invalidInput');
        await expectKvError(run(command, { namespace, key, newKey: 'x'.repeat(513) }), 'invalidInput', '512');
        assert.equal((await kv.get(key))?.value, 'value');
      });
    }

    it('take the open document over, with its unsaved text', async () => {
      const [key, newKey] = [freshKey(), freshKey('renamed')];
      await kv.put(key, 'before', { metadata: 'm' });
      await type(await open(kv.uri(key)), 'unsaved');
      await run('renameKey', { namespace, key, newKey });
      assert.equal(await kv.get(key), undefined);
      assert.deepEqual(await kv.get(newKey), { value: 'before', metadata: 'm' });
      const document = await eventually(() => {
        const editor = vscode.window.activeTextEditor;
        assert.equal(editor?.document.uri.toString(), kv.uri(newKey).toString());
        assert.deepEqual([editor?.document.getText(), editor?.document.isDirty], ['unsaved', true]);
        return editor?.document;
      });
      assert.ok(await document?.save());
      assert.deepEqual(await kv.get(newKey), { value: 'unsaved', metadata: 'm' });
    });

    it('say of two renames of an open document at once that the key is gone by then', async () => {
      const [key, first, second] = [freshKey(), freshKey(), freshKey()];
      await kv.put(key, 'before');
      await open(kv.uri(key));
      const renames = [first, second].map((newKey) => run('renameKey', { namespace, key, newKey }));
      const ends = await Promise.allSettled(renames);
      // Which one begins first depends on the disk.
      const loser = ends.findIndex(({ status }) => status === 'rejected');
      await expectKvError(renames[loser] ?? assert.fail('Both renames say that they were done.'), 'notFound', key);
      const expected = loser === 0 ? [undefined, { value: 'before' }] : [{ value: 'before' }, undefined];
      assert.deepEqual([await kv.get(first), await kv.get(second)], expected);
    });

    it('say why the key of an open document was not renamed', async () => {
      const [key, newKey] = [freshKey(), freshKey()];
      await kv.put(key, 'before');
      kv.expireIn(key, 40);
      const document = await open(kv.uri(key));
      await expectKvError(run('renameKey', { namespace, key, newKey }), 'invalidInput', 'at least 60');
      assert.equal(document.uri.toString(), kv.uri(key).toString());
      assert.equal((await kv.get(key))?.value, 'before');
      await kv.put(newKey, 'there');
      await expectKvError(run('renameKey', { namespace, key, newKey }), 'conflict', newKey);
    });
  });

  describe('setExpiration', () => {
    it('keeps values and metadata, and names keys that are missing', async () => {
      const [one, two, gone] = [freshKey(), freshKey(), freshKey('gone')];
      await kv.put(one, '1', { metadata: 1 });
      await kv.put(two, '2', { expiration: inSeconds(3600) });
      const expiration = inSeconds(900);
      const keys = [one, gone, two, one];
      const { undo, ...outcome } = await run<BulkOutcome & { undo?: string }>('setExpiration', {
        namespace,
        keys,
        expiration,
      });
      assert.ok(undo);
      assert.deepEqual(
        { ...outcome, failed: outcome.failed.map(({ key, error }) => [key, error.kind]) },
        {
          done: 2,
          skipped: 0,
          cancelled: false,
          failed: [[gone, 'notFound']],
        },
      );
      assert.deepEqual(await kv.get(one), { value: '1', metadata: 1, expiration });
      assert.deepEqual(await kv.get(two), { value: '2', expiration });
      await run('setExpiration', { namespace, keys: [one], expiration: null });
      assert.deepEqual(await kv.get(one), { value: '1', metadata: 1 });
      const start = inSeconds(0);
      await run('setExpiration', { namespace, keys: [two], expirationTtl: 120 });
      assertLifetime((await kv.get(two))?.expiration, 120, start);
    });

    it('of many keys can be undone, but for what was changed since', async () => {
      const expiration = inSeconds(3600);
      const keys = Array.from({ length: 1200 }, (_, at) => freshKey(`many-${at}`));
      await kv.foreign.putMany(keys.map((key, at) => ({ key, value: Uint8Array.of(at), metadata: at, expiration })));
      const [first = '', second = ''] = keys;
      const { done, undo } = await run<BulkOutcome & { undo?: string }>('setExpiration', {
        namespace,
        keys,
        expirationTtl: 90,
      });
      assert.equal(done, 1200);
      assert.ok(((await kv.get(first))?.expiration ?? 0) < inSeconds(120));
      await kv.put(first, 'newer');
      const undone = await run<BulkOutcome>('undo', { id: undo });
      assert.deepEqual([undone.done, undone.failed.map(({ key }) => key)], [1199, [first]]);
      assert.equal((await kv.get(first))?.value, 'newer');
      assert.deepEqual(await kv.get(second), { value: '\u0001', metadata: 1, expiration });
      const single = await run<BulkOutcome & { undo?: string }>('setExpiration', {
        namespace,
        keys: [second],
        expiration: null,
      });
      assert.equal(single.undo, undefined);
    });

    it('of nothing that is there leaves no backup', async () => {
      const keys = [freshKey(), freshKey()];
      const { undo, failed } = await run<BulkOutcome & { undo?: string }>('setExpiration', {
        namespace,
        keys,
        expirationTtl: 90,
      });
      assert.deepEqual([undo, failed.length], [undefined, 2]);
    });

    it('gives a short-lived key the time that is asked for', async () => {
      const key = freshKey();
      await kv.put(key, 'value');
      kv.expireIn(key, 20);
      await run('setExpiration', { namespace, keys: [key], expiration: null });
      assert.deepEqual(await kv.get(key), { value: 'value' });
    });
  });

  describe('saveKeyAs', () => {
    it('writes the bytes of the value, over an existing file too', async () => {
      const key = freshKey();
      const bytes = Uint8Array.from({ length: 3000 }, (_, index) => index % 256);
      await kv.put(key, bytes);
      const to = vscode.Uri.file(join(folder, 'value.bin'));
      for (const target of [to, to.toJSON(), to.toString()]) {
        await run('saveKeyAs', { namespace, key, to: target });
        assert.deepEqual(await readFile(to.fsPath), Buffer.from(bytes));
        await writeFile(to.fsPath, 'other');
      }
    });

    it('takes a name as long as a file system does', async () => {
      const key = 'n'.repeat(250);
      await kv.put(key, 'value');
      const to = vscode.Uri.file(join(folder, key));
      await run('saveKeyAs', { namespace, key, to });
      assert.equal(await readFile(to.fsPath, 'utf8'), 'value');
      await kv.foreign.delete(key);
    });

    it('leaves nothing behind where it cannot write', async () => {
      const key = freshKey();
      await kv.put(key, 'value');
      const before = await readdir(folder);
      await writeFile(join(folder, 'file'), 'a file');
      const below = vscode.Uri.file(join(folder, 'file', 'below'));
      await expectKvError(run('saveKeyAs', { namespace, key, to: below }), 'invalidInput', /was not written: [^()]*$/);
      assert.deepEqual((await readdir(folder)).sort(), [...before, 'file'].sort());
    });

    it('does not put a file in the place of a folder', async () => {
      const key = freshKey();
      await kv.put(key, 'value');
      const target = await mkdtemp(join(folder, 'folder-'));
      await writeFile(join(target, 'precious'), 'kept');
      await expectKvError(run('saveKeyAs', { namespace, key, to: vscode.Uri.file(target) }), 'invalidInput', 'folder');
      assert.deepEqual(await readdir(target), ['precious']);
    });

    it('names a missing key', async () => {
      const key = freshKey();
      const to = vscode.Uri.file(join(folder, 'never'));
      await expectKvError(run('saveKeyAs', { namespace, key, to }), 'notFound', key);
    });

    it('writes no key of any namespace, which nobody is asked about', async () => {
      const [from, other] = [freshKey(), freshKey('other')];
      await kv.put(from, 'value');
      for (const uri of [kv.uri(other), kv.entryUri(other)]) {
        await expectKvError(run('saveKeyAs', { namespace, key: from, to: uri }), 'unsupported', other);
      }
      assert.equal(await kv.get(other), undefined);
      assert.ok(!(await readdir(folder)).includes('never'));
    });
  });

  describe('openKey', () => {
    it('opens the value', async () => {
      const key = freshKey();
      await kv.put(key, 'value');
      assert.deepEqual(await run('openKey', { namespace, key }), { namespace, key });
      await eventually(() =>
        assert.equal(vscode.window.activeTextEditor?.document.uri.toString(), kv.uri(key).toString()),
      );
    });

    it('opens an image that only its first bytes tell in the image preview', async () => {
      const key = freshKey();
      await kv.put(key, Buffer.from('R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs=', 'base64'));
      await run('openKey', { namespace, key });
      await eventually(() => {
        const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
        assert.ok(input instanceof vscode.TabInputCustom);
        assert.equal(input.viewType, 'imagePreview.previewEditor');
      });
    });
  });

  describe('the copy commands', () => {
    it('resolve to what they put on the clipboard', async () => {
      const key = freshKey("it's");
      await kv.put(key, 'the välue');
      assert.equal(await run('copyKeyName', { namespace, key }), key);
      assert.equal(await run('copyValue', { namespace, key }), 'the välue');
      assert.equal(await run('copyNamespaceId', { namespace }), namespace.id);
      const wrangler = await run<string>('copyAsWrangler', { namespace, key });
      assert.match(wrangler, /^npx wrangler kv key get .+ --namespace-id host-commands --local --persist-to .+state/);
    });

    it('do not make a command that wrangler would misread', async () => {
      await expectKvError(run('copyAsWrangler', { namespace, key: '-rf' }), 'unsupported', '-rf');
    });

    it('do not copy what is not text, or not there', async () => {
      const key = freshKey();
      await expectKvError(run('copyValue', { namespace, key }), 'notFound', key);
      await kv.put(key, Uint8Array.of(255));
      await expectKvError(run('copyValue', { namespace, key }), 'unsupported', key, 'not text');
    });
  });

  describe('all of them', () => {
    const key = 'k';
    const wrong: readonly (readonly [string, object, string | RegExp])[] = [
      ...['openKey', 'editEntry', 'copyKeyName', 'copyValue', 'copyAsWrangler'].flatMap(
        (name): [string, object, string | RegExp][] => [
          [name, {}, 'namespace'],
          [name, { namespace: 'x', key }, 'namespace'],
          [name, { namespace: { source: 'x' }, key }, 'namespace'],
          [name, { namespace }, 'key'],
          [name, { namespace, key: 5 }, 'key'],
          [name, { namespace, key: '' }, 'empty'],
          [name, { namespace, key: '.' }, '“.” cannot be a key'],
          [name, { namespace, key: '..' }, '“..” cannot be a key'],
          [name, { namespace, key: 'ä'.repeat(257) }, '512 bytes at most: 514'],
          [name, { namespace, key: '\ud800' }, 'Unicode'],
        ],
      ),
      ['putKey', { namespace, key }, 'value'],
      ['putKey', { namespace, key, value: 'v', from: 'file:///x' }, 'value'],
      ['putKey', { namespace, key, value: 5 }, 'value'],
      ['putKey', { namespace, key, value: { type: 'Buffer', data: ['a'] } }, 'value'],
      ['putKey', { namespace, key, value: 'a\ud800' }, /“value”.*Unicode/],
      ['newKey', { namespace, key, value: '\udc00b' }, /“value”.*Unicode/],
      ['putKey', { namespace, key, from: '/no/address' }, 'from'],
      ['putKey', { namespace, key, from: { scheme: 'file', path: 5 } }, 'from'],
      ['putKey', { namespace, key, value: '', metadata: () => 0 }, 'metadata'],
      ['putKey', { namespace, key, value: '', metadata: 'x'.repeat(1023) }, /metadata has 1025 bytes.*1024/],
      ['putKey', { namespace, key, value: '', expirationTtl: 59 }, '“expirationTtl” is 59 s'],
      ['putKey', { namespace, key, value: '', expirationTtl: '1h' }, 'expirationTtl'],
      ['putKey', { namespace, key, value: '', expiration: 'soon' }, 'expiration'],
      ['putKey', { namespace, key, value: '', expiration: 1 }, 'expiration'],
      ['putKey', { namespace, key, value: '', expiration: null, expirationTtl: 60 }, 'exclude each other'],
      ['newKey', { namespace, key: 5 }, 'key'],
      ['newKey', { namespace, key, value: [] }, 'value'],
      ['newKey', { namespace, key, expirationTtl: 1 }, 'expirationTtl'],
      ['setExpiration', { namespace, keys: 'k', expiration: null }, 'keys'],
      ['setExpiration', { namespace, keys: [''], expiration: null }, 'empty'],
      ['setExpiration', { namespace, keys: [key] }, 'expiration'],
      ['renameKey', { namespace, key }, 'newKey'],
      ['duplicateKey', { namespace, key, newKey: '..' }, 'cannot be a key'],
      ['saveKeyAs', { namespace, key }, 'to'],
      ['saveKeyAs', { namespace, key, to: 'value.txt' }, 'to'],
      ['deleteKeys', { namespace }, 'keys'],
      ['deleteKeys', { namespace, keys: [key], prefix: 'k' }, 'keys'],
      ['deleteKeys', { namespace, keys: [key], confirm: 'yes' }, 'confirm'],
      ['deleteKeys', { namespace, keys: ['x'.repeat(513)], confirm: true }, '512'],
      ['undo', { id: 5 }, 'id'],
      ['forgetUndo', { confirm: 1 }, 'confirm'],
      ['filterByPrefix', { namespace, prefix: 1 }, 'prefix'],
      ['loadMore', {}, 'namespace'],
      ['loadAll', { namespace: null }, 'namespace'],
      ['refresh', { namespace: 5 }, 'namespace'],
      ['copyNamespaceId', {}, 'namespace'],
    ];

    it('name the argument that is wrong', async () => {
      for (const [name, args, says] of wrong) await expectKvError(run(name, args), 'invalidInput', says);
    });

    it('name a source that is not there', async () => {
      const gone = { source: 'local-0123456789abcdef', id: 'x' };
      for (const [name, args] of [
        ['pin', {}],
        ['unpin', {}],
        ['toggleReadOnly', {}],
        ['refresh', {}],
        ['loadMore', {}],
        ['loadAll', {}],
        ['openKey', { key }],
        ['putKey', { key, value: 'v' }],
        ['deleteKeys', { keys: [key], confirm: true }],
        ['copyAsWrangler', { key }],
        ['filterByPrefix', { prefix: 'x' }],
      ] as const) {
        await expectKvError(run(name, { namespace: gone, ...args }), 'namespaceNotFound');
      }
    });

    it('say of the rows of an account that nobody is signed in to it', async () => {
      const away = { source: `account-${'f'.repeat(32)}`, id: 'a'.repeat(32) };
      for (const name of ['refresh', 'loadMore', 'loadAll', 'filterByPrefix', 'clearFilter', 'pin', 'toggleReadOnly']) {
        await expectKvError(run(name, { namespace: away }), 'unauthenticated', 'Sign in');
      }
    });

    it('name a key that is not there', async () => {
      for (const name of ['openKey', 'editEntry', 'copyValue']) {
        await expectKvError(run(name, { namespace, key: 'missing-key' }), 'notFound', 'missing-key');
      }
    });

    it('stop for a token that is cancelled', async () => {
      const cancelled = new vscode.CancellationTokenSource();
      cancelled.cancel();
      const present = freshKey();
      await kv.put(present, 'value');
      await expectKvError(run('openKey', { namespace, key: present }, cancelled.token), 'cancelled');
      await expectKvError(run('putKey', { namespace, key: present, value: 'x' }, cancelled.token), 'cancelled');
      const nothing = { done: 0, skipped: 0, failed: [], cancelled: true };
      const both = { keys: [present], confirm: true };
      assert.deepEqual(await run('deleteKeys', { namespace, ...both }, cancelled.token), nothing);
      assert.deepEqual(await run('deleteKeys', { namespace, prefix: 'k', confirm: true }, cancelled.token), nothing);
      assert.deepEqual(
        await run('setExpiration', { namespace, keys: [present], expiration: null }, cancelled.token),
        nothing,
      );
      assert.equal((await kv.get(present))?.value, 'value');
      const running = new vscode.CancellationTokenSource();
      assert.deepEqual(await run('openKey', { namespace, key: present }, running.token), { namespace, key: present });
    });

    it('do nothing for a token that is cancelled, also where there is nothing to wait for', async () => {
      const cancelled = new vscode.CancellationTokenSource();
      cancelled.cancel();
      const going = testNamespace('host-not-deleted');
      await going.put('kept', 'value');
      const config = vscode.Uri.file(join(workspace, 'wrangler.jsonc'));
      const before = await vscode.workspace.fs.readFile(config);
      for (const [name, args] of [
        ['deleteNamespace', { namespace: going.namespace, confirm: true }],
        ['createNamespace', { source: namespace.source, title: 'CANCELLED' }],
        ['addBinding', { namespace: { ...namespace, id: 'a'.repeat(32) }, config, binding: 'CANCELLED', field: 'id' }],
        ['pin', { namespace }],
        ['toggleReadOnly', { namespace }],
        ['findInCode', { namespace }],
        ['forgetUndo', { confirm: true }],
        ['signOut', { confirm: true }],
        ['selectAccounts', { accounts: [] }],
      ] as const) {
        await expectKvError(run(name, args, cancelled.token), 'cancelled');
      }
      assert.equal((await going.get('kept'))?.value, 'value');
      assert.deepEqual(await vscode.workspace.fs.readFile(config), before);
    });

    it('do nothing that was cancelled while its question was open, whatever the answer', async () => {
      const going = testNamespace('host-asked');
      await going.put('kept', 'value');
      const source = new vscode.CancellationTokenSource();
      const spy = new WindowSpy();
      try {
        spy.answer = ({ items }) => {
          source.cancel();
          return items.find((item) => item.startsWith('Delete'));
        };
        const asked = run('deleteNamespace', { namespace: going.namespace }, source.token);
        await expectKvError(asked, 'cancelled');
        assert.equal(spy.asked.length, 1);
      } finally {
        spy.restore();
      }
      assert.equal((await going.get('kept'))?.value, 'value');
    });
  });
});
