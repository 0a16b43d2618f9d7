import { isTable, type Table } from '../core/base/table.ts';
import { AccountKv } from './accountKv.ts';
import { about, checkingToken, checkingWrites, listingAccounts, listingNamespaces, type Subject } from './errors.ts';
import { FailedRequest } from './failure.ts';
import { tablesOf } from './json.ts';
import type { Requests } from './requests.ts';
import { checkIds } from './valuePath.ts';

/** What the service says about a token that it knows. */
export type TokenStatus = 'active' | 'disabled' | 'expired';

export interface RemoteAccount {
  readonly id: string;
  readonly name: string;
}

const ACCOUNTS_PER_PAGE = 50;
/** No namespace has this id. */
const NO_NAMESPACE = '0'.repeat(32);

/** The requests for signing in with one token. They reject with `unauthenticated`, `forbidden` and similar kinds. */
export class TokenApi {
  readonly #requests: Requests;

  constructor(requests: Requests) {
    this.#requests = requests;
  }

  /** The accounts that the token may list. */
  async accounts(signal?: AbortSignal): Promise<readonly RemoteAccount[]> {
    const all: RemoteAccount[] = [];
    for (let page = 1; ; page++) {
      const { accounts, more } = await about(listingAccounts, this.#accountPage(page, signal));
      all.push(...accounts);
      if (!more) return all;
    }
  }

  /** The status of a user's token, or, with an account id, of a token that the account owns. */
  async status(accountId: string | undefined, signal?: AbortSignal): Promise<TokenStatus> {
    if (accountId !== undefined) checkIds(accountId);
    const path = accountId === undefined ? '/user/tokens/verify' : `/accounts/${accountId}/tokens/verify`;
    const { result } = await this.#ask(checkingToken, 'verify token', path, signal);
    const status = isTable(result) ? result.status : undefined;
    return status === 'disabled' || status === 'expired' ? status : 'active';
  }

  /** Rejects with `forbidden` if the token may not list the account's namespaces. */
  async tryRead(accountId: string, signal?: AbortSignal): Promise<void> {
    const kv = new AccountKv(this.#requests, accountId);
    await about(listingNamespaces, kv.listNamespaces(1, { priority: 'interactive', signal }, 1));
  }

  /**
   * Rejects with `forbidden` if the token may not write. Tries to delete no keys from a namespace that does not exist.
   */
  async tryWrite(accountId: string, signal?: AbortSignal): Promise<void> {
    const kv = new AccountKv(this.#requests, accountId);
    const nothing = kv.bulkDelete(NO_NAMESPACE, () => [], { priority: 'interactive', signal });
    await about(
      checkingWrites,
      nothing.then(() => {}, unlessRefusedForItself),
    );
  }

  async #ask(subject: Subject, name: string, path: string, signal: AbortSignal | undefined): Promise<Table> {
    const call = { name, priority: 'interactive', signal } as const;
    return await about(
      subject,
      this.#requests.json({ ...call, send: (client, options) => client.get(path, options).asResponse() }),
    );
  }

  async #accountPage(page: number, signal: AbortSignal | undefined) {
    const { result, result_info } = await this.#requests.json({
      name: 'list accounts',
      priority: 'interactive',
      signal,
      send: (client, options) => client.accounts.list({ page, per_page: ACCOUNTS_PER_PAGE }, options).asResponse(),
    });
    const accounts = tablesOf(result).flatMap(({ id, name }) =>
      typeof id === 'string' && typeof name === 'string' ? [{ id, name }] : [],
    );
    const pages = isTable(result_info) ? result_info.total_pages : undefined;
    return { accounts, more: accounts.length > 0 && typeof pages === 'number' && page < pages };
  }
}

/** Ignores an error about the request itself rather than about its sender. */
function unlessRefusedForItself(error: unknown): void {
  const failure = error instanceof FailedRequest ? error.failure : undefined;
  const isAllowed =
    failure?.kind === 'refused' && failure.codes.length > 0 && (failure.status === 404 || failure.status === 400);
  if (!isAllowed) throw error;
}
