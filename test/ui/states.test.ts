import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/eventually.ts';
import { editorTab, waitForText } from '../support/workbench/editors.ts';
import { attempt, patience, untilVisible } from '../support/workbench/effect.ts';
import { statusBarItem } from '../support/workbench/messages.ts';
import { enterText, pick, quickInput } from '../support/workbench/quickInput.ts';
import { openShop } from '../support/workbench/shop.ts';
import { expandRow, openKey, openView, treeRow } from '../support/workbench/treeView.ts';
import { openWorkbench } from '../support/workbench/window.ts';

const brokenConfig = 'name = "api"\nkv_namespaces = [\n  { binding = "RATES" id = "4a7e" }\n]\n';

describe('a workspace', () => {
  let folder: string;

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'cloudflare-kv-ui-')));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));

  it('without a wrangler config says what to do; configs that are added are found, broken ones with their error', async () => {
    const { page, close } = await openWorkbench({ workspace: folder });
    await openView(page, 'Cloudflare KV');
    const welcome = page.locator('.part.sidebar .welcome-view');
    await welcome.getByRole('button', { name: 'Open Folder' }).waitFor();
    await eventually(async () => {
      const text = await welcome.innerText();
      assert.match(text, /^No KV namespaces in this workspace\. Open a folder with a wrangler config/);
    }, patience);
    const config = { name: 'fresh', kv_namespaces: [{ binding: 'NOTES', id: 'a07e5' }] };
    writeFileSync(join(folder, 'wrangler.json'), JSON.stringify(config));
    mkdirSync(join(folder, 'api'));
    writeFileSync(join(folder, 'api', 'wrangler.toml'), brokenConfig);
    await expandRow(page, /^NOTES,/);
    await welcome.waitFor({ state: 'hidden' });
    const problem = treeRow(page, /^api\/wrangler\.toml, problem, line 3: /);
    await untilVisible(editorTab(page, 'wrangler.toml'), () => problem.click({ timeout: attempt }));
    await waitForText(page, brokenConfig);
    await statusBarItem(page, 'Ln 3, Col 1').waitFor();
    await untilVisible(quickInput(page), () => treeRow(page, 'No keys yet, New Key…').click({ timeout: attempt }));
    await enterText(page, 'first');
    await pick(page, 'Empty value');
    await treeRow(page, 'first, key, local').waitFor();
    await close();
  });

  it('that is not trusted can be browsed and edited all the same', async () => {
    const shop = await openShop({ trust: false });
    const { page } = shop;
    await statusBarItem(page, 'Restricted Mode').waitFor();
    await expandRow(page, /^SESSIONS,/);
    await openKey(page, 'greeting');
    await waitForText(page, 'Hello from KV');
    await shop.close();
  });
});
