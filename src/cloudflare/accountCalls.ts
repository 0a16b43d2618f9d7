import type { Table } from '../core/base/table.ts';
import type { Priority } from './budget.ts';
import { FailedRequest, type Failure } from './failure.ts';
import type { Requests } from './requests.ts';
import { checkIds } from './valuePath.ts';

export interface AccountCall {
  readonly method: 'get' | 'put' | 'post' | 'patch' | 'delete';
  /** The path below the account, with its parts encoded: `/workers/scripts`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** JSON, or a form. */
  readonly body?: unknown;
  /** For the log: what the call does, without names or ids. */
  readonly name: string;
  readonly priority: Priority;
  readonly signal?: AbortSignal | undefined;
  /** The answer may be the bare result. */
  readonly flat?: boolean;
  /** Number of bytes to send: a large body gets more time. */
  readonly uploadBytes?: number;
}

/** An answer, or why there is none. What a failure means depends on the call. */
export type AccountAnswer =
  | { readonly ok: true; readonly answer: Table }
  | { readonly ok: false; readonly failure: Failure };

/** The API of one account for everything except KV. Every call may be sent again if its answer is lost. */
export class AccountCalls {
  readonly account: string;
  readonly #requests: Requests;

  constructor(requests: Requests, account: string) {
    this.account = account;
    this.#requests = requests;
  }

  /** Rejects with `cancelled`, or the credential's own KvError. */
  async call({ method, path, query, body, ...call }: AccountCall): Promise<AccountAnswer> {
    checkIds(this.account);
    try {
      const answer = await this.#requests.json({
        ...call,
        send: (client, options) =>
          client[method](`/accounts/${this.account}${path}`, {
            ...options,
            ...(query && { query }),
            ...(body !== undefined && { body }),
          }).asResponse(),
      });
      return { ok: true, answer };
    } catch (error) {
      if (error instanceof FailedRequest) return { ok: false, failure: error.failure };
      throw error;
    }
  }
}
