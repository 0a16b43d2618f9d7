import { isAccount } from '../core/store/sourceId.ts';

/** A Cloudflare account, as sign-in names it. */
export interface Account {
  readonly id: string;
  readonly name: string;
}

export const sourceIdOf = (account: Pick<Account, 'id'>): string => `account-${account.id}`;

/** The id of the account that a source is. */
export const accountOf = (source: string): string => source.slice(sourceIdOf({ id: '' }).length);

/** The id of an account by that, or by the id of its source. */
export const accountIdOf = (text: string): string => (isAccount(text) ? accountOf(text) : text);

/** An account that its token may not name is called by the beginning of its id. */
export const shortName = (id: string): string => id.slice(0, 8);

const ACCOUNT_ID = /^[0-9a-f]{32}$/;

/** As the dashboard shows it; a pasted one may have spaces around it. */
export const isAccountId = (text: string): boolean => ACCOUNT_ID.test(text);
