import assert from 'node:assert/strict';
import {
  dirtyTab,
  editorTab,
  expandRow,
  leave,
  notification,
  openView,
  pick,
  runCommand,
  savedTab,
  treeRow,
  typeOver,
  waitForText,
} from '../support/page.ts';
import { type Shop, sharedShop } from '../support/shop.ts';

describe('saving a value that changed elsewhere', function () {
  this.timeout(60_000);
  let shop: Shop;

  before(async () => {
    shop = await sharedShop();
    await openCache();
  });
  beforeEach(() => shop.tidy());
  afterEach(() => shop.store('cache').deleteMany(['motto', 'state', 'draft', 'session', 'lost']));

  async function openCache(): Promise<void> {
    await openView(shop.page, 'Cloudflare KV');
    await expandRow(shop.page, /^CACHE,/);
  }

  const put = (key: string, value: string, by: string) =>
    shop.store('cache').put({ key, value: Buffer.from(value), metadata: { by } });

  /** A key of its own, open in an editor, with text that is not saved. */
  async function edited(key: string, value: string, text: string): Promise<void> {
    const { page } = shop;
    await put(key, value, 'anna');
    await treeRow(page, new RegExp(`^${key},`)).click();
    await waitForText(page, value);
    await typeOver(page, text);
    await dirtyTab(page, key).waitFor();
  }

  const conflict = () => notification(shop.page, 'The content of the file is newer');

  it('is a conflict, shown side by side, and can be overwritten there', async () => {
    const { page } = shop;
    // From this width on, VS Code compares side by side.
    await shop.resize(1400, 560);
    await edited('motto', 'Books for all,\nsince 2020', 'Books and games,\nsince 2020');
    await put('motto', 'Books for you,\nsince 2020', 'ben');
    await page.keyboard.press('Control+S');
    await conflict().getByRole('button', { name: 'Compare' }).click();
    await page.locator('.monaco-diff-editor .line-delete').first().waitFor();
    const actions = page.locator('.editor-group-container.active .editor-actions');
    const overwrite = actions.getByRole('button', { name: /Use your changes and overwrite/ });
    await overwrite.waitFor();
    assert.equal(await actions.getByRole('button', { name: 'Delete Keys' }).count(), 0);
    await runCommand(page, 'Notifications: Clear All Notifications');
    await page.mouse.move(700, 400);
    await shop.picture('conflict');
    await overwrite.click();
    const entry = await shop.waitForValue('cache', 'motto', 'Books and games,\nsince 2020');
    assert.deepEqual(entry.metadata, { by: 'ben' });
    await savedTab(page, 'motto').waitFor();
  });

  it('can be overwritten from the message, also when the length is the same', async () => {
    const { page } = shop;
    await edited('state', 'open', 'mine');
    await put('state', 'shut', 'ben');
    await page.keyboard.press('Control+S');
    await conflict().getByRole('button', { name: 'Overwrite' }).click();
    await shop.waitForValue('cache', 'state', 'mine');
    await savedTab(page, 'state').waitFor();
  });

  it('brings unsaved text back after a reload, and knows of a change made meanwhile', async () => {
    const { page } = shop;
    await edited('draft', 'one', 'not saved');
    const address = page.url();
    await leave(page);
    await put('draft', 'two', 'ben');
    await page.goto(address);
    await dirtyTab(page, 'draft').waitFor();
    await waitForText(page, 'not saved');
    await editorTab(page, 'draft').click();
    await page.keyboard.press('Control+S');
    await conflict().getByRole('button', { name: 'Overwrite' }).click();
    const { metadata } = await shop.waitForValue('cache', 'draft', 'not saved');
    assert.deepEqual(metadata, { by: 'ben' });
    await openCache();
  });

  it('asks for the expiration of a key that was deleted, and creates it again', async () => {
    const { page } = shop;
    await edited('session', 'signed in', 'signed out');
    await shop.store('cache').delete('session');
    await page.keyboard.press('Control+S');
    const message = notification(page, '“session” was not saved: it was deleted elsewhere.');
    await message.getByText('Choose an expiration').click();
    await pick(page, 'In 1 hour');
    const entry = await shop.waitForValue('cache', 'session', 'signed out');
    assert.deepEqual(entry.metadata, { by: 'anna' });
    assert.ok(Math.abs((entry.expiration ?? 0) - Date.now() / 1000 - 3600) < 30);
    await savedTab(page, 'session').waitFor();
    await message.waitFor({ state: 'detached' });
  });

  it('asks for the expiration before “Create File” makes a missing key', async () => {
    const { page } = shop;
    await put('lost', 'x', 'anna');
    await treeRow(page, /^lost,/).click();
    await waitForText(page, 'x');
    await shop.store('cache').delete('lost');
    await treeRow(page, /^lost,/).waitFor({ state: 'detached' });
    await runCommand(page, 'Developer: Reload Window');
    await page.locator('.part.editor').getByRole('button', { name: 'Create File' }).click();
    await pick(page, 'Never');
    const entry = await shop.waitForValue('cache', 'lost', '');
    assert.equal(entry.expiration, undefined);
    await waitForText(page, '');
    await openCache();
    await treeRow(page, /^lost,/).waitFor();
  });
});
