import assert from 'node:assert/strict';
import { answerDialog, expandRow, notification, treeRow } from '../support/page.ts';
import { type Shop, sharedShop } from '../support/shop.ts';

describe('dragging a key', function () {
  this.timeout(60_000);
  let shop: Shop;

  before(async () => {
    shop = await sharedShop();
  });
  beforeEach(async () => {
    await shop.tidy();
    await shop.collapse();
    await shop.store('cache').put({ key: 'dragged', value: Buffer.from('along'), metadata: { by: 'anna' } });
    await expandRow(shop.page, /^CACHE,/);
  });
  afterEach(async () => {
    await shop.store('cache').delete('dragged');
    await shop.store('sessions').delete('dragged');
  });

  it('to another namespace copies it with its metadata, and can be undone', async () => {
    const { page } = shop;
    await treeRow(page, /^dragged,/).dragTo(treeRow(page, /^SESSIONS,/));
    const copied = await shop.waitForValue('sessions', 'dragged', 'along');
    assert.deepEqual(copied.metadata, { by: 'anna' });
    await notification(page, 'Copied 1 key to SESSIONS (local, shop).').getByRole('button', { name: 'Undo' }).click();
    await shop.waitForNoKey('sessions', 'dragged');
    await shop.waitForValue('cache', 'dragged', 'along');
  });

  it('over one that exists asks first', async () => {
    const { page } = shop;
    await shop.store('sessions').put({ key: 'dragged', value: Buffer.from('there before') });
    await treeRow(page, /^dragged,/).dragTo(treeRow(page, /^SESSIONS,/));
    await answerDialog(page, 'Overwrite');
    await shop.waitForValue('sessions', 'dragged', 'along');
  });
});
