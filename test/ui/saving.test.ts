import assert from 'node:assert/strict';
import {
  dirtyTab,
  editorAction,
  editorButton,
  focusEditor,
  savedTab,
  typeOver,
  waitForText,
} from '../support/workbench/editors.ts';
import { attempt, untilVisible } from '../support/workbench/effect.ts';
import { answerNotification, leave, notification } from '../support/workbench/messages.ts';
import { pick, quickInput, runCommand } from '../support/workbench/quickInput.ts';
import { useShop } from '../support/workbench/shop.ts';
import { expandRow, openKey, openView, treeRow } from '../support/workbench/treeView.ts';

const overwrite = /Use your changes and overwrite/;

describe('saving a value that changed elsewhere', () => {
  const shop = useShop(/^CACHE,/);
  afterEach(() => shop.store('cache').deleteMany(['motto', 'state', 'draft', 'session', 'lost']));

  const put = (key: string, value: string, by: string) =>
    shop.store('cache').put({ key, value: Buffer.from(value), metadata: { by } });

  /** A key of its own, open in an editor, with text that is not saved. */
  async function edited(key: string, value: string, text: string): Promise<void> {
    const { page } = shop;
    await put(key, value, 'anna');
    await openKey(page, key);
    await waitForText(page, value);
    await typeOver(page, text);
    await dirtyTab(page, key).waitFor();
  }

  const conflict = 'The content of the file is newer';

  it('is a conflict, shown side by side, and can be overwritten there', async () => {
    const { page } = shop;
    // From this width on, VS Code compares side by side.
    await shop.resize(1400, 560);
    await edited('motto', 'Books for all,\nsince 2020', 'Books and games,\nsince 2020');
    await put('motto', 'Books for you,\nsince 2020', 'ben');
    await page.keyboard.press('Control+S');
    await answerNotification(page, conflict, 'Compare');
    await page.locator('.monaco-diff-editor .line-delete').first().waitFor();
    await editorButton(page, overwrite).waitFor();
    assert.equal(await editorButton(page, 'Delete Keys').count(), 0);
    await runCommand(page, 'Notifications: Clear All Notifications');
    await page.mouse.move(700, 400);
    await shop.picture('conflict');
    await editorAction(page, overwrite, savedTab(page, 'motto'));
    const entry = await shop.waitForValue('cache', 'motto', 'Books and games,\nsince 2020');
    assert.deepEqual(entry.metadata, { by: 'ben' });
  });

  it('can be overwritten from the message, also when the length is the same', async () => {
    const { page } = shop;
    await edited('state', 'open', 'mine');
    await put('state', 'shut', 'ben');
    await page.keyboard.press('Control+S');
    await answerNotification(page, conflict, 'Overwrite');
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
    await focusEditor(page);
    await page.keyboard.press('Control+S');
    await answerNotification(page, conflict, 'Overwrite');
    const { metadata } = await shop.waitForValue('cache', 'draft', 'not saved');
    assert.deepEqual(metadata, { by: 'ben' });
  });

  it('asks for the expiration of a key that was deleted, and creates it again', async () => {
    const { page } = shop;
    await edited('session', 'signed in', 'signed out');
    await shop.store('cache').delete('session');
    await page.keyboard.press('Control+S');
    const message = notification(page, '“session” was not saved: it was deleted elsewhere.');
    await untilVisible(quickInput(page), () => message.getByText('Choose an expiration').click({ timeout: attempt }));
    await pick(page, 'In 1 hour');
    const entry = await shop.waitForValue('cache', 'session', 'signed out');
    assert.deepEqual(entry.metadata, { by: 'anna' });
    assert.ok(Math.abs((entry.expiration ?? 0) - Date.now() / 1000 - 3600) < 120);
    await savedTab(page, 'session').waitFor();
    await message.waitFor({ state: 'detached' });
  });

  it('asks for the expiration before “Create File” makes a missing key', async () => {
    const { page } = shop;
    await put('lost', 'x', 'anna');
    await openKey(page, 'lost');
    await waitForText(page, 'x');
    await shop.store('cache').delete('lost');
    await treeRow(page, /^lost,/).waitFor({ state: 'detached' });
    await runCommand(page, 'Developer: Reload Window');
    const create = page.locator('.part.editor').getByRole('button', { name: 'Create File' });
    await untilVisible(quickInput(page), () => create.click());
    await pick(page, 'Never');
    const entry = await shop.waitForValue('cache', 'lost', '');
    assert.equal(entry.expiration, undefined);
    await waitForText(page, '');
    await openView(page, 'Cloudflare KV');
    await expandRow(page, /^CACHE,/);
    await treeRow(page, /^lost,/).waitFor();
  });
});
