import type { AccountCalls } from '../cloudflare/accountCalls.ts';
import type { KvSource, SourceChange } from '../core/store/store.ts';
import type { UsageQuery, UsageReadings } from '../core/usage/readings.ts';
import type { Account } from './account.ts';

/** What the service says of a token that it knows. */
export type TokenStatus = 'active' | 'disabled' | 'expired';

/**
 * The questions that signing in asks of a server, with one token. Every answer can be a KvError: `unauthenticated` when
 * the token is not accepted, `forbidden` when it is and lacks the permission, `forbidden` and `stopped` when that is
 * not known.
 */
export interface TokenApi {
  /** Accounts that the token may list, all pages. */
  accounts(signal?: AbortSignal): Promise<readonly Account[]>;
  /** Of a user's token, or with an account id of one that the account owns. */
  status(accountId: string | undefined, signal?: AbortSignal): Promise<TokenStatus>;
  /** Rejects with `forbidden` when the token may not list the account's namespaces. */
  tryRead(accountId: string, signal?: AbortSignal): Promise<void>;
  /** Rejects with `forbidden` when the token may not write. Asks in a way that can change nothing. */
  tryWrite(accountId: string, signal?: AbortSignal): Promise<void>;
}

/** The token to use now; `refused` is one that the server has just not accepted. Rejects with a KvError. */
export type Credential = (refused?: string) => Promise<string>;

/** The KV of an account, with what its owner tells it. */
export interface AccountSource extends KvSource {
  /** The next listing asks the account again: another credential may show other things. */
  refresh(): void;
  /** The configs of the workspace name other namespaces now. */
  configsChanged(): void;
  /** Tells that a namespace, or everything, may have changed. */
  changed(change: SourceChange): void;
  /** Its API beside KV. */
  readonly calls: AccountCalls;
  /** What Cloudflare counts of its use; rejects with `forbidden` where the token may not read that. */
  usage(query: UsageQuery, signal?: AbortSignal): Promise<UsageReadings>;
}

/** How `src/auth` reaches the service without knowing its client. */
export interface AccountApi {
  withToken(server: string, token: string): TokenApi;
  /** Makes no request. */
  source(server: string, account: Account, credential: Credential): AccountSource;
}
