import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { editorTab } from '../support/workbench/editors.ts';
import { attempt, patience, untilVisible } from '../support/workbench/effect.ts';
import { figure, pageFrame, tableText } from '../support/workbench/pages.ts';
import { runCommand } from '../support/workbench/quickInput.ts';
import { useShop } from '../support/workbench/shop.ts';
import { contextMenu, treeRow } from '../support/workbench/treeView.ts';

describe('the space page', () => {
  const shop = useShop();

  it('draws the groups of keys, reads them out as a table, goes into one, and shows a key in the view', async () => {
    const { page } = shop;
    await contextMenu(page, /^CACHE,/, /^Show Space/);
    const groups = figure(page, /by group/);
    await groups.locator('.mark').first().waitFor();
    await shop.picture('space');
    await groups.getByRole('button', { name: 'Show as Table' }).click();
    await eventually(async () => {
      const [head, ...rows] = await tableText(groups);
      assert.deepEqual(head, ['Group', 'Keys', 'Bytes of values', 'Bytes of metadata']);
      const names = rows.map(([name]) => name);
      assert.ok(names.includes('api/'), names.join());
    }, patience);
    await groups.getByRole('button', { name: 'Show as Table' }).click();
    await untilVisible(pageFrame(page).getByText('Only keys that begin with “api/”.'), () =>
      groups.getByRole('button', { name: /^“api\/”:/ }).click({ timeout: attempt }),
    );
    const largest = figure(page, 'Largest values');
    const key = largest.getByRole('button', { name: /^“api\/products”:/ });
    await untilVisible(treeRow(page, /^api\/products, key/), () => key.click({ timeout: attempt }));
    await eventually(async () => assert.equal(await editorTab(page, /^Space of CACHE/).count(), 1), patience);
  });

  it('comes back after a reload of the window', async () => {
    const { page } = shop;
    await contextMenu(page, /^CACHE,/, /^Show Space/);
    const largest = figure(page, 'Largest values');
    const asTable = async (): Promise<string[][]> => {
      await untilVisible(largest.getByRole('table'), () =>
        largest.getByRole('button', { name: 'Show as Table' }).click({ timeout: attempt }),
      );
      return await tableText(largest);
    };
    const rows = await asTable();
    assert.ok(rows.length > 1);
    await page.evaluate(() => Reflect.set(globalThis, 'isOld', true));
    await runCommand(page, 'Developer: Reload Window');
    await page.waitForFunction(() => !Reflect.get(globalThis, 'isOld'));
    await pageFrame(page)
      .getByRole('heading', { name: /^Space of CACHE/ })
      .waitFor();
    await eventually(async () => assert.deepEqual(await asTable(), rows), patience);
  });
});
