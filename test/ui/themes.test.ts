import { expandRow, pick, quickInput, runCommand, treeRow, waitForText } from '../support/page.ts';
import { type Shop, sharedShop } from '../support/shop.ts';

describe('the look', function () {
  this.timeout(60_000);
  let shop: Shop;

  before(async () => {
    shop = await sharedShop();
    const { page } = shop;
    await shop.resize(1000, 640);
    await expandRow(page, /^SESSIONS,/);
    await expandRow(page, /^visitor:,/);
    await expandRow(page, /^FLAGS,/);
    await expandRow(page, /^search\/,/);
    await treeRow(page, /^greeting,/).click();
    await waitForText(page, 'Hello from KV');
  });

  const themes = [
    { name: 'light', label: 'Light Modern', kind: 'vs' },
    { name: 'high-contrast', label: 'Dark High Contrast', kind: 'hc-black' },
    // Last, because the other tests' pictures are dark.
    { name: 'dark', label: 'Dark Modern', kind: 'vs-dark' },
  ];
  for (const { name, label, kind } of themes) {
    it(`in ${label}`, async () => {
      const { page } = shop;
      await runCommand(page, 'Preferences: Color Theme');
      await quickInput(page).fill(label);
      await pick(page, label);
      await page.locator(`.monaco-workbench.${kind}`).waitFor();
      await page.mouse.move(800, 500);
      await shop.picture(`theme-${name}`);
    });
  }
});
