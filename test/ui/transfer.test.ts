import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { editorTab, followLink, savedTab, typeOver, waitForText } from '../support/workbench/editors.ts';
import {
  answerDialog,
  answerNotification,
  dialog,
  dialogLines,
  notification,
  statusBarItem,
} from '../support/workbench/messages.ts';
import { acceptPath, enterText, pick, pickFile, runCommand } from '../support/workbench/quickInput.ts';
import { useShop } from '../support/workbench/shop.ts';
import { contextMenu, treeRow } from '../support/workbench/treeView.ts';

describe('many keys at once', () => {
  const shop = useShop(/^FLAGS,/);

  /** What the open dialog says, and nothing else; then the button is pressed. */
  async function agree(lines: readonly string[], button: string): Promise<void> {
    await dialog(shop.page).waitFor();
    assert.deepEqual(await dialogLines(shop.page), lines);
    await answerDialog(shop.page, button);
  }

  /** Waits for what is told, takes it back, and waits for what is told of that. */
  async function takeBack(done: string, undone: string): Promise<void> {
    await answerNotification(shop.page, done, 'Undo');
    await notification(shop.page, undone).waitFor();
  }

  it('are exported to a file and imported into another namespace', async () => {
    const { page } = shop;
    const file = join(shop.workspace, 'FLAGS.json');
    await contextMenu(page, /^FLAGS,/, 'Export Keys…');
    await pick(page, 'JSON');
    await acceptPath(page, 'Export Keys of FLAGS (local, shop)', file);
    await answerNotification(page, 'Exported 4 keys of FLAGS (local, shop) to FLAGS.json.', 'Open');
    await savedTab(page, 'FLAGS.json').waitFor();
    const entries: { key: string }[] = JSON.parse(readFileSync(file, 'utf8'));
    const keys = ['checkout/express', 'checkout/new-flow', 'home/banner', 'search/weights.json'];
    assert.deepEqual(
      entries.map(({ key }) => key),
      keys,
    );
    await shop.store('cache').put({ key: 'home/banner', value: Buffer.from('Summer sale') });
    await contextMenu(page, /^CACHE,/, 'Import Keys…');
    await pickFile(page, 'Import Keys into CACHE (local, shop)', shop.workspace, 'FLAGS.json');
    await agree(
      ['Import 4 keys into CACHE (local, shop)?', '1 key already there: home/banner.', 'You can undo this for 7 days.'],
      'Overwrite',
    );
    await shop.waitForValue('cache', 'home/banner', 'Free shipping this week');
    await takeBack(
      'Imported 4 keys into CACHE (local, shop).',
      'Undone: 1 key restored, 3 keys removed, in CACHE (local, shop).',
    );
    await shop.waitForValue('cache', 'home/banner', 'Summer sale');
    await shop.waitForNoKey('cache', 'checkout/express');
    await shop.store('cache').delete('home/banner');
    rmSync(file);
  });

  it('are compared with those of another namespace', async () => {
    const { page } = shop;
    await contextMenu(page, /^RATES, namespace, 4a7e/, 'Compare Namespaces…');
    await pick(page, 'RATES');
    await notification(page, '4 keys changed.').waitFor();
    await editorTab(page, 'RATES (local, shop-api) ↔ RATES (local, shop-api, staging) (4 files)').waitFor();
  });

  it('are compared and copied as a group', async () => {
    const { page } = shop;
    const group = 'keys that begin with “checkout/”';
    await contextMenu(page, /^checkout\/,/, 'Compare Namespaces…');
    await page.getByPlaceholder(`Compare ${group} of FLAGS (local, shop) with which namespace?`).waitFor();
    await pick(page, 'CACHE');
    await notification(page, `Of ${group}: 2 keys only in FLAGS (local, shop).`).waitFor();
    await contextMenu(page, /^checkout\/,/, 'Sync Namespaces…');
    await pick(page, 'CACHE');
    const lines = [
      `Copy 2 ${group} from FLAGS (local, shop) to CACHE (local, shop)?`,
      'Only CACHE (local, shop) changes: 2 added.',
      'You can undo this for 7 days.',
    ];
    await agree(lines, 'Review Changes');
    await editorTab(page, 'FLAGS (local, shop) → CACHE (local, shop) (2 files)').waitFor();
    await answerNotification(page, lines.join(' '), 'Copy 2 Keys');
    await takeBack(
      `Copied ${group} to CACHE (local, shop): 2 added.`,
      'Undone: 2 keys removed, in CACHE (local, shop).',
    );
  });

  it('are copied to another namespace by a plan that is shown first', async () => {
    const { page } = shop;
    await shop.resize(1100, 720);
    await contextMenu(page, /^RATES, namespace, 4a7e/, 'Sync Namespaces…');
    await pick(page, 'FLAGS');
    await dialog(page).waitFor();
    await shop.picture('plan');
    await agree(
      [
        'Copy 4 keys from RATES (local, shop-api) to FLAGS (local, shop)?',
        'Only FLAGS (local, shop) changes: 4 added.',
        'It has 4 keys that RATES (local, shop-api) does not have: what is extra stays, unless you choose to delete it.',
        'You can undo this for 7 days.',
      ],
      'Copy 4 Keys',
    );
    await treeRow(page, /^rate:,/).waitFor();
    await takeBack(
      'FLAGS (local, shop) now has what RATES (local, shop-api) has: 4 added.',
      'Undone: 4 keys removed, in FLAGS (local, shop).',
    );
    await treeRow(page, /^rate:,/).waitFor({ state: 'detached' });
    await editorTab(page, 'Plan for FLAGS (local, shop).kv-plan').waitFor();
    await waitForText(
      page,
      [
        '# RATES (local, shop-api) → FLAGS (local, shop): 0 keys the same',
        '',
        'Add 4 keys',
        ...['EUR', 'GBP', 'JPY', 'USD'].map((currency) => `  rate:${currency}`),
        'Only in FLAGS (local, shop): 4 keys',
        ...['checkout/express', 'checkout/new-flow', 'home/banner', 'search/weights.json'].map((key) => `  ${key}`),
        '',
      ].join('\n'),
    );
  });

  it('are found by their names, in a list of links', async () => {
    const { page } = shop;
    await contextMenu(page, /^FLAGS,/, 'Search Keys…');
    await enterText(page, 'checkout');
    await editorTab(page, 'Search “checkout”.kv-results').waitFor();
    const lines = [
      '# “checkout” in FLAGS (local, shop): 2 found in 4 keys',
      '',
      'FLAGS (local, shop)',
      '  checkout/express',
      '  checkout/new-flow',
      '',
    ];
    await waitForText(page, lines.join('\n'));
    await followLink(page, 'checkout/new-flow');
    await savedTab(page, 'checkout/new-flow').waitFor();
    await waitForText(page, 'true');
    await contextMenu(page, /^checkout\/,/, 'Search Keys…');
    await enterText(page, 'e');
    const where = 'keys that begin with “checkout/” of FLAGS (local, shop)';
    const found = ['checkout/express', 'checkout/new-flow'].map((key) => `  ${key}`);
    await waitForText(page, [`# “e” in ${where}: 2 found in 2 keys`, '', where, ...found, ''].join('\n'));
  });

  it('are found by their values, down to the line', async () => {
    const { page } = shop;
    await runCommand(page, 'Cloudflare KV: Search Values…');
    await pick(page, 'FLAGS');
    await enterText(page, '/t(itle|ext)/');
    const lines = [
      '# /t(itle|ext)/ in FLAGS (local, shop): 2 found in 4 keys',
      '',
      'search/weights.json',
      '  2:   "title": 3,',
      '  3:   "text": 1',
      '',
    ];
    await waitForText(page, lines.join('\n'));
    await followLink(page, '3');
    await savedTab(page, 'search/weights.json').waitFor();
    await statusBarItem(page, 'Ln 3, Col 4').waitFor();
  });

  it('are changed, added and deleted in one document', async () => {
    const { page } = shop;
    const express = { 'checkout/express': { value: 'false' } };
    const newFlow = { 'checkout/new-flow': { value: 'true', metadata: { owner: 'payments' } } };
    const json = (content: unknown) => JSON.stringify(content, undefined, 2);
    await contextMenu(page, /^checkout\/,/, 'Edit Keys as JSON…');
    await waitForText(page, `${json({ ...express, ...newFlow })}\n`);
    await typeOver(page, json({ ...newFlow, 'checkout/new-flow': { value: 'false' }, 'checkout/gift': { value: '' } }));
    await page.keyboard.press('Control+S');
    await agree(
      [
        'Save 3 changes to FLAGS (local, shop)?',
        'Change 1 key: checkout/new-flow',
        'Add 1 key: checkout/gift',
        'Delete 1 key: checkout/express',
        'You can undo this for 7 days.',
      ],
      'Save 3 Changes',
    );
    await shop.waitForValue('flagsPreview', 'checkout/gift', '');
    await takeBack(
      'FLAGS (local, shop): 1 key changed, 1 key added, 1 key deleted.',
      'Undone: 2 keys restored, 1 key removed, in FLAGS (local, shop).',
    );
    const entry = await shop.waitForValue('flagsPreview', 'checkout/new-flow', 'true');
    assert.deepEqual(entry.metadata, { owner: 'payments' });
    await shop.waitForValue('flagsPreview', 'checkout/express', 'false');
  });

  it('are deleted as a group', async () => {
    const { page } = shop;
    await contextMenu(page, /^checkout\/,/, 'Delete Keys');
    await agree(
      [
        'Delete 2 keys from FLAGS (local, shop)?',
        'checkout/express, checkout/new-flow.',
        'You can undo this for 7 days.',
      ],
      'Delete 2 Keys',
    );
    await treeRow(page, /^checkout\/,/).waitFor({ state: 'detached' });
    await takeBack('Deleted 2 keys from FLAGS (local, shop).', 'Undone: 2 keys restored, in FLAGS (local, shop).');
    await treeRow(page, /^checkout\/,/).waitFor();
  });
});
