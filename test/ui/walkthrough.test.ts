import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { editorTab, waitForText } from '../support/workbench/editors.ts';
import { patience } from '../support/workbench/effect.ts';
import { walkthroughPicture } from '../support/workbench/picture.ts';
import { quickInput, runCommand } from '../support/workbench/quickInput.ts';
import { useShop } from '../support/workbench/shop.ts';
import { openKey } from '../support/workbench/treeView.ts';

describe('the walkthrough', () => {
  const shop = useShop(/^SESSIONS,/, /^visitor:,/);

  it('has pictures of what it tells', async () => {
    const { page } = shop;
    await shop.resize(900, 560);
    await page.mouse.move(800, 500);
    await walkthroughPicture(page, 'keys');
    await openKey(page, 'greeting');
    await waitForText(page, 'Hello from KV');
    await page.mouse.move(800, 500);
    await walkthroughPicture(page, 'edit');
    await runCommand(page, 'Cloudflare KV: Edit Metadata and Expiration');
    await editorTab(page, 'greeting (entry)').waitFor();
    await page.getByText('"reviewed"').first().waitFor();
    await shop.resize(1270, 560);
    await page.mouse.move(800, 500);
    await walkthroughPicture(page, 'expiration', { x: 550, y: 0 });
    await shop.tidy();
    await shop.resize(900, 560);
    await runCommand(page, 'Cloudflare KV: Sign In…');
    await quickInput(page).waitFor();
    await walkthroughPicture(page, 'signIn');
    await page.keyboard.press('Escape');
  });

  it('opens from the palette, and every step shows its picture', async () => {
    const { page } = shop;
    await runCommand(page, 'Cloudflare KV: Get Started');
    await page.getByText('Get Started with Cloudflare KV').first().waitFor();
    for (const step of ['See your local keys', 'Edit a value', 'Give it an expiration', 'Sign in']) {
      await page.locator('.getting-started-step', { hasText: step }).first().click();
      const frame = page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
      await eventually(async () => {
        const width = await frame
          .locator('img')
          .first()
          .evaluate((image) => Reflect.get(image, 'naturalWidth'));
        assert.equal(width, 720);
      }, patience);
    }
    await shop.screenshot('walkthrough');
  });
});
