import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copySample } from '../sample/copy.ts';
import { DevServer, registryEnv } from '../support/devServer.ts';
import { eventually } from '../support/eventually.ts';
import { editorTab, savedTab, typeOver, waitForText } from '../support/workbench/editors.ts';
import { attempt, patience, untilVisible } from '../support/workbench/effect.ts';
import { notification } from '../support/workbench/messages.ts';
import { runCommand } from '../support/workbench/quickInput.ts';
import { openShop, type Shop } from '../support/workbench/shop.ts';
import { contextMenu, expandRow, openKey, treeRow } from '../support/workbench/treeView.ts';

/** Puts what its address says into the namespace CACHE. */
const worker = `export default {
  async fetch(request, env) {
    const { searchParams } = new URL(request.url);
    await env.CACHE.put(searchParams.get('key'), searchParams.get('value'));
    return new Response('done');
  },
};
`;

describe('beside a running dev server', () => {
  let folder: string;
  let shop: Shop;
  let server: DevServer;

  /** The Worker writes; resolves when it has answered. */
  const workerPuts = async (key: string, value: string): Promise<void> => {
    const query = new URLSearchParams({ key, value });
    assert.equal(await (await fetch(`http://127.0.0.1:${server.port}/?${query}`)).text(), 'done');
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cloudflare-kv-dev-'));
    const workspace = await copySample(join(folder, 'shop'));
    const env = registryEnv(join(folder, 'registry'));
    writeFileSync(join(workspace, 'src', 'index.ts'), worker);
    server = await DevServer.start(workspace, { env });
    shop = await openShop({ workspace, env, settings: { 'cloudflareKv.local.devServerPorts': [server.port] } });
  });
  after(async () => {
    await server?.stop();
    await shop?.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  });
  beforeEach(async () => {
    await shop.tidy();
    await shop.collapse();
    await expandRow(shop.page, /^CACHE,/);
  });

  it('says so in the row of the project', async () => {
    await treeRow(shop.page, `Local · shop, KV of this project, dev server on ${server.port}`).waitFor();
  });

  it('shows what a Worker writes within a second', async () => {
    const { page } = shop;
    let key = 0;
    // A machine that is busy with something else may be late once; what is slow is late each time.
    await eventually(async () => {
      await workerPuts(`new-${++key}`, 'from the Worker');
      const written = performance.now();
      await treeRow(page, new RegExp(`^new-${key},`)).waitFor();
      assert.ok(performance.now() - written < 1000);
    }, patience);
  });

  it('shows it in an open document, and never over unsaved text', async () => {
    const { page } = shop;
    await workerPuts('live', 'one');
    await openKey(page, 'live');
    await waitForText(page, 'one');
    await workerPuts('live', 'two');
    await waitForText(page, 'two');
    await typeOver(page, 'mine');
    await workerPuts('live', 'six');
    await page.keyboard.press('Control+S');
    await notification(page, /content of the file is newer/).waitFor();
    await waitForText(page, 'mine');
    assert.equal(Buffer.from((await shop.store('cache').get('live'))?.value ?? []).toString(), 'six');
  });

  it('tells in the view of activity what the Worker did to keys, and shows the difference', async () => {
    const { page } = shop;
    await shop.resize(1200, 720);
    await contextMenu(page, /^Local · shop,/, /^Show Activity/);
    await page.locator('.part.sidebar').getByText('What a Worker or you write from now on').waitFor();
    await workerPuts('visits', '1');
    await treeRow(page, /^visits, put, new, 1 byte, CACHE, /).waitFor();
    await workerPuts('visits', '12');
    const changed = treeRow(page, /^visits, put, 1 byte → 2 bytes, CACHE, /);
    await changed.waitFor();
    await untilVisible(editorTab(page, /^visits \(CACHE\): before and after/), () =>
      changed.click({ timeout: attempt }),
    );
    await page.locator('.monaco-diff-editor .view-line', { hasText: '12' }).first().waitFor();
    await shop.picture('activity');
    await runCommand(page, 'Cloudflare KV: Close Activity');
    await changed.waitFor({ state: 'hidden' });
  });

  it('saves through the server, metadata and expiration kept', async () => {
    const { page } = shop;
    await expandRow(page, /^api\/,/);
    const before = await shop.store('cache').get('api/products');
    await openKey(page, 'api/products');
    await waitForText(page, '{\n  "products": 2500,\n  "pages": 25\n}');
    await typeOver(page, '[]');
    await page.keyboard.press('Control+S');
    await savedTab(page, 'api/products').waitFor();
    const after = await shop.waitForValue('cache', 'api/products', '[]');
    assert.deepEqual(after.metadata, before?.metadata);
    assert.equal(after.expiration, before?.expiration);
  });
});
