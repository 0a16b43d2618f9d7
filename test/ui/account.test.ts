import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type ServerProcess, startServerProcess } from '../support/cloudflare/serverProcess.ts';
import { eventually } from '../support/eventually.ts';
import { editorTab, savedTab, typeOver } from '../support/workbench/editors.ts';
import { attempt, patience, untilVisible } from '../support/workbench/effect.ts';
import {
  answerDialog,
  answerNotification,
  dialog,
  dialogLines,
  notification,
  statusBarItem,
} from '../support/workbench/messages.ts';
import { walkthroughPicture } from '../support/workbench/picture.ts';
import { acceptPath, enterText, pick, quickInput, runCommand } from '../support/workbench/quickInput.ts';
import { openShop, type Shop } from '../support/workbench/shop.ts';
import {
  collapseRow,
  contextMenu,
  expandRow,
  focusedRow,
  openKey,
  pressInTree,
  selectRow,
  treeRow,
  treeRows,
  waitForBadge,
} from '../support/workbench/treeView.ts';

/** Between red and yellow, and not pale: what a person takes for caution, and nobody for green. */
function isOrange(color: string): boolean {
  const [red = 0, green = 0, blue = 0] = (color.match(/\d+/g) ?? []).map(Number);
  const hue = (60 * (green - blue)) / (red - blue);
  return red > green && green > blue && hue >= 15 && hue <= 40 && red - blue > 90;
}

describe('an account', () => {
  let server: ServerProcess;
  let account: string;
  let shop: Shop;
  let isSignedIn = false;
  before(async () => {
    server = await startServerProcess();
    await server.command({ create: ['sessions'], makeUp: { title: 'visits', keys: 12_400 } });
    // A server that a setting names is part of the account's name.
    account = `${server.accountName} at ${new URL(server.baseUrl).host}`;
    shop = await openShop({ settings: { 'cloudflareKv.remote.apiBaseUrl': server.baseUrl } });
  });
  after(async () => {
    await shop?.close();
    await server?.stop();
  });
  beforeEach(() => shop.tidy());

  const signIn = async (): Promise<void> => {
    const { page } = shop;
    await runCommand(page, 'Cloudflare KV: Sign In…');
    await pick(page, 'API Token');
    await enterText(page, server.token);
    await notification(page, `Signed in to ${server.accountName}.`).waitFor();
    isSignedIn = true;
  };
  /** A namespace of a test's own with one key in it, as somebody else has made it. */
  const createWithKey = async (title: string, key: string): Promise<void> => {
    const { namespaces } = await server.command({ create: [title] });
    const path = `accounts/${server.accountId}/storage/kv/namespaces/${namespaces[title]}/values/${key}`;
    const { ok } = await fetch(`${server.baseUrl}/${path}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${server.token}` },
      body: 'Hello from afar',
    });
    assert.ok(ok);
    await runCommand(shop.page, 'Cloudflare KV: Refresh');
    await treeRow(shop.page, new RegExp(`^${title}, namespace`)).waitFor();
  };

  it('appears after signing in with a token, marked as remote', async () => {
    const { page } = shop;
    await signIn();
    await treeRow(page, `${account} · remote, KV of this account`).waitFor();
    await treeRow(page, /^sessions, namespace, .*, remote$/).waitFor();
    await eventually(async () => assert.deepEqual((await treeRows(page)).at(-3), `1 ${account} · remote`), patience);
    await waitForBadge(treeRow(page, new RegExp(`^${account}`)), 'R');
    await waitForBadge(treeRow(page, /^sessions,/), 'R');
    await waitForBadge(treeRow(page, /^SESSIONS,/), '');
  });

  describe('that somebody is signed in to', () => {
    beforeEach(async () => {
      if (isSignedIn) return;
      await signIn();
      await shop.tidy();
      await treeRow(shop.page, /^sessions, namespace, .*, remote$/).waitFor();
    });

    const themes = ['Dark High Contrast', 'Light High Contrast', 'Light Modern', 'Solarized Light', 'Dark Modern'];
    for (const theme of themes) {
      it(`has a colour of its own in ${theme}, which reads as caution`, async () => {
        const { page } = shop;
        const colorOf = (row: RegExp): Promise<string> =>
          treeRow(page, row)
            .locator('.monaco-icon-label')
            .first()
            .evaluate((element) => element.ownerDocument.defaultView?.getComputedStyle(element).color ?? '');
        await runCommand(page, 'Preferences: Color Theme');
        await quickInput(page).fill(theme);
        await pick(page, theme);
        await eventually(async () => {
          const color = await colorOf(/^sessions,/);
          assert.notEqual(color, await colorOf(/^SESSIONS,/));
          assert.equal(isOrange(color), true, color);
        }, patience);
        await shop.screenshot(`colour-${theme}`);
      });
    }

    it('has values that open, are saved with Ctrl+S only, and say where they are', async () => {
      const { page } = shop;
      await expandRow(page, /^sessions,/);
      await untilVisible(quickInput(page), () => treeRow(page, /^No keys yet,/).click({ timeout: attempt }));
      await enterText(page, 'greeting');
      await pick(page, 'Empty value');
      await treeRow(page, 'greeting, key, remote').waitFor();
      await openKey(page, 'greeting');
      await waitForBadge(editorTab(page, 'greeting'), 'R');
      await typeOver(page, 'Hello from afar');
      await statusBarItem(page, `${account} / sessions`).and(page.locator('.warning-kind')).waitFor();
      await page.keyboard.press('Control+S');
      await savedTab(page, 'greeting').waitFor();
      await statusBarItem(page, `${account} / sessions · may be stale elsewhere`).waitFor();
      const { counts } = await server.command({});
      assert.equal(counts.putValue, 2);
      await shop.resize(1100, 640);
      await expandRow(page, /^SESSIONS,/);
      await treeRow(page, /^greeting, key, has metadata, local/).waitFor();
      await page.mouse.move(800, 400);
      await shop.picture('sides');
      await collapseRow(page, /^SESSIONS,/);
      await shop.resize(900, 620);
      await treeRow(page, 'greeting, key, remote').click({ button: 'right' });
      await page.getByRole('menuitem', { name: 'Copy to Local…' }).waitFor();
      await walkthroughPicture(page, 'pull', { x: 0, y: 180 });
      await page.keyboard.press('Escape');
    });

    it('marks a document of many of its keys, too', async () => {
      const { page } = shop;
      await contextMenu(page, /^sessions,/, 'Edit Keys as JSON…');
      await waitForBadge(editorTab(page, 'sessions.json'), 'R');
      await typeOver(page, '{}');
      await statusBarItem(page, `${account} / sessions`).and(page.locator('.warning-kind')).waitFor();
    });

    it('is copied to a local namespace from the menu of its own', async () => {
      const { page } = shop;
      await createWithKey('tales', 'greeting');
      await contextMenu(page, /^tales,/, 'Copy to Local…');
      await pick(page, 'CACHE (local, shop)');
      await dialog(page).waitFor();
      assert.deepEqual((await dialogLines(page)).slice(0, 2), [
        `Copy 1 key from tales (${account}) to CACHE (local, shop)?`,
        'Only CACHE (local, shop) changes: 1 added.',
      ]);
      await answerDialog(page, 'Copy 1 Key');
      await shop.waitForValue('cache', 'greeting', 'Hello from afar');
      await answerNotification(page, 'CACHE (local, shop) now has what tales', 'Undo');
      await shop.waitForNoKey('cache', 'greeting');
    });

    it('has namespaces that F2 renames and Delete deletes, which leaves the focus on the row beside it', async () => {
      const { page } = shop;
      await server.command({ create: ['aside'] });
      await runCommand(page, 'Cloudflare KV: Refresh');
      await selectRow(page, /^aside,/);
      await untilVisible(quickInput(page), () => pressInTree(page, 'F2'));
      await enterText(page, 'abandoned');
      await selectRow(page, /^abandoned,/);
      await server.command({ reset: true });
      await untilVisible(dialog(page), () => pressInTree(page, 'Delete'));
      await dialog(page).getByText(`Delete abandoned (${account}) with 0 keys?`).waitFor();
      await answerDialog(page, 'Delete Namespace');
      await enterText(page, 'abandoned');
      await treeRow(page, /^abandoned,/).waitFor({ state: 'detached' });
      await focusedRow(page, /^sessions,/);
      const { counts } = await server.command({});
      assert.deepEqual(counts, { listKeys: 1, deleteNamespace: 1 });
    });

    it('is not read for long before the estimate is agreed to', async () => {
      const { page } = shop;
      await server.command({ reset: true });
      await contextMenu(page, /^visits,/, 'Export Keys…');
      await pick(page, 'NDJSON');
      await acceptPath(page, `Export Keys of visits (${account})`, join(shop.workspace, 'visits.ndjson'));
      await dialog(page).waitFor();
      assert.deepEqual(await dialogLines(page), [
        `Export 12,400 keys from visits (${account})?`,
        '137 requests, 12,400 reads, 13 lists: 12% of the free plan’s day, under $0.01 on the paid plan. Each value that is not text takes one more request. It takes about 14 s.',
      ]);
      await shop.screenshot('estimate');
      await answerDialog(page, 'Cancel');
      const { counts } = await server.command({});
      assert.deepEqual(counts, { listKeys: 13 });
    });

    it('goes with what is shown of it when it is signed out', async () => {
      const { page } = shop;
      await createWithKey('verses', 'farewell');
      await expandRow(page, /^verses,/);
      await openKey(page, 'farewell');
      await contextMenu(page, new RegExp(`^${account}`), 'Sign Out…');
      await dialog(page).getByText(`Sign out of ${server.accountName}?`).waitFor();
      await answerDialog(page, /^Sign Out/);
      isSignedIn = false;
      await treeRow(page, new RegExp(`^${account}`)).waitFor({ state: 'detached' });
      await editorTab(page, 'farewell').waitFor({ state: 'detached' });
    });
  });
});
