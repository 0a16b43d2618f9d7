import assert from 'node:assert/strict';
import { type ServerProcess, startServerProcess } from '../support/cloudflare/serverProcess.ts';
import { eventually } from '../support/eventually.ts';
import { activeEditor } from '../support/workbench/editors.ts';
import { answerDialog, answerNotification, dialog, dialogLines, notification } from '../support/workbench/messages.ts';
import { figure, pageFrame, tableText } from '../support/workbench/pages.ts';
import { enterText, pick, runCommand } from '../support/workbench/quickInput.ts';
import { openShop, type Shop } from '../support/workbench/shop.ts';
import { contextMenu } from '../support/workbench/treeView.ts';

const KEYS = 4000;

describe('the page of jobs inside Cloudflare', function () {
  this.timeout(480_000);
  let server: ServerProcess;
  let shop: Shop;
  before(async () => {
    server = await startServerProcess();
    await server.command({ inside: { pace: { turnMs: 300, settleMs: 300 } } });
    const { namespaces } = await server.command({ create: ['orders', 'orders-copy'] });
    const entries = Array.from({ length: KEYS }, (_, i) => ({ key: `order:${i}`, value: JSON.stringify({ i }) }));
    const path = `accounts/${server.accountId}/storage/kv/namespaces/${namespaces.orders}/bulk`;
    const { ok } = await fetch(`${server.baseUrl}/${path}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(entries),
    });
    assert.ok(ok);
    shop = await openShop({ settings: { 'cloudflareKv.remote.apiBaseUrl': server.baseUrl } });
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
  });

  it('is reached by a question that shows first what will be uploaded', async () => {
    const { page } = shop;
    await contextMenu(page, /^orders,/, 'Run Inside Cloudflare…');
    await pick(page, 'Copy to Another Namespace…');
    await pick(page, 'orders-copy');
    await pick(page, 'Every Key');
    await dialog(page).waitFor();
    const [question, ...detail] = await dialogLines(page);
    assert.match(question ?? '', /^Copy 4,000 keys from orders .* to orders-copy .* inside Cloudflare\?$/);
    assert.ok(detail.length >= 6);
    await shop.screenshot('jobs-consent');
    await answerDialog(page, 'Show What Will Be Uploaded');
    await activeEditor(page).getByText('main_module').waitFor();
    await shop.screenshot('jobs-upload');
    await answerNotification(page, /Copy 4,000 keys from orders/, 'Copy Inside Cloudflare');
  });

  it('follows the job to its end, and has what became of the keys', async () => {
    const { page } = shop;
    const frame = pageFrame(page);
    await frame.getByRole('heading', { name: /^Copy of orders to orders-copy/ }).waitFor({ timeout: 120_000 });
    await frame.getByRole('button', { name: 'Pause' }).waitFor();
    await frame.getByRole('progressbar').waitFor();
    await shop.screenshot('jobs-running');
    await notification(page, /Copied 4,000 keys to orders-copy/).waitFor({ timeout: 240_000 });
    await frame.getByText('Nothing of it is left in the account.').waitFor();
    const rows = await tableText(figure(page, 'What became of the keys'));
    assert.deepEqual(rows.slice(1, 3), [
      ['Keys found', '4,000'],
      ['Keys written', '4,000'],
    ]);
    await shop.screenshot('jobs-done');
    await eventually(async () => assert.deepEqual((await server.command({})).violations, []));
  });
});
