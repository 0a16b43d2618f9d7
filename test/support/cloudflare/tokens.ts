import { randomBytes } from 'node:crypto';
import { type Answer, failure, Refusal, type Route, success } from './api.ts';
import { isInside } from './inside/routes.ts';

export interface Account {
  readonly id: string;
  readonly name: string;
}

/** A credential that the server knows; its permissions can be changed at any time. */
export interface Token {
  readonly text: string;
  readonly id: string;
  /** `user` and `account` API tokens have their own verify endpoints; `oauth` has none. */
  readonly kind: 'user' | 'account' | 'oauth';
  status: 'active' | 'disabled' | 'expired' | 'revoked';
  accounts: readonly Account[];
  /** Permission "Workers KV Storage". */
  storage: 'none' | 'read' | 'edit';
  /** Permission "Account Settings: Read". */
  listsAccounts: boolean;
  /** Permission "Account Analytics: Read". */
  analytics: boolean;
  /** Permission "Workers Scripts: Edit". */
  scripts: boolean;
  /** Permission "Workers R2 Storage: Edit". */
  buckets: boolean;
}

const READING: readonly string[] = ['listNamespaces', 'getNamespace', 'listKeys', 'getValue', 'getMetadata', 'bulkGet'];

/** All tokens and their permissions. */
export class Tokens {
  readonly #tokens = new Map<string, Token>();

  issue(token: Partial<Token> & Pick<Token, 'accounts'>): Token {
    const made: Token = {
      text: `test-token-${randomBytes(20).toString('hex')}`,
      id: randomBytes(16).toString('hex'),
      kind: 'user',
      status: 'active',
      storage: 'edit',
      listsAccounts: true,
      analytics: true,
      scripts: true,
      buckets: true,
      ...token,
    };
    this.#tokens.set(made.text, made);
    return made;
  }

  /** The token of a request; throws the API's answer to a bad one. */
  of(authorization: string | undefined): Token {
    if (authorization === undefined)
      throw new Refusal(400, 9106, 'Missing X-Auth-Key, X-Auth-Email or Authorization headers');
    const [, text] = /^Bearer (\S+)$/.exec(authorization) ?? [];
    if (text === undefined) throw new Refusal(400, 6003, 'Invalid request headers');
    const token = this.#tokens.get(text);
    if (token === undefined || token.status === 'revoked') throw new Refusal(401, 10000, 'Authentication error');
    return token;
  }

  /** Throws if the token may not do this. */
  check(token: Token, { operation, account }: Route): void {
    if (operation === 'verifyUserToken' || operation === 'verifyAccountToken') return;
    if (token.status !== 'active') throw new Refusal(401, 10000, 'Authentication error');
    if (operation === 'listAccounts' || operation === 'readUsage') return;
    if (isInside(operation)) {
      const may = operation === 'listBuckets' ? token.buckets : token.scripts;
      if (may && token.accounts.some(({ id }) => id === account)) return;
      throw new Refusal(403, 10000, 'Authentication error');
    }
    const needed = READING.includes(operation) ? ['read', 'edit'] : ['edit'];
    if (!token.accounts.some(({ id }) => id === account) || !needed.includes(token.storage)) {
      throw new Refusal(403, 10000, 'Authentication error');
    }
  }

  verify({ kind, id, status, accounts }: Token, { operation, account }: Route): Answer {
    const fits =
      operation === 'verifyUserToken'
        ? kind === 'user'
        : kind === 'account' && accounts.some((one) => one.id === account);
    return fits ? success({ id, status }) : failure(401, 1000, 'Invalid API Token');
  }

  listAccounts({ kind, accounts, listsAccounts }: Token): Answer {
    if (kind === 'account') return failure(400, 1001, 'Invalid request');
    const shown = listsAccounts ? accounts : [];
    return success(
      shown.map(({ id, name }) => ({ id, name, type: 'standard' })),
      { result_info: { page: 1, per_page: 20, count: shown.length, total_count: shown.length, total_pages: 1 } },
    );
  }
}
