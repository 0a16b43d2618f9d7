import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { eventually } from '../support/eventually.ts';
import { useAccount } from './account.ts';
import { stub } from './stub.ts';
import { closeEditors, expectKvError, extension, foreignSource, run, testNamespace, workspace } from './support.ts';
import { WindowSpy } from './windowSpy.ts';

/** A namespace of an account that only seems to belong to a local one. */
describe('a namespace of the same binding name', () => {
  const account = useAccount('billing-production-cache');
  const folder = join(workspace, 'packages', 'same-name');
  const at = (name: string): string => join(folder, name);
  let spy: WindowSpy;

  const write = async (name: string, config: Record<string, unknown>): Promise<void> => {
    await mkdir(at(name), { recursive: true });
    await writeFile(join(at(name), 'wrangler.jsonc'), JSON.stringify({ name, ...config }));
  };
  before(async () => {
    const { id } = account.namespace;
    await write('billing', { kv_namespaces: [{ binding: 'CACHE', id }] });
    await write('blog', { kv_namespaces: [{ binding: 'CACHE' }] });
    await write('shop-staging', {
      kv_namespaces: [{ binding: 'DATA', id }],
      env: { staging: { kv_namespaces: [{ binding: 'DATA' }] } },
    });
    await run('refresh');
    await eventually(async () => {
      const all = await extension().exports.namespaces();
      const ids = all.filter(({ bindings }) => bindings.some(({ config }) => config.fsPath.startsWith(folder)));
      assert.ok(ids.length >= 5, ids.map(({ title }) => title).join());
    });
  });
  after(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  beforeEach(() => {
    spy = new WindowSpy();
    account.server.reset();
  });
  afterEach(async () => {
    spy.restore();
    await closeEditors();
  });

  for (const [what, project, id] of [
    ['in another project', 'blog', 'CACHE'],
    ['in another environment', 'shop-staging', 'DATA'],
  ] as const) {
    it(`${what} is pushed to by nothing but a choice of it`, async () => {
      const local = testNamespace(id, foreignSource(at(project)));
      await local.put('k', 'v');
      for (const args of [{}, { keys: ['k'] }, { deleteExtra: true }]) {
        const push = run('push', { namespace: local.namespace, confirm: true, ...args });
        await expectKvError(push, 'notFound', 'no certain counterpart', account.namespace.id);
      }
      for (const name of ['pull', 'compareKey', 'openOtherSide']) {
        const more = name === 'pull' ? { confirm: true } : { key: 'k' };
        await expectKvError(run(name, { namespace: local.namespace, ...more }), 'notFound');
      }
      let offered: readonly vscode.QuickPickItem[] = [];
      stub(vscode.window, 'showQuickPick', async (items: readonly vscode.QuickPickItem[], options: unknown) => {
        offered = items;
        assert.match(String(Reflect.get(Object(options), 'title')), /^No namespace of an account is known to belong/);
      });
      await run('push', local.uri('k'));
      // Title, account and id.
      assert.match(offered[0]?.label ?? '', /“billing-production-cache”, Acme Inc /);
      assert.equal(offered[0]?.detail, account.namespace.id);
      assert.equal(account.server.count('putValue', 'bulkPut', 'deleteValue', 'bulkDelete'), 0);
    });
  }
});
