import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { eventually } from '../support/eventually.ts';
import { expectKvError, extension, foreignSource, run, workspace } from './support.ts';

describe('local KV as it comes and goes', function () {
  this.timeout(60_000);
  const folder = join(workspace, 'packages', 'coming');
  afterEach(async () => {
    await vscode.workspace.getConfiguration('cloudflareKv.local').update('configs', undefined);
    await rm(folder, { recursive: true, force: true });
  });

  const write = async (path: string, binding: string) => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    const kv = [{ binding, id: binding.toLowerCase() }];
    await writeFile(join(folder, path), JSON.stringify({ name: 'coming', kv_namespaces: kv }));
  };
  const titles = async () =>
    (await extension().exports.namespaces())
      .filter(({ bindings }) => bindings.some(({ config }) => config.fsPath.startsWith(folder)))
      .map(({ title }) => title);
  const showsSoon = async (...expected: string[]) =>
    await eventually(async () => assert.deepEqual(await titles(), expected));

  it('is shown with its config, follows it, and goes with the whole project', async () => {
    await write('wrangler.jsonc', 'COMING');
    await run('refresh');
    assert.deepEqual(await titles(), ['COMING']);
    await write('wrangler.jsonc', 'CHANGED');
    await showsSoon('CHANGED');
    await rm(folder, { recursive: true });
    await showsSoon();
    await write('wrangler.jsonc', 'AGAIN');
    await showsSoon('AGAIN');
  });

  it('is found under the names of the setting', async () => {
    await write('wrangler.dev.jsonc', 'NAMED');
    const settings = vscode.workspace.getConfiguration('cloudflareKv.local');
    await settings.update('configs', ['**/wrangler.dev.jsonc']);
    await showsSoon('NAMED');
    await write('wrangler.dev.jsonc', 'RENAMED');
    await showsSoon('RENAMED');
  });

  it('has no id to be used where only the hash of one is known', async () => {
    await write('wrangler.jsonc', 'COMING');
    const source = foreignSource(folder);
    await source.store('odd/id').put({ key: 'k', value: Buffer.from('v') });
    const id = (await source.namespaces()).find(({ isIdUnknown }) => isIdUnknown)?.id ?? assert.fail();
    await eventually(async () => {
      assert.ok((await extension().exports.namespaces()).some((one) => one.id === id));
    });
    const namespace = { source: source.id, id };
    const config = vscode.Uri.file(join(folder, 'wrangler.jsonc'));
    await expectKvError(run('copyNamespaceId', { namespace }), 'unsupported', /only its database/);
    await expectKvError(run('copyAsWrangler', { namespace, key: 'k' }), 'unsupported', /only its database/);
    await expectKvError(run('addBinding', { namespace, config, binding: 'X' }), 'unsupported', /only its database/);
    await run('deleteKeys', { namespace, keys: ['k'], confirm: true });
    assert.equal(await source.store(id).get('k'), undefined);
    await rm(join(folder, '.wrangler'), { recursive: true });
    await expectKvError(run('putKey', { namespace, key: 'k', value: 'v' }), 'unsupported', /its database is gone/);
  });
});
