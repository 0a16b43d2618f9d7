import assert from 'node:assert/strict';
import { nowSeconds } from '../../src/core/entry/entry.ts';
import { eventually } from '../support/eventually.ts';
import {
  activeEditor,
  editorAction,
  editorTab,
  focusEditor,
  savedTab,
  typeOver,
  waitForText,
} from '../support/workbench/editors.ts';
import { untilVisible } from '../support/workbench/effect.ts';
import { notification, statusBarItem } from '../support/workbench/messages.ts';
import { useShop } from '../support/workbench/shop.ts';
import { expandRow, openKey, treeRow } from '../support/workbench/treeView.ts';

describe('a value as a document', () => {
  const shop = useShop(/^CACHE,/);
  afterEach(() => shop.store('cache').deleteMany(['note', 'followed', 'order']));

  it('opens with a click and is saved with Ctrl+S; metadata stays', async () => {
    const { page } = shop;
    await shop.store('cache').put({ key: 'note', value: Buffer.from('Hello'), metadata: { by: 'anna' } });
    await openKey(page, 'note');
    await waitForText(page, 'Hello');
    await statusBarItem(page, 'shop / CACHE').waitFor();
    await statusBarItem(page, 'KV Value').waitFor();
    await typeOver(page, 'Hello again\nfrom KV ');
    await page.keyboard.press('Control+S');
    const entry = await shop.waitForValue('cache', 'note', 'Hello again\nfrom KV ');
    assert.deepEqual(entry.metadata, { by: 'anna' });
    await savedTab(page, 'note').waitFor();
    await treeRow(page, 'note, key, has metadata, local').waitFor();
    assert.equal(await page.locator('.notification-toast').count(), 0);
  });

  it('shows JSON as JSON', async () => {
    const { page } = shop;
    await shop.resize(1100, 720);
    await expandRow(page, /^SESSIONS,/);
    await expandRow(page, /^visitor:,/);
    await expandRow(page, /^pages\/,/);
    await expandRow(page, /^api\/,/);
    await openKey(page, 'api/products');
    await statusBarItem(page, 'JSON').waitFor();
    await waitForText(page, '{\n  "products": 2500,\n  "pages": 25\n}');
    await page.mouse.move(800, 500);
    await shop.picture('view');
  });

  it('takes over what somebody else writes while it is not edited', async () => {
    const { page } = shop;
    await shop.store('cache').put({ key: 'followed', value: Buffer.from('first') });
    await openKey(page, 'followed');
    await waitForText(page, 'first');
    await shop.store('cache').put({ key: 'followed', value: Buffer.from('later'), metadata: 7 });
    await waitForText(page, 'later');
    await treeRow(page, 'followed, key, has metadata, local').waitFor();
    await shop.store('cache').delete('followed');
    await treeRow(page, /^followed,/).waitFor({ state: 'detached' });
  });

  it('opens an image without an ending in VS Code’s image preview', async () => {
    const { page } = shop;
    await expandRow(page, /^images\/,/);
    // VS Code names the tab of a preview by the last part of its address, as it stands there.
    await openKey(page, 'images/logo', 'images%2Flogo');
    await statusBarItem(page, '96x96').waitFor();
    const widths = async () =>
      (await Promise.all(page.frames().map((frame) => frame.locator('img').evaluateAll(imageWidths)))).flat();
    await eventually(async () => assert.ok((await widths()).includes(96)));
  });

  it('opens what an editor would damage read-only, and says why', async () => {
    const { page } = shop;
    await expandRow(page, /^SESSIONS,/);
    await expandRow(page, /^import\/,/);
    await openKey(page, 'import/mixed-line-endings.txt');
    const message = notification(page, 'opens read-only');
    assert.equal(
      await message.locator('.notification-list-item-message').innerText(),
      '“import/mixed-line-endings.txt” opens read-only: it mixes line endings (LF and CRLF), and an editor would make them all the same.',
    );
    await message.getByRole('button', { name: 'Download…' }).waitFor();
    await editorTab(page, 'import/mixed-line-endings.txt').waitFor();
    await focusEditor(page);
    await untilVisible(page.locator('.monaco-editor-overlaymessage'), () => page.keyboard.type('x'));
    await waitForText(page, 'one\ntwo\nthree\n');
  });

  it('opens its metadata and expiration beside it, and saves them', async () => {
    const { page } = shop;
    await shop.resize(1200, 560);
    const expiration = nowSeconds() + 2 * 3600;
    const written = new Date(expiration * 1000).toISOString().replace('.000Z', 'Z');
    await shop
      .store('cache')
      .put({ key: 'order', value: Buffer.from('2 books for Ben'), metadata: { by: 'ben' }, expiration });
    await openKey(page, 'order');
    await waitForText(page, '2 books for Ben');
    await editorAction(page, 'Edit Metadata and Expiration', editorTab(page, 'order (entry)'));
    await waitForText(page, `{\n  "metadata": {\n    "by": "ben"\n  },\n  "expiration": "${written}"\n}\n`);
    await page.mouse.move(500, 400);
    await shop.picture('entry');
    assert.equal(await editorTab(page, /\(entry\)/).innerText(), 'order (entry)');
    assert.equal(await page.locator('.editor-group-container').count(), 2);
    await typeOver(page, '{ "metadata": { "by": "ben" }, "expirationTtl": 20 }');
    await page.keyboard.press('Control+S');
    const refused = notification(page, 'expirationTtl');
    await refused.waitFor();
    assert.match(
      await refused.innerText(),
      /“order” was not written: “expirationTtl” is 20 s, and KV needs at least 60/,
    );
    await typeOver(page, '{ "metadata": ["by", "ben"], "expirationTtl": 3600 }');
    await page.keyboard.press('Control+S');
    await treeRow(page, /^order, key, expires in 59 minutes, has metadata, local$/).waitFor();
    const entry = await shop.waitForValue('cache', 'order', '2 books for Ben');
    assert.deepEqual(entry.metadata, ['by', 'ben']);
    await eventually(async () => assert.match(await activeEditor(page).innerText(), /"expiration":\s"20\d\d-/));
  });
});

const imageWidths = (images: { naturalWidth?: number }[]): (number | undefined)[] =>
  images.map(({ naturalWidth }) => naturalWidth);
