import type { AccountCalls } from '../cloudflare/accountCalls.ts';
import type { KvSource, SourceChange } from '../core/store/store.ts';
import type { UsageQuery, UsageReadings } from '../core/usage/readings.ts';
import type { Account } from './account.ts';

/** What the service says about a token that it knows. */
export type TokenStatus = 'active' | 'disabled' | 'expired';

/**
 * The requests for signing in with one token. Each can reject with a KvError: `unauthenticated` if the token is not
 * accepted, `forbidden` if it is accepted but lacks the permission, `forbidden` with `stopped` if that is not known.
 */
export interface TokenApi {
  /** The accounts that the token may list, from all pages. */
  accounts(signal?: AbortSignal): Promise<readonly Account[]>;
  /** The status of a user's token, or, with an account id, of a token that the account owns. */
  status(accountId: string | undefined, signal?: AbortSignal): Promise<TokenStatus>;
  /** Rejects with `forbidden` if the token may not list the account's namespaces. */
  tryRead(accountId: string, signal?: AbortSignal): Promise<void>;
  /** Rejects with `forbidden` if the token may not write. Checks this without changing anything. */
  tryWrite(accountId: string, signal?: AbortSignal): Promise<void>;
}

/** Returns the token to use. `refused` is a token that the server has just refused. Rejects with a KvError. */
export type Credential = (refused?: string) => Promise<string>;

/** The KV of an account, with methods by which its owner informs it of changes. */
export interface AccountSource extends KvSource {
  /** Makes the next listing ask the account again, because another credential may show something else. */
  refresh(): void;
  /** Call when the workspace's configs may refer to other namespaces. */
  configsChanged(): void;
  /** Reports that a namespace, or everything, may have changed. */
  changed(change: SourceChange): void;
  /** The account's API for everything except KV. */
  readonly calls: AccountCalls;
  /** Cloudflare's usage numbers for the account. Rejects with `forbidden` if the token may not read them. */
  usage(query: UsageQuery, signal?: AbortSignal): Promise<UsageReadings>;
}

/** How `src/auth` reaches the service without depending on its client. */
export interface AccountApi {
  withToken(server: string, token: string): TokenApi;
  /** Makes no request. */
  source(server: string, account: Account, credential: Credential): AccountSource;
}
