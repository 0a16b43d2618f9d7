import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { dayOf } from '../../../src/core/usage/days.ts';
import { CloudflareServer } from '../../support/cloudflare/server.ts';
import { someUsage } from '../../support/cloudflare/someUsage.ts';
import { median } from '../figure.ts';
import { extension } from './extension.ts';
import { leave, type PagePaint } from './measured.ts';

const OPENINGS = 7;

/** The time at which the next page has what it is to show; in a test host the extension's `vscode` is ours too. */
function nextShown(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const { createWebviewPanel } = vscode.window;
  Reflect.set(vscode.window, 'createWebviewPanel', (...args: Parameters<typeof createWebviewPanel>) => {
    Reflect.set(vscode.window, 'createWebviewPanel', createWebviewPanel);
    const panel = createWebviewPanel(...args);
    const { webview } = panel;
    const post = webview.postMessage.bind(webview);
    Reflect.set(webview, 'postMessage', async (message: unknown) => {
      const isTaken = await post(message);
      if (isTaken) resolve(performance.now());
      return isTaken;
    });
    return panel;
  });
  return promise;
}

/** From the command to the page, the first time and again. */
async function opened(name: string, args: object): Promise<PagePaint['usage']> {
  const all: number[] = [];
  for (let i = 0; i < OPENINGS; i++) {
    const shown = nextShown();
    const start = performance.now();
    assert.ok(await vscode.commands.executeCommand(`cloudflareKv.${name}`, args));
    all.push((await shown) - start);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  }
  return { firstMs: all[0] ?? 0, againMs: median(all.slice(1)) };
}

describe('pages', () => {
  it('are measured', async function () {
    this.timeout(120_000);
    await extension().activate();
    const server = await CloudflareServer.start();
    try {
      const { id } = server.account;
      const namespaces = ['a', 'b', 'c'].map((title) => server.createPlainNamespace(title).id);
      Object.assign(server.analytics, someUsage(id, namespaces, dayOf(Date.now())));
      await vscode.workspace
        .getConfiguration('cloudflareKv')
        .update('remote.apiBaseUrl', server.baseUrl, vscode.ConfigurationTarget.Global);
      const token = server.issueToken().text;
      await vscode.commands.executeCommand('cloudflareKv.signIn', { method: 'token', token });
      const namespace = { source: `account-${id}`, id: namespaces[0] };
      await vscode.commands.executeCommand('cloudflareKv.putKey', {
        ...{ namespace, key: 'user:1', value: 'x', confirm: true },
      });
      const usage = await opened('showUsage', { account: id, days: 31 });
      const space = await opened('showSpace', { namespace });
      leave<PagePaint>({ usage, space });
    } finally {
      await server.stop();
    }
  });
});
