import * as vscode from 'vscode';
import { CloudflareServer } from '../support/cloudflare/server.ts';
import { run } from './support.ts';

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

/** An account for the tests of a `describe`, with a namespace of this title; by default somebody is signed in to it. */
export function useAccount(title: string, { signedIn = true } = {}): TestAccount {
  const account = {} as { -readonly [Field in keyof TestAccount]: TestAccount[Field] };
  before(async () => {
    account.server = await CloudflareServer.start();
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
