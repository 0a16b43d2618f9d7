import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import type { KvStore } from '../../src/core/store/store.ts';
import { type Remote, startRemote } from '../support/cloudflare/remote.ts';
import { eventually } from '../support/eventually.ts';
import { dump } from '../support/transfers.ts';
import { patience } from '../support/workbench/effect.ts';
import { killWindow } from '../support/workbench/killWindow.ts';
import { answerDialog, answerNotification, notification } from '../support/workbench/messages.ts';
import { pick, pickFile, runCommand } from '../support/workbench/quickInput.ts';
import { openShop, type Shop } from '../support/workbench/shop.ts';
import { contextMenu, openView, treeRow } from '../support/workbench/treeView.ts';

/** As many keys as one request takes, and as many as are left then. */
const FIRST = 10_000;
const REST = 500;
const keys = Array.from({ length: FIRST + REST }, (_, i) => `key:${String(i).padStart(5, '0')}`);

describe('an import whose window is killed half-way', () => {
  let remote: Remote;
  let shop: Shop;
  let namespace: string;
  /** The account as somebody else sees it. */
  let others: KvStore;
  const old: KvEntry = { key: keys[1] ?? '', value: new Uint8Array(Buffer.from('old')), metadata: { by: 'anna' } };

  before(async () => {
    remote = await startRemote();
    const { id } = remote.server.createPlainNamespace('sessions');
    others = remote.source.store(id);
    await others.put(old);
    namespace = `sessions (${remote.server.account.name} at ${new URL(remote.server.baseUrl).host})`;
    shop = await openShop({
      settings: { 'cloudflareKv.remote.apiBaseUrl': remote.server.baseUrl },
      // The window keeps no secrets.
      env: { CLOUDFLARE_API_TOKEN: remote.token.text },
    });
    writeFileSync(join(shop.workspace, 'users.json'), JSON.stringify(keys.map((key) => ({ key, value: 'v' }))));
    await runCommand(shop.page, 'Cloudflare KV: Sign In…');
    await pick(shop.page, 'Environment');
    await treeRow(shop.page, /^sessions, namespace, .*, remote$/).waitFor();
  });
  after(async () => {
    await shop?.close();
    await remote?.stop();
  });

  /** What the journal of the import says: by whom it is written, and how far it is. */
  function notes(): { readonly pid: number; readonly done: number } | undefined {
    const folder = join(shop.globalStorage, 'journal');
    const [name] = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.open.ndjson')) : [];
    if (name === undefined) return undefined;
    const [head = '', ...lines] = readFileSync(join(folder, name), 'utf8').trim().split('\n');
    const mark = lines.findLast((line) => line.startsWith('{"mark":')) ?? '{}';
    return { pid: JSON.parse(head).head.owner.pid, done: JSON.parse(mark).mark?.done };
  }

  it('is named by the next window, which goes on with it, and is undone as a whole', async () => {
    const { page } = shop;
    const { server } = remote;
    server.reset();
    server.faults.add({ operations: ['bulkPut'], skip: 1, mishap: { kind: 'stall', at: 'start' } });
    await contextMenu(page, /^sessions,/, 'Import Keys…');
    await pickFile(page, `Import Keys into ${namespace}`, shop.workspace, 'users.json');
    await answerDialog(page, 'Import 10,500 Keys');
    await answerDialog(page, 'Overwrite');
    const pid = await eventually(() => {
      const { pid, done } = notes() ?? {};
      assert.deepEqual([server.stalled, done], [1, FIRST]);
      return pid ?? assert.fail();
    }, patience);

    await killWindow(page, pid);
    await openView(page, 'Cloudflare KV');
    const text = `Importing users.json into ${namespace} was interrupted: 10,000 of 10,500 keys were done.`;
    await notification(page, text).waitFor({ timeout: patience });
    await shop.screenshot('interrupted');
    server.reset();
    await answerNotification(page, text, 'Resume');
    await answerDialog(page, 'Import 500 Keys');
    const imported = `Imported 10,500 keys into ${namespace}.`;
    await notification(page, imported).waitFor({ timeout: patience });
    // All keys would be two.
    assert.equal(server.count('bulkPut'), 1);
    await eventually(() => assert.equal(notes(), undefined), patience);
    assert.deepEqual(
      (await dump(others)).map(({ key, value }) => `${key} ${Buffer.from(value)}`),
      keys.map((key) => `${key} v`),
    );

    await answerNotification(page, imported, 'Undo');
    await answerDialog(page, 'Undo');
    await notification(page, `Undone: 1 key restored, 10,499 keys removed, in ${namespace}.`).waitFor({
      timeout: patience,
    });
    assert.deepEqual(await dump(others), [old]);
    assert.deepEqual([server.violations, server.strays], [[], []]);
  });
});
