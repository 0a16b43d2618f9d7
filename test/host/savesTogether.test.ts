import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { eventually } from '../support/eventually.ts';
import { useAccount } from './account.ts';
import {
  closeEditors,
  extension,
  freshKey,
  inSeconds,
  open,
  run,
  testNamespace,
  type,
  withSettings,
} from './support.ts';

/** So many keys are saved by two documents each: the loser of a race would be one of them. */
const PAIRS = 4;

const metadataText = (metadata: unknown): string => `${JSON.stringify({ metadata, expiration: null }, undefined, 2)}\n`;

describe('a value and its entry document, saved together', () => {
  const kv = testNamespace('host-together');
  afterEach(closeEditors);

  it('keep both halves with Save All', async () => {
    for (let pair = 0; pair < PAIRS; pair++) {
      const key = freshKey();
      await kv.put(key, 'before', { metadata: 'before' });
      const value = await open(kv.uri(key));
      const entry = await open(kv.entryUri(key));
      await type(value, 'mine');
      await type(entry, metadataText('mine'));
      assert.ok(await vscode.workspace.saveAll());
      assert.deepEqual([value.isDirty, entry.isDirty], [false, false]);
      assert.deepEqual(await kv.get(key), { value: 'mine', metadata: 'mine' });
      await closeEditors();
    }
  });

  it('keep both halves with auto save', async () => {
    await withSettings({ 'files.autoSave': 'afterDelay', 'files.autoSaveDelay': 50 }, async () => {
      for (let pair = 0; pair < PAIRS; pair++) {
        const key = freshKey();
        await kv.put(key, 'before', { metadata: 'before' });
        const value = await open(kv.uri(key));
        const entry = await open(kv.entryUri(key));
        await Promise.all([type(value, 'mine'), type(entry, metadataText('mine'))]);
        await eventually(() => assert.deepEqual([value.isDirty, entry.isDirty], [false, false]));
        assert.deepEqual(await kv.get(key), { value: 'mine', metadata: 'mine' });
        await closeEditors();
      }
    });
  });
});

describe('a value and its entry document in an account, saved together', () => {
  const account = useAccount('together');
  afterEach(closeEditors);

  const stored = async (key: string) => {
    const { valueUri, entryUri } = extension().exports;
    const [value, entry] = await Promise.all([
      vscode.workspace.fs.readFile(valueUri(account.namespace, key)),
      vscode.workspace.fs.readFile(entryUri(account.namespace, key)),
    ]);
    return { value: Buffer.from(value).toString(), metadata: JSON.parse(Buffer.from(entry).toString()).metadata };
  };
  const opened = async (key: string) => {
    const { valueUri, entryUri } = extension().exports;
    await run('putKey', { namespace: account.namespace, key, value: 'before', metadata: 'before' });
    return [await open(valueUri(account.namespace, key)), await open(entryUri(account.namespace, key))] as const;
  };

  it('keep both halves with Save All', async () => {
    for (let pair = 0; pair < 3; pair++) {
      const key = freshKey();
      const [value, entry] = await opened(key);
      await type(value, 'mine');
      await type(entry, metadataText('mine'));
      assert.ok(await vscode.workspace.saveAll());
      assert.deepEqual(await stored(key), { value: 'mine', metadata: 'mine' });
      await closeEditors();
    }
  });

  it('keep the newest value when the metadata is saved right after two values', async () => {
    const key = freshKey();
    const [value, entry] = await opened(key);
    await type(entry, metadataText('mine'));
    await type(value, 'v1');
    const first = value.save();
    await first;
    await type(value, 'v2');
    const second = value.save();
    const third = entry.save();
    assert.deepEqual(await Promise.all([second, third]), [true, true]);
    assert.deepEqual(await stored(key), { value: 'v2', metadata: 'mine' });
  });

  it('keep the newest value when an expiration is set right after two values', async () => {
    const key = freshKey();
    const [value] = await opened(key);
    for (const text of ['v1', 'v2']) {
      await type(value, text);
      assert.ok(await value.save());
    }
    await run('setExpiration', { namespace: account.namespace, keys: [key], expiration: inSeconds(3600) });
    assert.equal((await stored(key)).value, 'v2');
  });
});
