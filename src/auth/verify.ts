import * as l10n from '@vscode/l10n';
import { isKvError, KvError } from '../core/base/errors.ts';
import { type Account, isAccountId, shortName } from './account.ts';
import type { TokenApi } from './accountApi.ts';
import type { SignInMethod } from './signIns.ts';
import { loginCommand } from './wranglerProfiles.ts';

export interface Question {
  readonly method: SignInMethod;
  /** Only for the method `wrangler`: the name of the login. */
  readonly profile?: string | undefined;
  /** The one account to sign in to. If absent, all accounts that the token may list. */
  readonly accountId?: string | undefined;
  /** Lets the user choose among several accounts; without it, all are used. Resolves to `undefined` if dismissed. */
  readonly choose?: ((accounts: readonly Account[]) => Promise<readonly Account[] | undefined>) | undefined;
}

/** What a token gives access to. */
export interface Verified {
  /** Accounts whose KV it can read. Never empty. */
  readonly accounts: readonly Account[];
  /** Those of `accounts` that it cannot write to. */
  readonly readOnly: readonly Account[];
  /** Accounts that were chosen but whose KV it cannot read. */
  readonly unreadable: readonly Account[];
  /** Accounts that were not chosen, and so were not tried. */
  readonly unwanted: readonly Account[];
  /** Why the check for write access did not reach the service, if that happened. */
  readonly stopped?: KvError;
}

/** Finds out what a token may do, without changing anything. `undefined` if the user dismissed the choice. */
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

/** "This token cannot read Workers KV in Acme Inc.", followed by the permission that it needs. */
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

/** Many valid tokens may not list accounts, and an invalid token is detected by the requests that follow. */
async function listAccounts(api: TokenApi, signal: AbortSignal | undefined): Promise<readonly Account[]> {
  try {
    return await api.accounts(signal);
  } catch (error) {
    if (isRefused(error)) return [];
    throw error;
  }
}

/** The service itself has refused this credential. */
const isRefused = (error: unknown): boolean =>
  isKvError(error, 'unauthenticated') || isKvError(error, 'invalidInput') || isNotPermitted(error);

const isNotPermitted = (error: unknown): boolean => isKvError(error, 'forbidden') && !error.stopped;

/** Whether an attempt is permitted. `explain` creates the error for a token that is itself refused. */
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

/** The error if no account could be listed: the token may not list them, or is not valid. */
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

/** The service knows the token but no longer accepts it, so an account id would not help. */
class TokenEnded extends KvError {
  readonly isTokenEnded = true;
}

/** Checks a field instead of the class, because a lazily loaded bundle has its own copy of the class. */
export const isTokenEnded = (error: unknown): boolean => error instanceof Error && 'isTokenEnded' in error;

const ended = (method: SignInMethod, status: 'disabled' | 'expired'): KvError =>
  new TokenEnded(
    'unauthenticated',
    status === 'expired'
      ? l10n.t('{0} has expired. Give it a new end in the dashboard, or use another token.', subject(method))
      : l10n.t('{0} is switched off. Switch it on in the dashboard, or use another token.', subject(method)),
  );

/**
 * The error for a credential that the service does not know. `account` is the account's name, or its id if the name is
 * not known.
 */
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
