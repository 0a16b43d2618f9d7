import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Operation } from '../support/cloudflare/api.ts';
import { KvBackend } from '../support/cloudflare/kvBackend.ts';
import { CloudflareServer } from '../support/cloudflare/server.ts';
import { eventually } from '../support/eventually.ts';
import { extension, run } from './support.ts';

/** An account with one namespace, on a server of its own. */
export interface TestAccount {
  readonly server: CloudflareServer;
  /** As commands take it. */
  readonly namespace: { readonly source: string; readonly id: string };
}

/** Sends the extension to this server instead of Cloudflare's; `undefined` is Cloudflare's again. */
export const useServer = (baseUrl: string | undefined): Thenable<void> =>
  vscode.workspace
    .getConfiguration('cloudflareKv')
    .update('remote.apiBaseUrl', baseUrl, vscode.ConfigurationTarget.Global);

/** Where the namespaces of all these accounts lie: to start one takes longer than most tests. */
let backend: KvBackend | undefined;
after(() => backend?.stop());

/**
 * An account for the tests of a `describe`, with a namespace of this title; by default somebody is signed in to it. One
 * with jobs has its KV for itself: they run in it.
 */
export function useAccount(title: string, { signedIn = true, hasJobs = false } = {}): TestAccount {
  const account = {} as { -readonly [Field in keyof TestAccount]: TestAccount[Field] };
  before(async () => {
    if (!hasJobs) backend ??= new KvBackend();
    account.server = await CloudflareServer.start(0, hasJobs ? undefined : backend);
    account.namespace = {
      source: `account-${account.server.account.id}`,
      id: account.server.createNamespace(title).id,
    };
    await useServer(account.server.baseUrl);
    if (signedIn) await run('signIn', { method: 'token', token: account.server.issueToken().text });
  });
  after(async () => {
    await run('signOut', { confirm: true });
    await useServer(undefined);
    await account.server.stop();
  });
  return account;
}

const BEACON = 'beacon';
let written = 0;

/**
 * Resolves when the extension has done whatever it does by itself about what has happened by now: another value of the
 * account is changed after it, and its editor in the second column, which is checked with all that are open and after
 * the rows of the view, shows that.
 */
export async function settled({ namespace }: Pick<TestAccount, 'namespace'>): Promise<void> {
  const uri = extension().exports.valueUri(namespace, BEACON);
  const put = () => run('putKey', { namespace, key: BEACON, value: String(++written) });
  if (!vscode.window.visibleTextEditors.some(({ document }) => document.uri.toString() === uri.toString())) {
    await put();
    const options = { viewColumn: vscode.ViewColumn.Two, preserveFocus: true, preview: false };
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), options);
  }
  const document = await vscode.workspace.openTextDocument(uri);
  await put();
  await eventually(() => assert.equal(document.getText(), String(written)));
}

/** The requests since the last reset, of these kinds or of all, without those that {@link settled} makes. */
export const asked = (
  { server }: Pick<TestAccount, 'server'>,
  ...operations: readonly Operation[]
): CloudflareServer['log'] =>
  server.log.filter(
    ({ operation, keys }) => keys.join() !== BEACON && (operations.length === 0 || operations.includes(operation)),
  );
