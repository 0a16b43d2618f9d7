import { isAccount } from '../core/store/sourceId.ts';

/** A Cloudflare account, as signing in returns it. */
export interface Account {
  readonly id: string;
  readonly name: string;
}

export const sourceIdOf = (account: Pick<Account, 'id'>): string => `account-${account.id}`;

/** The account id in the id of a source. */
export const accountOf = (source: string): string => source.slice(sourceIdOf({ id: '' }).length);

/** The account id, given either that or the id of the account's source. */
export const accountIdOf = (text: string): string => (isAccount(text) ? accountOf(text) : text);

/** The name for an account whose real name the token may not read: the beginning of its id. */
export const shortName = (id: string): string => id.slice(0, 8);

const ACCOUNT_ID = /^[0-9a-f]{32}$/;

/** Expects the format of the dashboard, with optional white space around it. */
export const isAccountId = (text: string): boolean => ACCOUNT_ID.test(text);
