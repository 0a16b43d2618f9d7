import assert from 'node:assert/strict';
import { dayOf } from '../../src/core/usage/days.ts';
import { type ServerProcess, startServerProcess } from '../support/cloudflare/serverProcess.ts';
import { someUsage } from '../support/cloudflare/someUsage.ts';
import { eventually } from '../support/eventually.ts';
import { editorTab } from '../support/workbench/editors.ts';
import { attempt, patience, untilVisible } from '../support/workbench/effect.ts';
import { keptLayout } from '../support/workbench/keptLayout.ts';
import { leave, notification } from '../support/workbench/messages.ts';
import { figure, pageFrame, tableText } from '../support/workbench/pages.ts';
import { enterText, pick, quickInput, runCommand } from '../support/workbench/quickInput.ts';
import { openShop, type Shop } from '../support/workbench/shop.ts';
import { contextMenu, expandRow, openKey, openView, treeRow } from '../support/workbench/treeView.ts';

describe('the usage page', () => {
  const titles = ['sessions', 'flags', 'cache'];
  let server: ServerProcess;
  let shop: Shop;
  let today: string;
  /** What a page must not do, as the browser tells it. */
  const complaints: string[] = [];
  before(async () => {
    server = await startServerProcess();
    const { namespaces } = await server.command({ create: titles });
    today = dayOf(Date.now());
    const ids = titles.map((title) => namespaces[title] ?? '');
    await server.command({ usage: someUsage(server.accountId, ids, today) });
    shop = await openShop({ settings: { 'cloudflareKv.remote.apiBaseUrl': server.baseUrl } });
    shop.page.on('console', (message) => {
      const text = message.text();
      if (/content security policy/i.test(text) && /dist\/media|inline/.test(text)) complaints.push(text);
    });
    const { page } = shop;
    await runCommand(page, 'Cloudflare KV: Sign In…');
    await pick(page, 'API Token');
    await enterText(page, server.token);
    await notification(page, `Signed in to ${server.accountName}.`).waitFor();
    await shop.tidy();
  });
  after(async () => {
    await shop?.close();
    await server?.stop();
    assert.deepEqual(complaints, []);
  });

  const account = /^Acme Inc at /;
  const operations = /^Operations a day/;
  const open = async (): Promise<void> => {
    await contextMenu(shop.page, account, 'Show Usage');
    await figure(shop.page, operations).waitFor();
  };

  it('draws the account’s operations, and reads them out as a table', async () => {
    const { page } = shop;
    await open();
    const picture = figure(page, 'Operations a day, last 7 days');
    await eventually(async () => assert.equal(await picture.locator('.mark').count(), 28), patience);
    await picture.getByRole('button', { name: 'Show as Table' }).click();
    await eventually(async () => {
      const rows = await tableText(picture);
      assert.equal(rows.length, 8);
      assert.deepEqual(rows[0], ['Day (UTC)', 'Reads', 'Writes', 'Deletes', 'Lists']);
      assert.equal(rows.at(-1)?.[0], today);
    }, patience);
    // The other pictures are there, with what they say.
    const busiest = figure(page, /^Operations by namespace/);
    await busiest.getByRole('button', { name: 'Show as Table' }).click();
    const firsts = async (name: RegExp) => (await tableText(figure(page, name))).map(([first]) => first);
    await eventually(async () => {
      assert.deepEqual((await firsts(/^Operations by namespace/)).slice(1), ['sessions', 'flags', 'cache']);
      assert.deepEqual(await firsts(/^Cost on the paid plan/), [
        'Item',
        'Reads',
        'Writes',
        'Deletes',
        'Lists',
        'Storage',
        'Total',
      ]);
    }, patience);
    await shop.screenshot('usage-tables');
  });

  it('is walked through with the keys, a tooltip on every mark', async () => {
    const { page } = shop;
    const picture = figure(page, operations);
    await picture.getByRole('button', { name: 'Show as Table' }).click();
    await picture.locator('.mark').first().focus();
    const tip = pageFrame(page).getByRole('tooltip');
    await tip.getByText(/, Reads: [\d,]+$/).waitFor();
    await page.keyboard.press('ArrowRight');
    await tip.getByText(/, Writes: [\d,]+$/).waitFor();
    await page.keyboard.press('End');
    await tip.getByText(/, Lists: [\d,]+$/).waitFor();
    await page.keyboard.press('Escape');
    await tip.waitFor({ state: 'hidden' });
  });

  it('shows other days, and is the same after it was hidden', async () => {
    const { page } = shop;
    await pageFrame(page).getByRole('button', { name: '31 Days' }).click();
    await figure(page, 'Operations a day, last 31 days').waitFor();
    await expandRow(page, /^SESSIONS,/);
    await openKey(page, 'greeting');
    await editorTab(page, /^Usage of/).click();
    await figure(page, 'Operations a day, last 31 days').waitFor();
    // This one was left as a table.
    await figure(page, /^Operations by namespace/)
      .getByRole('table')
      .waitFor();
  });

  for (const theme of ['Light High Contrast', 'Dark High Contrast', 'Light Modern', 'Dark Modern']) {
    it(`has colours that differ in ${theme}`, async () => {
      const { page } = shop;
      await runCommand(page, 'Preferences: Color Theme');
      await quickInput(page).fill(theme);
      await pick(page, theme);
      const colours = (): Promise<string[]> =>
        figure(page, operations)
          .locator('.mark')
          .evaluateAll((marks) => [
            ...new Set(marks.map((mark) => mark.ownerDocument.defaultView?.getComputedStyle(mark).fill ?? '')),
          ]);
      await eventually(async () => assert.equal((await colours()).length, 4), patience);
      await shop.screenshot(`usage-${theme}`);
    });
  }

  it('has its picture', async () => {
    const { page } = shop;
    await treeRow(page, account).waitFor();
    await page.mouse.move(200, 700);
    await shop.resize(1100, 900);
    await pageFrame(page).getByRole('heading', { level: 1 }).scrollIntoViewIfNeeded();
    await shop.picture('usage');
  });

  it('is the same after a reload of the window', async () => {
    const { page } = shop;
    const address = page.url();
    await keptLayout(page, /usage.*days\W+31\W.*busiest/);
    await leave(page);
    await page.goto(address);
    // This browser forgets what is secret with its page: the usage page says so, and knows what it was of.
    const signIn = pageFrame(page).getByRole('alert').getByRole('button', { name: 'Sign In…' });
    await untilVisible(signIn, () => editorTab(page, /^Usage of/).click({ timeout: attempt }));
    await untilVisible(quickInput(page), () => signIn.click({ timeout: attempt }));
    await pick(page, 'API Token');
    await enterText(page, server.token);
    await figure(page, 'Operations a day, last 31 days').waitFor();
    await figure(page, /^Operations by namespace/)
      .getByRole('table')
      .waitFor();
    await openView(page, 'Cloudflare KV');
  });

  it('says what to do where the token may not read it', async () => {
    const { page } = shop;
    await shop.tidy();
    const { token } = await server.command({ token: { analytics: false } });
    await runCommand(page, 'Cloudflare KV: Sign In…');
    await pick(page, 'API Token');
    await enterText(page, token ?? '');
    await notification(page, `Signed in to ${server.accountName}.`).waitFor();
    await server.command({ usage: { operations: [], storage: [] } });
    await contextMenu(page, /^flags,/, 'Show Usage');
    const alert = pageFrame(page).getByRole('alert');
    await alert.getByText('“Account Analytics: Read”').waitFor();
    await alert.getByRole('button', { name: 'Try Again' }).waitFor();
    await shop.screenshot('usage-forbidden');
  });
});
