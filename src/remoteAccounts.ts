import { join } from 'node:path';
import * as vscode from 'vscode';
import type { AccountApi } from './auth/accountApi.ts';
import { Accounts, type AccountsHost, type ApiServer } from './auth/accounts.ts';
import { SignIns } from './auth/signIns.ts';
import type { WranglerLogin } from './auth/wranglerLogin.ts';
import { checkBaseUrl, DEFAULT_BASE_URL } from './cloudflare/baseUrl.ts';
import { onFirstUse } from './core/base/onFirstUse.ts';
import { contextKeys } from './ids.ts';
import { workspaceFolders } from './projects/workspace.ts';
import type { Settings } from './settings.ts';
import { ContextKey } from './ui/contextKey.ts';
import type { WranglerConfig } from './wrangler/config.ts';

export interface RemoteAccountsHost extends Pick<AccountsHost, 'closeDocuments' | 'forget' | 'forgetUndo'> {
  /** The current wrangler configs of the workspace. */
  readonly configs: () => readonly WranglerConfig[];
  readonly report: (what: string, error: unknown) => void;
  /** Absolute folders of the workspace's projects, which may have their own wrangler. */
  readonly projectFolders: () => readonly string[];
  readonly settings: Pick<Settings, 'apiBaseUrl' | 'onDidChange'>;
}

/** The accounts of this window, with VS Code's storages, the settings and the workspace's trust. */
export function createAccounts(
  context: vscode.ExtensionContext,
  { configs, report, projectFolders, settings, closeDocuments, forget, forgetUndo }: RemoteAccountsHost,
): { accounts: Accounts; owned: vscode.Disposable } {
  const signIns = new SignIns(context.globalState, context.secrets);
  const serverChanged = new vscode.EventEmitter<void>();
  const accounts = new Accounts({
    signIns,
    closeDocuments,
    forget,
    forgetUndo,
    isTrusted: () => vscode.workspace.isTrusted,
    api: accountApi(configs),
    env: process.env,
    server: () => apiServer(settings.apiBaseUrl),
    onDidChangeServer: serverChanged.event,
    wrangler: wranglerLogin(join(context.globalStorageUri.fsPath, 'wrangler'), projectFolders),
  });
  const signedIn = new ContextKey<boolean>(contextKeys.signedIn);
  const tellSignedIn = (): void => signedIn.set(accounts.accounts.length > 0);
  tellSignedIn();
  const owned = vscode.Disposable.from(
    accounts,
    serverChanged,
    accounts.onDidChange(tellSignedIn),
    vscode.window.onDidChangeWindowState(({ focused }) => {
      if (focused) accounts.followOthers().catch((error: unknown) => report('follow other windows', error));
    }),
    context.secrets.onDidChange(() => signIns.secretsChanged()),
    settings.onDidChange((changed) => {
      if (changed.has('apiBaseUrl')) serverChanged.fire();
    }),
  );
  return { accounts, owned };
}

/** Loaded synchronously, not by `import()`: an account exists as soon as its sign-in is known. */
const accountApi = (configs: () => readonly WranglerConfig[]): AccountApi =>
  onFirstUse(() => {
    const {
      CloudflareApi,
    }: typeof import('./cloudflare/cloudflare.lazy.ts') = require('./cloudflare/cloudflare.lazy.ts');
    return new CloudflareApi({ configs });
  });

const wranglerLogin = (folder: string, projectFolders: () => readonly string[]): WranglerLogin =>
  onFirstUse(() => {
    const { findWranglers, WranglerLogin }: typeof import('./background.lazy.ts') = require('./background.lazy.ts');
    return new WranglerLogin({
      folder,
      projectFolder: () => (vscode.workspace.isTrusted ? [...projectFolders(), ...workspaceFolders()][0] : undefined),
      programs: () =>
        findWranglers({
          projectFolders: [...projectFolders(), ...workspaceFolders()],
          isTrusted: vscode.workspace.isTrusted,
          path: process.env.PATH ?? '',
        }),
    });
  });

function apiServer(setting: string): ApiServer {
  const url = checkBaseUrl(setting);
  return url === DEFAULT_BASE_URL ? { url } : { url, name: new URL(url).host };
}
