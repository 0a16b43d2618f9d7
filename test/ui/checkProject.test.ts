import type { Page } from 'playwright-core';
import { attempt, untilVisible } from '../support/workbench/effect.ts';
import { runCommand } from '../support/workbench/quickInput.ts';
import { openShop, type Shop } from '../support/workbench/shop.ts';

describe('The check before production', () => {
  let shop: Shop;
  let page: Page;

  before(async () => {
    const settings = { 'terminal.integrated.gpuAcceleration': 'off', 'js/ts.validate.enabled': false };
    shop = await openShop({ settings, size: { width: 1100, height: 820 } });
    ({ page } = shop);
  });
  after(() => shop.close());

  it('opens a report, and leads from it to what it is about', async () => {
    await runCommand(page, 'Cloudflare KV: Check Project for Production');
    await page.locator('.quick-input-list').getByText('wrangler.jsonc').first().click();
    await page.locator('.tab.active').filter({ hasText: 'Check of wrangler.jsonc' }).waitFor();
    await page.locator('.view-line').filter({ hasText: 'Failed:' }).first().waitFor();
    await shop.picture('check-project');
  });

  it('has its errors explained from the terminal', async () => {
    await page.keyboard.press('Control+`');
    const terminal = page.locator('.terminal-wrapper.active');
    await terminal.locator('.xterm-helper-textarea').waitFor({ state: 'attached' });
    await terminal.click();
    await page.keyboard.type('PS1="$ "; clear; printf "KV PUT failed: %s Too Many Requests\\n" 429');
    await page.keyboard.press('Enter');
    const line = terminal.locator('.xterm-rows > div').filter({ hasText: /^KV PUT failed: 429 Too Many Requests/ });
    await line.waitFor();
    const position = { x: 60, y: 8 };
    await page.keyboard.down('Control');
    await untilVisible(page.getByText('Explain this error of KV'), async () => {
      await page.mouse.move(5, 5);
      await line.hover({ position, force: true, timeout: attempt });
    });
    await untilVisible(page.locator('.tab').filter({ hasText: 'write-rate' }), () =>
      line.click({ position, force: true, timeout: attempt }),
    );
    await page.keyboard.up('Control');
    const preview = page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
    await preview.getByRole('heading', { name: 'Two writes to one key within a second' }).waitFor();
    await shop.picture('errors-explained');
  });
});
