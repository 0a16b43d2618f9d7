import assert from 'node:assert/strict';
import { type ServerProcess, startServerProcess } from '../support/cloudflare/serverProcess.ts';
import { answerDialog, dialog, dialogLines, notification } from '../support/workbench/messages.ts';
import { enterText, pick, runCommand } from '../support/workbench/quickInput.ts';
import { openShop, type Shop } from '../support/workbench/shop.ts';
import { callTool } from '../support/workbench/toolCaller.ts';
import { treeRow } from '../support/workbench/treeView.ts';

describe('a tool that another extension calls', () => {
  let server: ServerProcess;
  let shop: Shop;
  before(async () => {
    server = await startServerProcess();
    await server.command({ create: ['sessions'] });
    shop = await openShop({
      toolCaller: true,
      settings: { 'cloudflareKv.remote.apiBaseUrl': server.baseUrl, 'cloudflareKv.tools.write': true },
    });
  });
  after(async () => {
    await shop?.close();
    await server?.stop();
  });
  beforeEach(() => shop.tidy());

  const put = 'cloudflare_kv_put_value';
  const value = '{\n  "theme": "dark",\n  "beta": true\n}\n';

  it('shows what it is about to write in a question of ours, and writes when that is agreed to', async () => {
    const { page } = shop;
    await shop
      .store('flagsPreview')
      .put({ key: 'ui', value: Buffer.from('{"theme":"light"}'), metadata: { by: 'anna' } });
    await shop.resize(900, 560);
    await callTool(page, put, { namespace: 'FLAGS', key: 'ui', value });
    await dialog(page).waitFor();
    assert.deepEqual(await dialogLines(page), [
      'Write “ui” to FLAGS (local, shop)?',
      'A language model or an extension asks for this.',
      'Stored now: JSON, 17 bytes.',
      'To be written: JSON, 38 bytes.',
      '    {',
      '      "theme": "dark",',
      '      "beta": true',
      '    }',
      'It never expires.',
      'Metadata: {"by":"anna"}',
      'You can undo this for 7 days.',
    ]);
    await shop.picture('tool');
    await answerDialog(page, 'Write 1 Key');
    assert.deepEqual((await shop.waitForValue('flagsPreview', 'ui', value)).metadata, { by: 'anna' });
    await notification(page, '"written":true').waitFor();
    await runCommand(page, 'Cloudflare KV: Undo Last Change');
    await shop.waitForValue('flagsPreview', 'ui', '{"theme":"light"}');
  });

  it('writes nothing when the question is dismissed, and says so', async () => {
    const { page } = shop;
    await callTool(page, put, { namespace: 'FLAGS', key: 'ui', value });
    await dialog(page).waitFor();
    await answerDialog(page, 'Cancel');
    await notification(page, 'The user declined.').waitFor();
    const entry = await shop.store('flagsPreview').get('ui');
    assert.equal(Buffer.from(entry?.value ?? '').toString(), '{"theme":"light"}');
  });

  it('is confirmed before it reads a value of an account, which is named', async () => {
    const { page } = shop;
    await runCommand(page, 'Cloudflare KV: Sign In…');
    await pick(page, 'API Token');
    await enterText(page, server.token);
    await treeRow(page, /^sessions, namespace, .*, remote$/).waitFor();
    await server.command({ reset: true });
    await callTool(page, 'cloudflare_kv_get_value', { namespace: 'sessions', key: 'user:1_[x](y)' });
    await dialog(page).waitFor();
    const account = `${server.accountName} at ${new URL(server.baseUrl).host}`;
    assert.deepEqual((await dialogLines(page)).slice(0, 2), [
      'Read a value of an account for the language model?',
      `The value and the metadata of “user:1_[x](y)” in sessions (${account}) go to the provider of the model.`,
    ]);
    await shop.screenshot('tool-read');
    await answerDialog(page, 'Cancel');
    await notification(page, 'Refused: ').waitFor();
    const { counts } = await server.command({});
    assert.equal(counts.getValue, undefined);
  });
});

describe('a tool in a workspace that is not trusted', () => {
  let shop: Shop;
  before(async () => {
    shop = await openShop({ toolCaller: true, trust: false, settings: { 'cloudflareKv.tools.write': true } });
  });
  after(() => shop?.close());

  it('reads what is local, and writes nothing', async () => {
    const { page } = shop;
    await callTool(page, 'cloudflare_kv_delete_key', { namespace: 'FLAGS', key: 'home/banner' });
    await notification(page, 'Tools write nothing in a workspace that is not trusted.').waitFor();
    await callTool(page, 'cloudflare_kv_list_namespaces', {});
    await notification(page, 'Accounts are left out, because the user has not trusted this workspace.').waitFor();
    assert.ok((await treeRow(page, /^FLAGS,/).count()) > 0);
  });
});
