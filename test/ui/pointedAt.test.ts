import assert from 'node:assert/strict';
import { editorButton, editorTab } from '../support/workbench/editors.ts';
import { attempt, untilVisible } from '../support/workbench/effect.ts';
import { notification } from '../support/workbench/messages.ts';
import { pick, quickInputTitle, runCommand } from '../support/workbench/quickInput.ts';
import { useShop } from '../support/workbench/shop.ts';
import { dragRow, openKey, rowAction, selectRow, treeRow } from '../support/workbench/treeView.ts';

describe('what somebody points at', () => {
  const shop = useShop(/^SESSIONS,/, /^user:,/, /^FLAGS,/, /^CACHE,/);

  it('is the namespace whose button is pressed, though it is the second of two selected rows', async () => {
    const { page } = shop;
    await selectRow(page, /^SESSIONS,/);
    await selectRow(page, /^FLAGS,/, 'Control');
    await rowAction(page, /^FLAGS,/, 'New Key…');
    await quickInputTitle(page, 'New Key in FLAGS (local, shop)').waitFor();
    await page.keyboard.press('Escape');
    await rowAction(page, /^SESSIONS,/, 'New Key…');
    await quickInputTitle(page, 'New Key in SESSIONS (local, shop)').waitFor();
    await page.keyboard.press('Escape');
  });

  it('is the key whose tag is pressed, though it is the second of two selected rows', async () => {
    const { page } = shop;
    await openKey(page, 'user:1003');
    await selectRow(page, /^user:1004,/, 'Control');
    const row = treeRow(page, /^user:1004,/);
    await untilVisible(editorTab(page, /^user:1004 \(entry\)/), async () => {
      await row.hover({ timeout: attempt });
      await row.getByRole('button', { name: 'Edit Metadata and Expiration' }).click({ timeout: attempt });
    });
    assert.equal(await editorTab(page, /^user:1003 \(entry\)/).count(), 0);
  });

  it('is the group that something is dropped on', async () => {
    const { page } = shop;
    await shop.store('cache').put({ key: 'dropped', value: Buffer.from('in it') });
    try {
      await treeRow(page, /^dropped,/).waitFor();
      const done = notification(page, 'Copied 1 key to SESSIONS (local, shop).');
      await dragRow(page, /^dropped,/, /^user:,/, done);
      await shop.waitForValue('sessions', 'user:dropped', 'in it');
      assert.equal(await shop.store('sessions').get('dropped'), undefined);
    } finally {
      await shop.store('cache').delete('dropped');
      await shop.store('sessions').delete('user:dropped');
    }
  });

  it('is the half of a comparison with the cursor, for a button in its title', async () => {
    const { page } = shop;
    await shop.store('cache').put({ key: 'compared', value: Buffer.from('other') });
    try {
      await openKey(page, 'user:1003');
      await page.keyboard.press('Enter');
      await openKey(page, 'compared');
      await runCommand(page, 'File: Compare Active File With...');
      await pick(page, 'user:1003');
      for (const [half, title] of [
        ['original', 'Set Expiration of “compared” in CACHE (local, shop)'],
        ['modified', 'Set Expiration of “user:1003” in SESSIONS (local, shop)'],
      ] as const) {
        const editor = page.locator(`.editor-group-container.active .editor.${half} .monaco-editor`).first();
        const item = page.getByRole('menuitem', { name: 'Set Expiration…' });
        await untilVisible(editor.and(page.locator('.focused')), () =>
          editor.locator('.view-lines').click({ timeout: attempt }),
        );
        await untilVisible(item, () => editorButton(page, 'More Actions...').click({ timeout: attempt }));
        await untilVisible(quickInputTitle(page, title), () => item.click({ timeout: attempt }));
        await page.keyboard.press('Escape');
      }
    } finally {
      await shop.store('cache').delete('compared');
    }
  });
});
