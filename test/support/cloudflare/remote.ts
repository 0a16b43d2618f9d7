import { CloudflareApi, type CloudflareApiOptions } from '../../../src/cloudflare/cloudflareApi.ts';
import type { Credential } from '../../../src/cloudflare/credential.ts';
import type { RemoteSource } from '../../../src/cloudflare/remoteSource.ts';
import { CloudflareServer } from './server.ts';
import type { Token } from './tokens.ts';

/** A server with an account, and the account as a source. */
export interface Remote {
  readonly server: CloudflareServer;
  readonly token: Token;
  readonly source: RemoteSource;
  /** Another connection to the same account, as somebody else by default. */
  connect(options?: Partial<CloudflareApiOptions>): RemoteSource;
  /** The same with another credential. */
  connectAs(credential: Credential): RemoteSource;
  stop(): Promise<void>;
}

export async function startRemote(options: Partial<CloudflareApiOptions> = {}): Promise<Remote> {
  const server = await CloudflareServer.start();
  const token = server.issueToken();
  const sources: RemoteSource[] = [];
  const connectAs = (credential: Credential, own: Partial<CloudflareApiOptions> = options): RemoteSource => {
    const api = new CloudflareApi({ configs: () => [], ...own });
    const source = api.source(server.baseUrl, server.account, credential);
    sources.push(source);
    return source;
  };
  const connect = (own?: Partial<CloudflareApiOptions>): RemoteSource => connectAs(async () => token.text, own);
  return {
    server,
    token,
    connect,
    connectAs,
    source: connect(),
    async stop() {
      for (const source of sources) source.dispose();
      await server.stop();
    },
  };
}
