import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { useAccount } from './account.ts';
import { expectKvError, extension, freshKey, run } from './support.ts';

interface Undone {
  readonly done: number;
  readonly expired: readonly string[];
}

describe('an account by whose clock this machine is an hour ahead: undo, lifetimes', () => {
  const account = useAccount('clock-unused');
  const HOUR = 3600;
  const serverNow = (): number => Math.floor(Date.now() / 1000) - HOUR;
  let namespace: { readonly source: string; readonly id: string };
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'clock-'));
    account.server.now = () => Date.now() - HOUR * 1000;
    namespace = { source: account.namespace.source, id: account.server.createPlainNamespace('clock').id };
    await run('refresh', {});
  });
  after(async () => {
    await rm(folder, { recursive: true });
  });

  /** Seconds that a key has to live by the account. */
  const left = async (key: string): Promise<number | undefined> => {
    const uri = extension().exports.entryUri(namespace, key);
    const { expiration } = JSON.parse(Buffer.from(await vscode.workspace.fs.readFile(uri)).toString());
    return expiration === undefined ? undefined : Date.parse(expiration) / 1000 - serverNow();
  };
  const isAbout = (actual: number | undefined, expected: number): void =>
    assert.ok(actual !== undefined && Math.abs(actual - expected) <= 60, String(actual));

  it('counts lifetimes from the time there', async () => {
    const key = freshKey();
    await run('putKey', { namespace, key, value: 'v', expirationTtl: 600, confirm: true });
    isAbout(await left(key), 600);
    await run('putKey', { namespace, key, value: 'v', expiration: serverNow() + 1200, confirm: true });
    isAbout(await left(key), 1200);
    await run('setExpiration', { namespace, keys: [key], expirationTtl: 1800, confirm: true });
    isAbout(await left(key), 1800);
    const past = run('setExpiration', { namespace, keys: [key], expiration: serverNow() - 10, confirm: true });
    await expectKvError(past, 'invalidInput');
    const other = freshKey();
    await run('newKey', { namespace, key: other, value: 'v', expirationTtl: 600, confirm: true });
    isAbout(await left(other), 600);
  });

  it('imports what has not expired there', async () => {
    const [living, lasting, ended] = [freshKey('living'), freshKey('lasting'), freshKey('ended')];
    const from = vscode.Uri.file(join(folder, 'keys.json'));
    const items = [
      { key: living, value: 'v', expiration: serverNow() + 1800 },
      { key: lasting, value: 'v', expiration_ttl: 1800 },
      { key: ended, value: 'v', expiration: serverNow() - 120 },
    ];
    await writeFile(from.fsPath, JSON.stringify(items));
    const imported = await run<Undone>('importKeys', { namespace, from, onConflict: 'fail', confirm: true });
    assert.deepEqual([imported.done, imported.expired], [2, [ended]]);
    isAbout(await left(living), 1800);
    isAbout(await left(lasting), 1800);
  });

  it('takes back a delete of what has half an hour to live there', async () => {
    const key = freshKey();
    await run('putKey', { namespace, key, value: 'v', expirationTtl: 1800, confirm: true });
    const { undo } = await run<{ readonly undo: string }>('deleteKeys', { namespace, keys: [key], confirm: true });
    const { done, expired } = await run<Undone>('undo', { id: undo, confirm: true });
    assert.deepEqual([done, expired], [1, []]);
    isAbout(await left(key), 1800);
  });

  it('saves a document of what has half an hour to live there', async () => {
    const key = freshKey();
    await run('putKey', { namespace, key, value: 'v', expirationTtl: 1800, confirm: true });
    const uri = extension().exports.valueUri(namespace, key);
    await vscode.workspace.fs.writeFile(uri, Buffer.from('saved'));
    assert.equal(Buffer.from(await vscode.workspace.fs.readFile(uri)).toString(), 'saved');
    const entry = extension().exports.entryUri(namespace, key);
    await vscode.workspace.fs.writeFile(entry, Buffer.from('{ "metadata": 1, "expirationTtl": 900 }'));
    isAbout(await left(key), 900);
  });
});
