import * as vscode from 'vscode';
import { type Account, isAccountId } from '../../auth/account.ts';
import type { SignInMethod } from '../../auth/signIns.ts';
import { tokenProblem } from '../../auth/token.ts';
import { tokenPage } from '../../auth/tokenPage.ts';
import type { SignInRequest } from '../../auth/tokens.ts';
import { cannotRead, cannotWrite, isTokenEnded, type Verified } from '../../auth/verify.ts';
import { loginCommand } from '../../auth/wranglerProfiles.ts';
import { isKvError, type KvError } from '../../core/base/errors.ts';
import { withoutLinks } from '../../core/text/withoutLinks.ts';
import { commandId } from '../../ids.ts';
import type { Services } from '../../services.ts';
import { inputText } from '../../ui/inputText.ts';
import { inputToken, openPageTitle } from '../../ui/inputToken.ts';
import { pickAccounts } from '../../ui/pickAccounts.ts';
import { logError } from '../../ui/reportError.ts';

/* What the user is asked and told while signing in. A call with an argument object skips all of it. */

interface MethodItem extends vscode.QuickPickItem {
  readonly method: SignInMethod;
  /** Whether to open a page first that helps with this method. */
  readonly page?: boolean;
}

/** Asks how to sign in, and for the token. `undefined` when dismissed. */
export async function askSignIn(services: Services): Promise<SignInRequest | undefined> {
  const server = services.accounts.foreignServer;
  const hasToken = vscode.workspace.isTrusted && (process.env.CLOUDFLARE_API_TOKEN ?? '') !== '';
  const items: MethodItem[] = [
    {
      label: vscode.l10n.t('$(key) API Token'),
      detail: vscode.l10n.t('Kept in the secret storage of VS Code'),
      method: 'token',
    },
    {
      label: vscode.l10n.t('$(link-external) New API Token…'),
      detail: vscode.l10n.t('Opens the dashboard with the permissions filled in, then asks for the token'),
      method: 'token',
      page: true,
    },
    {
      label: vscode.l10n.t('$(terminal) Login of Wrangler'),
      detail: vscode.l10n.t('What “wrangler login” has left on this machine; wrangler is asked for it'),
      method: 'wrangler',
    },
    ...(hasToken
      ? [
          {
            label: vscode.l10n.t('$(symbol-variable) Environment'),
            detail: vscode.l10n.t('The token in CLOUDFLARE_API_TOKEN, as VS Code was started with it'),
            method: 'environment' as const,
          },
        ]
      : []),
  ];
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Sign In to Cloudflare'),
    placeHolder:
      server === undefined
        ? vscode.l10n.t('With which credential?')
        : vscode.l10n.t('With which credential? It goes to {0}, as a setting says.', server),
    matchOnDetail: true,
  });
  if (picked?.page) openTokenPage();
  return picked && request(picked.method, services);
}

/** Says why signing in failed, and asks what to do instead. `undefined` when dismissed. */
export async function askAfterFailure(
  failed: SignInRequest,
  error: unknown,
  services: Services,
): Promise<SignInRequest | undefined> {
  if (!isKvError(error) || error.kind === 'cancelled') throw error;
  logError(services.log, 'signIn', error);
  const ways = waysOut(failed, error, services);
  const answer = await vscode.window.showErrorMessage(withoutLinks(error.message), ...ways.map((way) => way.title));
  return ways.find((way) => way.title === answer)?.go();
}

/** Tells which accounts the user is signed in to, and what the credential may not do there. */
export function tellSignedIn(method: SignInMethod, { accounts, readOnly, unreadable, stopped }: Verified): void {
  const [first] = accounts;
  const done =
    accounts.length === 1 && first
      ? vscode.l10n.t('Signed in to {0}.', first.name)
      : vscode.l10n.t('Signed in to {0} accounts.', accounts.length);
  const lacks = [
    ...(readOnly.length > 0 ? [cannotWrite(method, readOnly)] : []),
    ...(unreadable.length > 0 ? [cannotRead(method, unreadable)] : []),
  ];
  const text = [done, ...lacks, ...(stopped ? [stopped.message] : [])].join(' ');
  if (lacks.length === 0) {
    // Another token would be stopped as well, so none is offered.
    if (stopped) void vscode.window.showWarningMessage(withoutLinks(text));
    else void vscode.window.showInformationMessage(withoutLinks(text));
    return;
  }
  const another = useAnotherTitle(method);
  void vscode.window.showWarningMessage(withoutLinks(text), another, openPageTitle()).then((answer) => {
    if (answer === another) void vscode.commands.executeCommand(commandId('signIn'));
    if (answer === openPageTitle()) openTokenPage();
  });
}

async function request(method: SignInMethod, services: Services): Promise<SignInRequest | undefined> {
  if (method === 'wrangler') return await askProfile(services);
  if (method !== 'token') return { method, choose };
  const server = services.accounts.foreignServer;
  const token = await inputToken({
    prompt: [
      vscode.l10n.t('Paste a token with the permissions Workers KV Storage: Edit and Account Settings: Read.'),
      ...(server === undefined ? [] : [vscode.l10n.t('It is sent to {0}.', server)]),
    ].join(' '),
    problem: tokenProblem,
    openPage: openTokenPage,
  });
  return token === undefined ? undefined : { method, token, choose };
}

/** Asks which wrangler login to use, if there are several. `undefined` when dismissed. */
async function askProfile({ accounts }: Services): Promise<SignInRequest | undefined> {
  const method = 'wrangler';
  const asking = { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Asking wrangler for its logins') };
  const profiles = await vscode.window.withProgress(asking, async () => await accounts.wranglerProfiles());
  if (profiles.length < 2) return { method, choose };
  const own: vscode.QuickPickItem & { readonly profile?: string } = {
    label: vscode.l10n.t('The Project’s Own'),
    detail: vscode.l10n.t('As wrangler takes it by itself in the folder of this project'),
  };
  const items = [own, ...profiles.map(({ name, folders }) => ({ label: name, detail: folders, profile: name }))];
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Sign In to Cloudflare'),
    placeHolder: vscode.l10n.t('With which login of wrangler?'),
    matchOnDetail: true,
  });
  if (picked === undefined) return undefined;
  return { method, choose, ...(picked.profile !== undefined && { profile: picked.profile }) };
}

const choose = (accounts: readonly Account[]): Promise<readonly Account[] | undefined> =>
  pickAccounts(accounts, vscode.l10n.t('Show which accounts? “Select Accounts” shows the others later.'));

interface WayOut {
  readonly title: string;
  go(): Promise<SignInRequest | undefined>;
}

function waysOut(failed: SignInRequest, error: KvError, services: Services): readonly WayOut[] {
  const { kind } = error;
  const again: WayOut = { title: vscode.l10n.t('Try Again'), go: async () => failed };
  if (kind === 'offline' || kind === 'server' || kind === 'rateLimited') return [again];
  const useToken: WayOut = { title: useAnotherTitle(failed.method), go: () => request('token', services) };
  if (error.stopped) return [again, useToken];
  if (failed.method === 'wrangler')
    return [...(kind === 'unauthenticated' ? [logInWithWrangler(failed.profile)] : []), useToken];
  const nameAccount: WayOut = {
    title: vscode.l10n.t('Enter Account ID'),
    async go() {
      const accountId = await inputAccountId();
      return accountId === undefined ? undefined : { ...failed, accountId };
    },
  };
  const openPage: WayOut = {
    title: openPageTitle(),
    async go() {
      openTokenPage();
      return request('token', services);
    },
  };
  const mayLackAccount = failed.accountId === undefined && kind !== 'forbidden' && !isTokenEnded(error);
  return [useToken, ...(mayLackAccount ? [nameAccount] : []), openPage];
}

const useAnotherTitle = (method: SignInMethod): string =>
  method === 'token' ? vscode.l10n.t('Use Another Token') : vscode.l10n.t('Use an API Token');

/** Types the command into a terminal; the user runs it. */
const logInWithWrangler = (profile: string | undefined): WayOut => ({
  title: vscode.l10n.t('Open Terminal'),
  async go() {
    const terminal = vscode.window.createTerminal('wrangler login');
    terminal.show();
    terminal.sendText(loginCommand(profile), false);
    return undefined;
  },
});

const inputAccountId = async (): Promise<string | undefined> => {
  const text = await inputText({
    title: vscode.l10n.t('Account ID'),
    prompt: vscode.l10n.t('The 32 characters after dash.cloudflare.com/ in the address of the dashboard'),
    ignoreFocusOut: true,
    validateInput: (answer) =>
      answer === '' || isAccountId(answer.trim())
        ? undefined
        : vscode.l10n.t('An account ID has 32 characters, 0 to 9 and a to f.'),
  });
  return text === undefined || text === '' ? undefined : text.trim();
};

function openTokenPage(): void {
  void vscode.env.openExternal(vscode.Uri.parse(tokenPage(), true));
}
