import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { AccountKv } from '../../src/cloudflare/accountKv.ts';
import { Budget } from '../../src/cloudflare/budget.ts';
import { Clients } from '../../src/cloudflare/client.ts';
import { RemoteStore } from '../../src/cloudflare/remoteStore.ts';
import { Requests } from '../../src/cloudflare/requests.ts';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import { metadataText } from '../../src/core/entry/metadataJson.ts';

/** As no `JSON.stringify` spells it, and with numbers that no double holds. */
const SPELLED = '{ "10":12345678901234567890, "2":[1.10, 1e400] }';
const NAMESPACE = '0f2ac74b498b48028cb68387c421e279';
const answer = (result: string): string => `{ "result": ${result}, "success": true, "errors": [], "messages": [] }`;

describe('metadata of a remote key', () => {
  let server: Server;
  let store: RemoteStore;
  const sent: string[] = [];

  before(async () => {
    server = createServer(async (request, response) => {
      const url = request.url ?? '';
      const body = await text(request);
      if (request.method === 'PUT') sent.push(body);
      const isValue = request.method === 'GET' && url.includes('/values/');
      response.setHeader('content-type', isValue ? 'application/octet-stream' : 'application/json');
      if (isValue) response.end('value');
      else if (url.includes('/metadata/')) response.end(answer(SPELLED));
      else if (url.endsWith('/bulk/get')) {
        response.end(answer(`{"values": {"a": {"value": "\\"metadata\\": {", "metadata": ${SPELLED}}, "b": null}}`));
      } else if (url.includes('/keys'))
        response.end(answer(`[{"name": "a", "expiration": 9007199254740993, "metadata": ${SPELLED}}]`));
      else response.end(answer('{}'));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const clients = new Clients(`http://127.0.0.1:${port}`);
    const requests = new Requests({ clients, credential: async () => 'token', budget: new Budget() });
    store = new RemoteStore({ kv: new AccountKv(requests, '0123456789abcdef0123456789abcdef'), namespace: NAMESPACE });
  });
  after(() => server.close());

  it('keeps its text over a save of the value alone', async () => {
    const entry = await store.get('a');
    assert.ok(entry);
    assert.equal(metadataText(entry.metadata ?? null), SPELLED);
    await store.put({ ...entry, value: new Uint8Array([1]) });
    assert.ok(sent.pop()?.includes(`\r\n${SPELLED}\r\n`));
  });

  it('keeps its text from a bulk read to a bulk write', async () => {
    const entries: KvEntry[] = [];
    for await (const entry of store.getMany(['a', 'b'])) entries.push(entry);
    assert.equal(entries.length, 1);
    await store.putMany(entries);
    assert.equal(sent.pop(), `[{"key":"a","value":"\\"metadata\\": {","metadata":${SPELLED}}]`);
  });

  it('has every digit in a listing', async () => {
    const { keys } = await store.list({});
    assert.equal(JSON.stringify(keys[0]?.metadata), '{"2":[1.10,1e400],"10":12345678901234567890}');
    // What expires does not become what never does.
    assert.equal(keys[0]?.expiration, 2 ** 53);
  });
});
