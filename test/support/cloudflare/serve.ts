// node test/support/cloudflare/serve.ts: the server as a separate process. It prints one line of JSON with its
// addresses; commands (control.ts) are posted to its `control` address. It exits when its standard input ends.
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { type Command, obey } from './control.ts';
import { CloudflareServer } from './server.ts';

/** The content of that line. */
export interface Served {
  /** In the form for `CLOUDFLARE_API_BASE_URL`. */
  readonly baseUrl: string;
  readonly control: string;
  readonly accountId: string;
  readonly accountName: string;
  /** A token with all permissions. */
  readonly token: string;
}

const server = await CloudflareServer.start();
const control = createServer(async (request, response) => {
  const status = obey(server, (await json(request)) as Command);
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(status));
});
control.listen(0, '127.0.0.1', () => {
  const address = control.address();
  if (address === null || typeof address === 'string') throw new Error('The control server is not listening');
  const { id, name } = server.account;
  const served: Served = {
    baseUrl: server.baseUrl,
    control: `http://127.0.0.1:${address.port}/`,
    accountId: id,
    accountName: name,
    token: server.issueToken().text,
  };
  console.log(JSON.stringify(served));
});

async function end(): Promise<never> {
  await server.stop();
  process.exit();
}

process.stdin.resume().on('end', end);
process.on('SIGTERM', end);
