import { waitForText } from '../support/workbench/editors.ts';
import { pick, quickInput, runCommand } from '../support/workbench/quickInput.ts';
import { useShop } from '../support/workbench/shop.ts';
import { openKey } from '../support/workbench/treeView.ts';

describe('the look', () => {
  const shop = useShop(/^SESSIONS,/, /^visitor:,/, /^FLAGS,/, /^search\/,/);

  const themes = [
    { name: 'light', label: 'Light Modern', kind: 'vs' },
    { name: 'high-contrast', label: 'Dark High Contrast', kind: 'hc-black' },
    // Last, because the other tests' pictures are dark.
    { name: 'dark', label: 'Dark Modern', kind: 'vs-dark' },
  ];
  for (const { name, label, kind } of themes) {
    it(`in ${label}`, async () => {
      const { page } = shop;
      await shop.resize(1000, 640);
      await openKey(page, 'greeting');
      await waitForText(page, 'Hello from KV');
      await runCommand(page, 'Preferences: Color Theme');
      await quickInput(page).fill(label);
      await pick(page, label);
      await page.locator(`.monaco-workbench.${kind}`).waitFor();
      await page.mouse.move(800, 500);
      await shop.picture(`theme-${name}`);
    });
  }
});
