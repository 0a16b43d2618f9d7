import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { editorTab, savedTab, typeOver, waitForText } from '../support/workbench/editors.ts';
import { untilVisible } from '../support/workbench/effect.ts';
import { answerDialog, answerNotification, dialog, dialogLines, notification } from '../support/workbench/messages.ts';
import { enterText, pick, quickInput, quickInputMessage, runCommand } from '../support/workbench/quickInput.ts';
import { useShop } from '../support/workbench/shop.ts';
import {
  contextMenu,
  expandRow,
  focusedRow,
  openKey,
  pressInTree,
  rowAction,
  selectRow,
  treeRow,
} from '../support/workbench/treeView.ts';

describe('keys', () => {
  const shop = useShop(/^SESSIONS,/, /^user:,/, /^FLAGS,/);

  const clipboard = () => shop.page.evaluate('navigator.clipboard.readText()');

  it('are deleted together by a key press, after a question, and come back with Undo', async () => {
    const { page } = shop;
    await shop.resize(1100, 720);
    const before = await shop.store('sessions').get('user:1002');
    await openKey(page, 'user:1001');
    await selectRow(page, /^user:1002,/, 'Shift');
    await selectRow(page, /^greeting,/, 'Control');
    await untilVisible(dialog(page), () => pressInTree(page, 'Delete'));
    assert.deepEqual(await dialogLines(page), [
      'Delete 5 keys from SESSIONS (local, shop)?',
      'user:1001, user:1002, greeting and 2 more.',
      'You can undo this for 7 days.',
    ]);
    await shop.picture('delete');
    await answerDialog(page, 'Delete 5 Keys');
    for (const gone of [/^user:1001,/, /^user:1001:,/, /^user:1002,/, /^greeting,/]) {
      await treeRow(page, gone).waitFor({ state: 'detached' });
    }
    await treeRow(page, /^user:1002:,/).waitFor();
    await shop.waitForNoKey('sessions', 'user:1001:cart');
    await answerNotification(page, 'Deleted 5 keys from SESSIONS (local, shop).', 'Undo');
    await notification(page, 'Undone: 5 keys restored, in SESSIONS (local, shop).').waitFor();
    await treeRow(page, 'greeting, key, has metadata, local').waitFor();
    await treeRow(page, /^user:1001:,/).waitFor();
    assert.deepEqual(await shop.store('sessions').get('user:1002'), before);
  });

  it('stay when the question is dismissed', async () => {
    const { page } = shop;
    await expandRow(page, /^home\/,/);
    await openKey(page, 'home/banner');
    await untilVisible(dialog(page), () => pressInTree(page, 'Delete'));
    await dialog(page).getByText('Delete 1 key from FLAGS (local, shop)?').waitFor();
    await page.keyboard.press('Escape');
    await dialog(page).waitFor({ state: 'detached' });
    await contextMenu(page, /^home\/banner,/, 'Delete Keys');
    await answerDialog(page, 'Cancel');
    await treeRow(page, /^home\/banner,/).waitFor();
    assert.ok(await shop.store('flagsPreview').get('home/banner'));
  });

  it('are renamed with F2; the open editor follows', async () => {
    const { page } = shop;
    await shop.store('sessions').put({ key: 'guest', value: Buffer.from('Fatima'), metadata: { plan: 'free' } });
    await openKey(page, 'guest');
    await untilVisible(quickInput(page), () => pressInTree(page, 'F2'));
    await eventually(async () => assert.equal(await quickInput(page).inputValue(), 'guest'));
    await quickInput(page).fill('greeting');
    await quickInputMessage(page, '“greeting” exists already. Choose another name.').waitFor();
    await enterText(page, 'visitor');
    await treeRow(page, 'visitor, key, has metadata, local').waitFor();
    await treeRow(page, /^guest,/).waitFor({ state: 'detached' });
    await savedTab(page, 'visitor').waitFor();
    await waitForText(page, 'Fatima');
    assert.deepEqual((await shop.store('sessions').get('visitor'))?.metadata, { plan: 'free' });
    await shop.store('sessions').delete('visitor');
  });

  it('give their name to Ctrl+C, several one a line', async () => {
    const { page } = shop;
    await openKey(page, 'user:1003');
    await selectRow(page, /^user:1004,/, 'Control');
    await pressInTree(page, 'Control+C');
    await eventually(async () => assert.equal(await clipboard(), 'user:1003\nuser:1004'));
  });

  it('are meant by a key press when they have the focus, not when they were clicked', async () => {
    const { page } = shop;
    const before = await shop.store('sessions').get('user:1004');
    /** The click opens it, Arrow Down goes past the group of its own keys. */
    const goDown = async () => {
      await selectRow(page, /^user:1003,/);
      await pressInTree(page, 'ArrowDown');
      await focusedRow(page, /^user:1003:,/);
      await pressInTree(page, 'ArrowDown');
      await focusedRow(page, /^user:1004,/);
    };
    await openKey(page, 'user:1003');
    await goDown();
    await pressInTree(page, 'Control+C');
    await eventually(async () => assert.equal(await clipboard(), 'user:1004'));
    await goDown();
    await untilVisible(quickInput(page), () => pressInTree(page, 'F2'));
    await eventually(async () => assert.equal(await quickInput(page).inputValue(), 'user:1004'));
    await page.keyboard.press('Escape');
    await goDown();
    await untilVisible(dialog(page), () => pressInTree(page, 'Delete'));
    assert.deepEqual((await dialogLines(page)).slice(0, 2), [
      'Delete 1 key from SESSIONS (local, shop)?',
      'user:1004.',
    ]);
    await answerDialog(page, 'Delete 1 Key');
    await treeRow(page, /^user:1004,/).waitFor({ state: 'detached' });
    // One Delete after the other works.
    await focusedRow(page, /^user:1004:,/);
    assert.ok(before && (await shop.store('sessions').get('user:1003')));
    await shop.store('sessions').put(before);
    await treeRow(page, /^user:1004,/).waitFor();
  });

  it('are made with a name that is checked while it is typed', async () => {
    const { page } = shop;
    await rowAction(page, /^FLAGS,/, 'New Key…');
    const tell = async (key: string, message: string) => {
      await quickInput(page).fill(key);
      await quickInputMessage(page, message).waitFor();
    };
    await tell('..', '“..” cannot be a key.');
    await tell('é'.repeat(257), 'A key has 512 bytes at most: 514 now.');
    await tell('é'.repeat(240), '32 bytes left');
    await tell('home/banner', '“home/banner” exists already. Choose another name.');
    await enterText(page, 'footer/text');
    await pick(page, 'Empty value');
    await editorTab(page, 'footer/text').waitFor();
    await waitForText(page, '');
    await typeOver(page, '© Shop');
    await page.keyboard.press('Control+S');
    await shop.waitForValue('flagsPreview', 'footer/text', '© Shop');
    await treeRow(page, /^footer\/,/).waitFor();
    await shop.store('flagsPreview').delete('footer/text');
    await treeRow(page, /^footer\/,/).waitFor({ state: 'detached' });
  });

  it('are found by their beginning from anywhere', async () => {
    const { page } = shop;
    await openKey(page, 'empty');
    await runCommand(page, 'Cloudflare KV: Open Value…');
    await pick(page, 'CATALOG');
    await quickInput(page).fill('game:021');
    await pick(page, 'game:0213');
    await waitForText(page, '{\n  "sku": "game:0213",\n  "price": 49\n}');
  });
});
