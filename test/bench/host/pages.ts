import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { dayOf } from '../../../src/core/usage/days.ts';
import type { FromPage } from '../../../src/pages/shared/messages.ts';
import { CloudflareServer } from '../../support/cloudflare/server.ts';
import { someUsage } from '../../support/cloudflare/someUsage.ts';
import { median } from '../figure.ts';
import { extension } from './extension.ts';
import { leave, type PageOpenings, type PagePaint, type PageTimes } from './measured.ts';

const OPENINGS = 7;

/** What the next page comes to; in a test host the extension's `vscode` is ours too. */
function nextPage(): Promise<PageTimes> {
  const start = performance.now();
  const { promise, resolve } = Promise.withResolvers<PageTimes>();
  const { createWebviewPanel } = vscode.window;
  Reflect.set(vscode.window, 'createWebviewPanel', (...args: Parameters<typeof createWebviewPanel>) => {
    Reflect.set(vscode.window, 'createWebviewPanel', createWebviewPanel);
    const opened = performance.now() - start;
    const panel = createWebviewPanel(...args);
    let ready = 0;
    const painted: { something?: number; all?: number } = {};
    panel.webview.onDidReceiveMessage((message: FromPage) => {
      if (message.type === 'ready') ready = performance.now() - start;
      if (message.type !== 'painted') return;
      painted[message.what] = message.at - performance.timeOrigin - start;
      const { something, all } = painted;
      if (something !== undefined && all !== undefined) resolve({ opened, ready, painted: something, complete: all });
    });
    return panel;
  });
  return promise;
}

/** From the command to the page, the first time and again. */
async function openings(name: string, args: object): Promise<PageOpenings> {
  const all: PageTimes[] = [];
  for (let i = 0; i < OPENINGS; i++) {
    const shown = nextPage();
    assert.ok(await vscode.commands.executeCommand(`cloudflareKv.${name}`, args));
    all.push(await shown);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  }
  const [first, ...others] = all;
  assert.ok(first);
  const middle = (of: keyof PageTimes): number => median(others.map((times) => times[of]));
  return {
    first,
    again: {
      opened: middle('opened'),
      ready: middle('ready'),
      painted: middle('painted'),
      complete: middle('complete'),
    },
  };
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
        namespace,
        key: 'user:1',
        value: 'x',
        confirm: true,
      });
      const usage = await openings('showUsage', { account: id, days: 31 });
      const space = await openings('showSpace', { namespace });
      leave<PagePaint>({ usage, space });
    } finally {
      await server.stop();
    }
  });
});
