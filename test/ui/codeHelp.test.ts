import type { Page } from 'playwright-core';
import { editorTab, focusEditor, waitForText } from '../support/workbench/editors.ts';
import { attempt, untilVisible } from '../support/workbench/effect.ts';
import { notification } from '../support/workbench/messages.ts';
import { quickInput, runCommand } from '../support/workbench/quickInput.ts';
import { openShop, type Shop } from '../support/workbench/shop.ts';

describe('Worker code', () => {
  let shop: Shop;
  let page: Page;

  before(async () => {
    const settings = {
      'editor.suggestOnTriggerCharacters': true,
      'editor.hover.delay': 100,
      // TypeScript is not what is looked at, and takes its time to start.
      'js/ts.validate.enabled': false,
      'typescript.validate.enable': false,
      'typescript.suggest.enabled': false,
    };
    shop = await openShop({ settings, size: { width: 1100, height: 720 } });
    ({ page } = shop);
  });
  after(() => shop.close());

  async function openCode(): Promise<void> {
    await page.keyboard.press('Control+P');
    await quickInput(page).fill('src/index.ts');
    await page.locator('.quick-input-list').getByText('src', { exact: true }).first().waitFor();
    await page.keyboard.press('Enter');
    await page.locator('.tab.active').filter({ hasText: 'index.ts' }).waitFor();
    await focusEditor(page);
  }

  it('offers the keys of its binding while they are typed, and takes the chosen one', async () => {
    await openCode();
    // The workbench comes without the server of TypeScript, and says so over the pictures.
    await notification(page, 'tsserver').waitFor();
    await runCommand(page, 'Notifications: Clear All Notifications');
    await focusEditor(page);
    await page.keyboard.press('Control+End');
    await page.keyboard.type('\nexport const cart = (env: Env) => env.SESSIONS.get("');
    const list = page.locator('.suggest-widget.visible');
    await list.getByText('greeting').first().waitFor();
    await page.keyboard.type('user:1001:');
    await list.locator('.monaco-list-row').filter({ hasText: 'user:1001:cart' }).waitFor();
    await shop.picture('code-completion');
    await page.keyboard.press('Enter');
    await page.keyboard.type('", "json");');
    await page.keyboard.press('Control+S');
    await list.waitFor({ state: 'detached' });
    await page.locator('.view-line').filter({ hasText: 'env.SESSIONS.get("user:1001:cart", "json");' }).waitFor();
  });

  it('shows what a key holds, and leads to it', async () => {
    const key = page
      .locator('.view-line span')
      .filter({ hasText: /^"user:1001:cart"$/ })
      .last();
    const hover = page.locator('.monaco-hover').filter({ hasText: 'local, shop' });
    await untilVisible(hover.getByText('book:1000'), async () => {
      await page.mouse.move(5, 5);
      await key.hover({ timeout: attempt });
    });
    await shop.picture('code-hover');
    await hover.getByRole('link', { name: 'Open', exact: true }).click();
    await editorTab(page, 'user:1001:cart').waitFor();
    await waitForText(page, '{\n  "items": [\n    {\n      "sku": "book:1000",\n      "count": 1\n    }\n  ]\n}');
  });

  it('marks what KV forbids, and repairs it', async () => {
    await editorTab(page, /index\.ts/).click();
    await page.locator('.tab.active').filter({ hasText: 'index.ts' }).waitFor();
    await focusEditor(page);
    await page.keyboard.press('Control+End');
    await page.keyboard.type(
      '\nexport async function flag(env: Env) {\nawait env.FLAGS.put("seen", "1", { expirationTtl: 30 });\nenv.FLAGS.put("kept", "1");\n}',
    );
    const squiggle = page.locator('.squiggly-error, .squiggly-warning');
    await squiggle.nth(1).waitFor();
    const thirty = page.locator('.view-line span').filter({ hasText: /^30$/ }).last();
    await untilVisible(page.locator('.monaco-hover').filter({ hasText: 'under 60 seconds' }), async () => {
      await page.mouse.move(5, 5);
      await thirty.hover({ timeout: attempt });
    });
    await shop.picture('code-diagnostics');
    await page.keyboard.press('Escape');
    await thirty.click();
    const fix = page.locator('.action-widget').getByText('Use 60 seconds');
    await untilVisible(fix, () => page.keyboard.press('Control+.'));
    await fix.click();
    await page.locator('.view-line').filter({ hasText: 'expirationTtl: 60' }).waitFor();
    await page.keyboard.press('Control+S');
  });
});
