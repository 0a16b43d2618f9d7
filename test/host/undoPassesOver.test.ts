import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import { useAccount } from './account.ts';
import { backupFiles, closeEditors, expectKvError, extension, freshKey, run, testNamespace } from './support.ts';

interface Deleted {
  readonly undo?: string;
}

interface Undone {
  readonly namespace: { readonly id: string };
  readonly done: number;
  readonly passedOver?: readonly {
    readonly id: string;
    readonly label: string;
    readonly error: { readonly kind: string };
  }[];
}

const undoNewest = (): Thenable<Undone> => run<Undone>('undo', { confirm: true });

describe('undo without an id', () => {
  const account = useAccount('undo-one');
  const kv = testNamespace('host-undo-damaged');
  afterEach(closeEditors);

  /** A second namespace of the account; of both, a key with a value was deleted, there last. */
  const deletedInBoth = async (title: string) => {
    const { source } = account.namespace;
    const other = { source, id: account.server.createNamespace(title).id };
    await run('refresh', {});
    const key = freshKey();
    const ids: (string | undefined)[] = [];
    for (const namespace of [account.namespace, other]) {
      await run('putKey', { namespace, key, value: 'precious', confirm: true });
      const { undo } = await run<Deleted>('deleteKeys', { namespace, keys: [key], confirm: true });
      ids.push(undo);
    }
    const uri = extension().exports.valueUri(account.namespace, key);
    const value = async () => Buffer.from(await vscode.workspace.fs.readFile(uri)).toString();
    return { other, ids, value };
  };
  const isListed = async (id: string | undefined): Promise<boolean> =>
    (await run<readonly { readonly id: string }[]>('showChanges', {})).some((change) => change.id === id);

  it('passes over a change of a namespace of an account that is gone, names it, and takes back the one before', async () => {
    const { other, ids, value } = await deletedInBoth('undo-gone');
    account.server.namespaces.remove(account.server.account.id, other.id);
    const { done, namespace, passedOver } = await undoNewest();
    assert.deepEqual([done, namespace.id, await value()], [1, account.namespace.id, 'precious']);
    // What had put the key there is the next one.
    assert.deepEqual(
      passedOver?.map(({ label, error }) => [label.replace(/ .*/, ''), error.kind]),
      ['Deleted', 'Wrote'].map((label) => [label, 'namespaceNotFound']),
    );
    assert.deepEqual([passedOver?.[0]?.id, await isListed(ids[1])], [ids[1], true]);
    await expectKvError(run('undo', { id: ids[1], confirm: true }), 'namespaceNotFound');
  });

  it('passes over nothing for what may be otherwise in a moment', async () => {
    const { ids, value } = await deletedInBoth('undo-away');
    const comeBack = await account.server.leave();
    try {
      await expectKvError(undoNewest(), 'offline');
    } finally {
      await comeBack();
    }
    await run('refresh', {});
    await run('undo', { id: ids[0], confirm: true });
    assert.equal(await value(), 'precious');
  });

  it('never comes to changes of a namespace that was deleted here from an account', async () => {
    const { other, ids, value } = await deletedInBoth('undo-deleted');
    await run('deleteNamespace', { namespace: other, confirm: true });
    assert.deepEqual([await isListed(ids[0]), await isListed(ids[1]), backupFiles(ids[1])], [true, false, []]);
    const { done, passedOver } = await undoNewest();
    assert.deepEqual([done, passedOver, await value()], [1, undefined, 'precious']);
  });

  it('passes over a damaged backup once all is back that can be read of it', async () => {
    const { namespace } = kv;
    const [older, ...keys] = [freshKey(), freshKey('a'), freshKey('b')];
    assert.ok(older);
    for (const key of [older, ...keys]) await kv.put(key, 'value');
    await run('deleteKeys', { namespace, keys: [older], confirm: true });
    const { undo } = await run<Deleted>('deleteKeys', { namespace, keys, confirm: true });
    const [file] = backupFiles(undo);
    assert.ok(file);
    await writeFile(file, (await readFile(file, 'utf8')).replace(`{"key":"${keys[0]}"`, '#'));
    await expectKvError(undoNewest(), 'server', 'damaged');
    assert.deepEqual([await kv.get(keys[0] ?? ''), (await kv.get(keys[1] ?? ''))?.value], [undefined, 'value']);
    const { done, passedOver } = await undoNewest();
    assert.deepEqual([done, (await kv.get(older))?.value], [1, 'value']);
    assert.deepEqual(
      passedOver?.map(({ id, error }) => [id, error.kind]),
      [[undo, 'server']],
    );
  });

  it('takes back what was deleted from a local namespace before that was deleted', async () => {
    const { namespace } = kv;
    const key = freshKey();
    await kv.put(key, 'value');
    await run('deleteKeys', { namespace, keys: [key], confirm: true });
    await run('deleteNamespace', { namespace, confirm: true });
    assert.equal((await undoNewest()).done, 1);
    assert.equal((await kv.get(key))?.value, 'value');
  });
});
