import { CloudflareApi, type CloudflareApiOptions } from '../../../src/cloudflare/cloudflareApi.ts';
import type { RemoteSource } from '../../../src/cloudflare/remoteSource.ts';
import { CloudflareServer } from './server.ts';
import type { Token } from './tokens.ts';

/** A server with an account, and the account as a source. */
export interface Remote {
  readonly server: CloudflareServer;
  readonly token: Token;
  readonly source: RemoteSource;
  /** Another connection to the same account: somebody else, unless told otherwise. */
  connect(options?: Partial<CloudflareApiOptions>): RemoteSource;
  stop(): Promise<void>;
}

export async function startRemote(options: Partial<CloudflareApiOptions> = {}): Promise<Remote> {
  const server = await CloudflareServer.start();
  const token = server.issueToken();
  const sources: RemoteSource[] = [];
  const connect = (own: Partial<CloudflareApiOptions> = options): RemoteSource => {
    const api = new CloudflareApi({ configs: () => [], ...own });
    const source = api.source(server.baseUrl, server.account, async () => token.text);
    sources.push(source);
    return source;
  };
  return {
    ...{ server, token, connect },
    source: connect(),
    async stop() {
      for (const source of sources) source.dispose();
      await server.stop();
    },
  };
}
