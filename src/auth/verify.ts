import * as l10n from '@vscode/l10n';
import { isKvError, KvError } from '../core/base/errors.ts';
import { type Account, isAccountId, shortName } from './account.ts';
import type { TokenApi } from './accountApi.ts';
import type { SignInMethod } from './signIns.ts';
import { loginCommand } from './wranglerProfiles.ts';

export interface Question {
  readonly method: SignInMethod;
  /** With the method `wrangler` only: which of its logins, by name. */
  readonly profile?: string | undefined;
  /** The one account to sign in to; every account that the token may list when absent. */
  readonly accountId?: string | undefined;
  /** Which of several accounts are wanted; all without it. `undefined` when dismissed. */
  readonly choose?: ((accounts: readonly Account[]) => Promise<readonly Account[] | undefined>) | undefined;
}

/** What a token is good for. */
export interface Verified {
  /** Accounts whose KV it can read: never empty. */
  readonly accounts: readonly Account[];
  /** Those of them that it cannot write. */
  readonly readOnly: readonly Account[];
  /** Accounts that were wanted and whose KV it cannot read. */
  readonly unreadable: readonly Account[];
  /** Accounts that were not wanted, and so not tried. */
  readonly unwanted: readonly Account[];
  /** What kept the service from saying whether it can write, where something did. */
  readonly stopped?: KvError;
}

/** Finds out what a token may do, without changing anything. `undefined` when the choice was dismissed. */
export async function verify(api: TokenApi, question: Question, signal?: AbortSignal): Promise<Verified | undefined> {
  const { method, accountId } = question;
  if (accountId !== undefined && !isAccountId(accountId)) {
    throw new KvError('invalidInput', l10n.t('An account ID has 32 characters, 0 to 9 and a to f.'));
  }
  const listed = await listAccounts(api, signal);
  const candidates =
    accountId === undefined
      ? listed
      : [listed.find((account) => account.id === accountId) ?? { id: accountId, name: shortName(accountId) }];
  if (candidates.length === 0) throw await noAccounts(api, question, signal);
  const wanted = candidates.length > 1 && question.choose ? await question.choose(candidates) : candidates;
  if (wanted === undefined || wanted.length === 0) return undefined;

  const accounts: Account[] = [];
  const readOnly: Account[] = [];
  const unreadable: Account[] = [];
  let stopped: KvError | undefined;
  for (const account of wanted) {
    if (!(await may(api.tryRead(account.id, signal), () => refusal(api, question, signal)))) {
      unreadable.push(account);
      continue;
    }
    accounts.push(account);
    try {
      if (!(await may(api.tryWrite(account.id, signal)))) readOnly.push(account);
    } catch (error) {
      if (!isKvError(error) || !error.stopped) throw error;
      stopped ??= error;
    }
  }
  if (accounts.length === 0) throw new KvError('forbidden', cannotRead(method, wanted));
  const unwanted = candidates.filter((account) => !wanted.includes(account));
  return { accounts, readOnly, unreadable, unwanted, ...(stopped && { stopped }) };
}

/** "This token can read but not write Workers KV in Acme Inc. It needs the permission Workers KV Storage: Edit." */
export const cannotWrite = (method: SignInMethod, accounts: readonly Account[]): string =>
  l10n.t(
    '{0} can read but not write Workers KV in {1}. It needs the permission Workers KV Storage: Edit.',
    subject(method),
    names(accounts),
  );

/** "This token cannot read Workers KV in Acme Inc.", and the permission that it needs. */
export const cannotRead = (method: SignInMethod, accounts: readonly Account[]): string =>
  l10n.t(
    '{0} cannot read Workers KV in {1}. It needs the permission Workers KV Storage: Edit, or Read to look only.',
    subject(method),
    names(accounts),
  );

const names = (accounts: readonly Account[]): string => accounts.map((account) => account.name).join(', ');

const subject = (method: SignInMethod): string => {
  switch (method) {
    case 'token':
      return l10n.t('This token');
    case 'wrangler':
      return l10n.t('The login of wrangler');
    case 'environment':
      return l10n.t('The token in CLOUDFLARE_API_TOKEN');
  }
};

/** Many good tokens may not list accounts, and a token that is no good is found out by what follows. */
async function listAccounts(api: TokenApi, signal: AbortSignal | undefined): Promise<readonly Account[]> {
  try {
    return await api.accounts(signal);
  } catch (error) {
    if (isRefused(error)) return [];
    throw error;
  }
}

/** The service itself says no, to this credential. */
const isRefused = (error: unknown): boolean =>
  isKvError(error, 'unauthenticated') || isKvError(error, 'invalidInput') || isNotPermitted(error);

const isNotPermitted = (error: unknown): boolean => isKvError(error, 'forbidden') && !error.stopped;

/** Whether something is permitted; `explain` words the error when the token itself is refused. */
async function may(attempt: Promise<void>, explain?: () => Promise<KvError>): Promise<boolean> {
  try {
    await attempt;
    return true;
  } catch (error) {
    if (isNotPermitted(error)) return false;
    if (explain && isKvError(error, 'unauthenticated')) throw await explain();
    throw error;
  }
}

/** No account could be listed: because the token may not, or because it is none. */
async function noAccounts(
  api: TokenApi,
  { method, profile }: Question,
  signal: AbortSignal | undefined,
): Promise<KvError> {
  if (method === 'wrangler') return notAccepted({ method, profile });
  const status = await statusOf(api, undefined, signal);
  if (status === 'active') {
    return new KvError(
      'invalidInput',
      l10n.t(
        '{0} works, but may not list its accounts. Give the account ID, or a token with the permission Account Settings: Read.',
        subject(method),
      ),
    );
  }
  return status === undefined ? notAccepted({ method }) : ended(method, status);
}

async function refusal(
  api: TokenApi,
  { method, profile, accountId }: Question,
  signal: AbortSignal | undefined,
): Promise<KvError> {
  if (method === 'wrangler') return notAccepted({ method, profile });
  const status =
    (await statusOf(api, undefined, signal)) ??
    (accountId === undefined ? undefined : await statusOf(api, accountId, signal));
  return status === undefined || status === 'active' ? notAccepted({ method }, accountId) : ended(method, status);
}

const statusOf = (api: TokenApi, accountId: string | undefined, signal: AbortSignal | undefined) =>
  api.status(accountId, signal).catch((error: unknown) => {
    if (isRefused(error)) return undefined;
    throw error;
  });

/** The service knows the token, and does not take it any more: to know its account would not help. */
class TokenEnded extends KvError {
  readonly isTokenEnded = true;
}

/** By a field, because a bundle that is loaded on first use brings a class of its own. */
export const isTokenEnded = (error: unknown): boolean => error instanceof Error && 'isTokenEnded' in error;

const ended = (method: SignInMethod, status: 'disabled' | 'expired'): KvError =>
  new TokenEnded(
    'unauthenticated',
    status === 'expired'
      ? l10n.t('{0} has expired. Give it a new end in the dashboard, or use another token.', subject(method))
      : l10n.t('{0} is switched off. Switch it on in the dashboard, or use another token.', subject(method)),
  );

/** For a credential that the service does not know; `account` is its name, or its id where the name is not known. */
export function notAccepted({ method, profile }: Pick<Question, 'method' | 'profile'>, account?: string): KvError {
  if (method === 'wrangler') {
    return new KvError(
      'unauthenticated',
      l10n.t('Cloudflare does not accept the login of wrangler. Run “{0}”, then sign in again.', loginCommand(profile)),
    );
  }
  return new KvError(
    'unauthenticated',
    account === undefined
      ? l10n.t(
          'Cloudflare does not accept this token: it is mistyped, expired or revoked. A token that belongs to an account needs the account ID too.',
        )
      : l10n.t(
          'Cloudflare does not accept the token for “{0}”: it is mistyped, expired or revoked. Sign in with another one.',
          account,
        ),
  );
}
