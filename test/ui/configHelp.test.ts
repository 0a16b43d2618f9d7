import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { copySample } from '../sample/copy.ts';
import { type ServerProcess, startServerProcess } from '../support/cloudflare/serverProcess.ts';
import { eventually } from '../support/eventually.ts';
import { activeEditor, editorTab, focusEditor, waitForText } from '../support/workbench/editors.ts';
import { attempt, patience, untilVisible } from '../support/workbench/effect.ts';
import { notification } from '../support/workbench/messages.ts';
import { enterText, pick, quickInput, runCommand } from '../support/workbench/quickInput.ts';
import { openShop, type Shop } from '../support/workbench/shop.ts';
import { treeRow } from '../support/workbench/treeView.ts';

const config = (id = ''): string => `name = "edge"
main = "src/index.ts"

[[kv_namespaces]]
binding = "SESSIONS"
${id}
[[kv_namespaces]]
binding = "FLAGS"
id = "f1a65000000000000000000000000000"
remote = true

[env.staging.vars]
LEVEL = "debug"
`;

describe('a wrangler config in an editor', () => {
  let server: ServerProcess;
  let account: string;
  let shop: Shop;
  let file: string;
  before(async () => {
    server = await startServerProcess();
    await server.command({ create: ['edge-flags'] });
    account = `${server.accountName} at ${new URL(server.baseUrl).host}`;
    const workspace = await copySample(join(mkdtempSync(join(tmpdir(), 'cloudflare-kv-config-')), 'shop'));
    const folder = join(workspace, 'packages', 'edge');
    file = join(folder, 'wrangler.toml');
    await mkdir(folder);
    await writeFile(file, config());
    shop = await openShop({ workspace, settings: { 'cloudflareKv.remote.apiBaseUrl': server.baseUrl } });
    const { page } = shop;
    await runCommand(page, 'Cloudflare KV: Sign In…');
    await pick(page, 'API Token');
    await enterText(page, server.token);
    await notification(page, `Signed in to ${server.accountName}.`).waitFor();
    await shop.tidy();
    await treeRow(page, /^Local · edge,/).waitFor();
    await page.keyboard.press('ControlOrMeta+P');
    await eventually(async () => {
      await quickInput(page).fill('packages/edge/wrangler.toml', { timeout: attempt });
      await page.locator('.quick-input-list .monaco-list-row').first().waitFor({ timeout: attempt });
      await page.keyboard.press('Enter');
      await editorTab(page, /^wrangler\.toml/).waitFor({ timeout: attempt });
    }, patience);
  });
  after(async () => {
    await shop?.close();
    await server?.stop();
    if (shop) await rm(dirname(shop.workspace), { recursive: true, force: true, maxRetries: 10 });
  });

  const lens = (text: string | RegExp) => activeEditor(shop.page).locator('.codelens-decoration a').getByText(text);

  it('creates the namespace of a binding, says where it is then, and mends what an environment lacks', async () => {
    const { page } = shop;
    await lens('Create Namespace…').waitFor();
    const real = activeEditor(page).locator('.codelens-decoration').getByText('dev uses the real namespace');
    await eventually(
      async () => assert.deepEqual([await lens('Open Local').count(), await real.count()], [2, 1]),
      patience,
    );

    await untilVisible(quickInput(page), () => lens('Create Namespace…').click({ timeout: attempt }));
    await pick(page, `${account} · remote`);
    await notification(
      page,
      `Created edge-SESSIONS (${account}) and wrote its ID into packages/edge/wrangler.toml.`,
    ).waitFor();
    const id = /^id = "([0-9a-f]{32})"$/m.exec(await readFile(file, 'utf8'))?.[1];
    assert.ok(id !== undefined && id !== 'f1a65000000000000000000000000000');
    await waitForText(page, config(`id = "${id}"\n`));
    await lens(`Open in ${account}`).waitFor();

    await activeEditor(page).locator('.squiggly-info').first().waitFor();
    await runCommand(page, 'Notifications: Clear All Notifications');
    await focusEditor(page);
    await shop.resize(1100, 700);
    const hover = page.locator('.monaco-hover:visible');
    await untilVisible(hover.getByText('edge-SESSIONS'), async () => {
      await page.mouse.move(5, 5);
      await activeEditor(page).locator('.view-line').getByText(id.slice(0, 12)).hover({ timeout: attempt });
      await hover.first().waitFor({ timeout: attempt });
    });
    await shop.picture('config');
    await page.keyboard.press('Escape');

    // The first problem is an ID that the account does not have.
    const missing = page.locator('.marker-widget').getByText('“staging” lacks KV bindings of the top level').first();
    await untilVisible(missing, async () => {
      await runCommand(page, 'Go to Next Problem (Error, Warning, Info)');
      await missing.waitFor({ timeout: attempt });
    });
    await page.keyboard.press('Escape');
    const fix = page.locator('.action-widget').getByText('Copy from the top level: SESSIONS, FLAGS');
    await untilVisible(fix, async () => {
      await page.keyboard.press('ControlOrMeta+.');
      await fix.waitFor({ timeout: attempt });
    });
    await page.keyboard.press('Enter');
    await eventually(async () => {
      const text = await activeEditor(page).locator('.view-lines').innerText();
      assert.equal(text.match(/\[\[env\.staging\.kv_namespaces\]\]/g)?.length, 2);
    }, patience);
  });
});
