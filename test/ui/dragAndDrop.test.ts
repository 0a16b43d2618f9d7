import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { activeEditor, dirtyTab, focusEditor, savedTab } from '../support/workbench/editors.ts';
import { attempt, untilVisible } from '../support/workbench/effect.ts';
import { answerDialog, answerNotification, dialog, notification } from '../support/workbench/messages.ts';
import { useShop } from '../support/workbench/shop.ts';
import { dragRow, dragToEditor, expandRow, openView, selectRow, treeRow } from '../support/workbench/treeView.ts';

describe('dragging a key', () => {
  const shop = useShop(/^CACHE,/);
  beforeEach(async () => {
    await shop.store('cache').put({ key: 'dragged', value: Buffer.from('along'), metadata: { by: 'anna' } });
    await treeRow(shop.page, /^dragged,/).waitFor();
  });
  afterEach(async () => {
    await shop.store('cache').delete('dragged');
    await shop.store('sessions').delete('dragged');
    // The next test is to find the row of its own key, where it stays.
    await treeRow(shop.page, /^dragged,/).waitFor({ state: 'detached' });
  });

  it('to another namespace copies it with its metadata, and can be undone', async () => {
    const { page } = shop;
    const done = 'Copied 1 key to SESSIONS (local, shop).';
    await dragRow(page, /^dragged,/, /^SESSIONS,/, notification(page, done));
    const copied = await shop.waitForValue('sessions', 'dragged', 'along');
    assert.deepEqual(copied.metadata, { by: 'anna' });
    await answerNotification(page, done, 'Undo');
    await shop.waitForNoKey('sessions', 'dragged');
    await shop.waitForValue('cache', 'dragged', 'along');
  });

  it('together with one of another namespace copies both, whether or not the first message is answered', async () => {
    const { page } = shop;
    await expandRow(page, /^FLAGS,/);
    await expandRow(page, /^home\/,/);
    await selectRow(page, /^dragged,/);
    await selectRow(page, /^home\/banner,/, 'Control');
    await dragRow(
      page,
      /^dragged,/,
      /^SESSIONS,/,
      notification(page, 'Copied 1 key to SESSIONS (local, shop).').first(),
    );
    await shop.waitForValue('sessions', 'dragged', 'along');
    await shop.waitForValue('sessions', 'home/banner', 'Free shipping this week');
    await shop.store('sessions').delete('home/banner');
  });

  it('over one that exists asks first', async () => {
    const { page } = shop;
    await shop.store('sessions').put({ key: 'dragged', value: Buffer.from('there before') });
    await dragRow(page, /^dragged,/, /^SESSIONS,/, dialog(page));
    await answerDialog(page, 'Overwrite');
    await shop.waitForValue('sessions', 'dragged', 'along');
  });

  it('to an editor opens it, and with Shift inserts its name', async () => {
    const { page } = shop;
    await openView(page, 'Explorer');
    const file = page.locator('.part.sidebar').getByRole('treeitem', { name: 'package.json' });
    await untilVisible(savedTab(page, 'package.json'), () => file.dblclick({ timeout: attempt }));
    await openView(page, 'Cloudflare KV');
    await focusEditor(page);
    await untilVisible(dirtyTab(page, 'package.json'), () => dragToEditor(page, /^dragged,/, 'Shift'));
    await activeEditor(page).locator('.view-line', { hasText: 'dragged' }).waitFor();
    await untilVisible(savedTab(page, 'dragged'), () => dragToEditor(page, /^dragged,/));
  });
});

describe('dragging a file', () => {
  const shop = useShop();

  it('from the Explorer view to a namespace uploads it', async () => {
    const { page } = shop;
    await openView(page, 'Explorer');
    const file = page.locator('.part.sidebar').getByRole('treeitem', { name: 'package.json' });
    await file.hover();
    await page.mouse.down();
    const tab = page.locator('.activitybar').getByRole('tab', { name: 'Cloudflare KV' });
    const row = treeRow(page, /^CACHE,/);
    // What is held over the name of a view for a moment opens it; what is dragged must move to be noticed.
    await untilVisible(row, async () => {
      await tab.hover({ timeout: attempt, position: { x: 10, y: 10 } });
      await tab.hover({ timeout: attempt, position: { x: 20, y: 20 } });
    });
    await row.hover();
    await row.hover({ position: { x: 60, y: 8 } });
    await page.mouse.up();
    await notification(page, 'Copied 1 key to CACHE (local, shop).').waitFor();
    await shop.waitForValue('cache', 'package.json', readFileSync(join(shop.workspace, 'package.json'), 'utf8'));
    await shop.store('cache').delete('package.json');
  });
});
