// node test/support/cloudflare/serve.ts: the server as a process of its own. One line of JSON tells where it is;
// commands (control.ts) are posted to its `control` address. It ends with its standard input.
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { type Command, obey } from './control.ts';
import { CloudflareServer } from './server.ts';

/** What the line says. */
export interface Served {
  /** As `CLOUDFLARE_API_BASE_URL` takes it. */
  readonly baseUrl: string;
  readonly control: string;
  readonly accountId: string;
  readonly accountName: string;
  /** May do everything. */
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
