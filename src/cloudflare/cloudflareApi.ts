import { realTiming, type Timing } from '../core/base/timing.ts';
import type { WranglerConfig } from '../wrangler/config.ts';
import { AccountCalls } from './accountCalls.ts';
import { AccountKv } from './accountKv.ts';
import { AccountUsage } from './accountUsage.ts';
import { checkBaseUrl } from './baseUrl.ts';
import { Budget } from './budget.ts';
import type { BulkLimits } from './bulkBodies.ts';
import { Clients } from './client.ts';
import { Connection } from './connection.ts';
import type { Credential } from './credential.ts';
import { RefusedTokens } from './refusedTokens.ts';
import { RemoteSource } from './remoteSource.ts';
import { type Patience, Requests, type RequestsOptions } from './requests.ts';
import { ServerClock } from './serverClock.ts';
import { type RemoteAccount, TokenApi } from './tokenApi.ts';

export interface CloudflareApiOptions {
  /** The current wrangler configs of the workspace. */
  readonly configs: () => readonly WranglerConfig[];
  readonly timing?: Timing;
  readonly random?: RequestsOptions['random'];
  readonly patience?: Patience;
  readonly bulkLimits?: BulkLimits;
}

/** What all accounts of one server share. */
interface Shared {
  /** Shared because Cloudflare counts requests per user, not per account. */
  readonly budget: Budget;
  /** Shared because several accounts may use the same token. */
  readonly refusedTokens: RefusedTokens;
}

/** Access to Cloudflare for signing in and for every account. Nothing is loaded or sent before it is used. */
export class CloudflareApi {
  readonly #options: CloudflareApiOptions;
  /** By server. */
  readonly #shared = new Map<string, Shared>();

  constructor(options: CloudflareApiOptions) {
    this.#options = options;
  }

  /** Throws `invalidInput` if the server must not receive a token. */
  withToken(server: string, token: string): TokenApi {
    return new TokenApi(this.#requests(checkBaseUrl(server), async () => token));
  }

  /** Throws `invalidInput` if the server must not receive a token. */
  source(server: string, account: RemoteAccount, credential: Credential): RemoteSource {
    const { configs, timing = realTiming, bulkLimits } = this.#options;
    const baseUrl = checkBaseUrl(server);
    const clock = new ServerClock(timing);
    // A request that is never cached or repeated, because its only purpose is to reach the network.
    const probe = () => kv.listNamespaces(1, { priority: 'background', repeat: 'once' }, 1);
    const connection = new Connection(probe, this.#sharedAt(baseUrl).refusedTokens, timing);
    const requests = this.#requests(baseUrl, credential, { account: account.name, clock, connection });
    const kv = new AccountKv(requests, account.id);
    const usage = new AccountUsage({ requests, account: account.id, clock, timing });
    const calls = new AccountCalls(requests, account.id);
    return new RemoteSource({ account, kv, usage, calls, baseUrl, connection, configs, clock, timing, bulkLimits });
  }

  #requests(
    baseUrl: string,
    credential: Credential,
    ofAccount: Pick<RequestsOptions, 'account' | 'clock' | 'connection'> = {},
  ): Requests {
    const { timing, random, patience } = this.#options;
    const clients = new Clients(baseUrl);
    const { budget } = this.#sharedAt(baseUrl);
    return new Requests({ ...ofAccount, clients, credential, budget, timing, random, patience });
  }

  #sharedAt(baseUrl: string): Shared {
    const { timing = realTiming } = this.#options;
    const shared = this.#shared.get(baseUrl) ?? {
      budget: new Budget(timing),
      refusedTokens: new RefusedTokens(timing),
    };
    this.#shared.set(baseUrl, shared);
    return shared;
  }
}
