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
  /** The wrangler configs of the workspace as they are now. */
  readonly configs: () => readonly WranglerConfig[];
  readonly timing?: Timing;
  readonly random?: RequestsOptions['random'];
  readonly patience?: Patience;
  readonly bulkLimits?: BulkLimits;
}

/** What all accounts of one server share. */
interface Shared {
  /** Cloudflare counts what a user does, whatever the account. */
  readonly budget: Budget;
  /** Several accounts may have one token. */
  readonly refusedTokens: RefusedTokens;
}

/** The way to Cloudflare for sign-in and for every account; nothing is loaded or sent before it is used. */
export class CloudflareApi {
  readonly #options: CloudflareApiOptions;
  /** By server. */
  readonly #shared = new Map<string, Shared>();

  constructor(options: CloudflareApiOptions) {
    this.#options = options;
  }

  /** Throws `invalidInput` for a server that no token may be sent to. */
  withToken(server: string, token: string): TokenApi {
    return new TokenApi(this.#requests(checkBaseUrl(server), async () => token));
  }

  /** Throws `invalidInput` for a server that no token may be sent to. */
  source(server: string, account: RemoteAccount, credential: Credential): RemoteSource {
    const { configs, timing = realTiming, bulkLimits } = this.#options;
    const baseUrl = checkBaseUrl(server);
    const clock = new ServerClock(timing);
    // One request that is never kept nor repeated: it is there to leave this machine.
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
