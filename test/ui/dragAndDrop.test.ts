import assert from 'node:assert/strict';
import { answerDialog, answerNotification, dialog, notification } from '../support/workbench/messages.ts';
import { useShop } from '../support/workbench/shop.ts';
import { dragRow, treeRow } from '../support/workbench/treeView.ts';

describe('dragging a key', () => {
  const shop = useShop(/^CACHE,/);
  beforeEach(async () => {
    await shop.store('cache').put({ key: 'dragged', value: Buffer.from('along'), metadata: { by: 'anna' } });
    await treeRow(shop.page, /^dragged,/).waitFor();
  });
  afterEach(async () => {
    await shop.store('cache').delete('dragged');
    await shop.store('sessions').delete('dragged');
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

  it('over one that exists asks first', async () => {
    const { page } = shop;
    await shop.store('sessions').put({ key: 'dragged', value: Buffer.from('there before') });
    await dragRow(page, /^dragged,/, /^SESSIONS,/, dialog(page));
    await answerDialog(page, 'Overwrite');
    await shop.waitForValue('sessions', 'dragged', 'along');
  });
});
