import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LoopbackHttp } from '../../../src/local/explorer/http.ts';
import { identify, scopesOf } from '../../../src/local/explorer/identity.ts';
import { FakeExplorer, fail, type Interfere, reply } from '../../support/fakeExplorer.ts';

describe('what a port says of itself', () => {
  const worker = {
    isSelf: true,
    name: 'shop',
    persistenceScope: 'abc',
    bindings: { kv: [{ id: 'KV' }, { id: 'two' }] },
  };
  let http: LoopbackHttp;
  let fake: FakeExplorer;
  beforeEach(async () => {
    http = new LoopbackHttp();
    fake = await FakeExplorer.start({ workers: [worker], namespaces: ['listed'] });
  });
  afterEach(async () => {
    http.dispose();
    await fake.stop();
  });
  const ask = async (port = fake.port, timeoutMs = 20_000) =>
    await identify(http, { host: '127.0.0.1', port }, timeoutMs);
  const said = async (interfere: Interfere, timeoutMs?: number) => {
    fake.interfere = interfere;
    return await ask(fake.port, timeoutMs);
  };

  it('is a dev server with its own Workers and namespaces, and not those of its neighbours', async () => {
    fake.workers = [
      { isSelf: false, name: 'other', bindings: { kv: [{ id: 'theirs' }] } },
      worker,
      { isSelf: true, name: 'second', bindings: { kv: [{ id: 'two' }, { id: 3 }] } },
      { isSelf: true, name: 'nothing' },
    ];
    const answer = await ask();
    assert.ok(answer.kind === 'server');
    assert.deepEqual(answer.server.workers, [{ name: 'shop', scope: 'abc' }, { name: 'second' }, { name: 'nothing' }]);
    assert.deepEqual(answer.server.namespaces, ['KV', 'two']);
  });

  it('is asked without an origin, uncounted, and with nobody else’s answers', async () => {
    await ask();
    const [request] = fake.received;
    assert.equal(request?.headers['x-miniflare-explorer-no-aggregate'], 'true');
    assert.equal(request?.headers.origin, undefined);
    assert.equal(request?.headers.host, `127.0.0.1:${fake.port}`);
  });

  it('is a server of unknown Workers when its wrangler was killed, or keeps no registry', async () => {
    const answer = await said((request, response) => {
      if (!request.path.endsWith('/local/workers')) return false;
      fail(response, 500, 10_000, 'Network connection lost.');
      return true;
    });
    assert.ok(answer.kind === 'server');
    assert.deepEqual([answer.server.workers, answer.server.namespaces], [[], ['listed']]);
    fake.workers = [];
    assert.deepEqual(await said(() => false), answer);
  });

  it('is found on the newer path alone', async () => {
    const answer = await said((request, response) => {
      if (request.path.startsWith('/cdn-cgi/local/')) return false;
      response.end('hello from the Worker');
      return true;
    });
    assert.ok(answer.kind === 'server');
    assert.equal(answer.server.api, '/cdn-cgi/local/explorer/api');
  });

  const html = { 'Content-Type': 'text/html' };
  const json = { 'Content-Type': 'application/json' };
  const strangers: [name: string, answer: (response: ServerResponse) => unknown][] = [
    ['the Worker itself, with X_LOCAL_EXPLORER=false', (response) => response.end('ok')],
    ['a Worker that answers JSON of its own', (response) => reply(response, 200, { hello: 'world' })],
    ['a page', (response) => response.writeHead(200, html).end('<html>')],
    ['broken JSON', (response) => response.writeHead(200, json).end('{"success":')],
    ['more than any dev server says', (response) => response.end(Buffer.alloc(5_000_000))],
  ];
  for (const [name, answer] of strangers) {
    it(`is no dev server when it is ${name}`, async () => {
      const found = await said((_, response) => {
        answer(response);
        return true;
      });
      assert.deepEqual(found, { kind: 'plain' });
    });
  }

  it('is never followed elsewhere', async () => {
    const elsewhere = await FakeExplorer.start({ workers: [worker] });
    const answer = await said((request, response) => {
      response.writeHead(302, { Location: `http://127.0.0.1:${elsewhere.port}${request.path}` }).end();
      return true;
    });
    assert.deepEqual(answer, { kind: 'plain' });
    assert.deepEqual(elsewhere.received, []);
    await elsewhere.stop();
  });

  it('may refuse us, keep us waiting, speak no HTTP, or be closed', async () => {
    const refused = await said((_, response) => {
      response.writeHead(403, { 'Content-Type': 'text/plain' }).end('Invalid Host header');
      return true;
    });
    assert.deepEqual(refused, { kind: 'refused' });
    assert.deepEqual(await said(() => true, 300), { kind: 'silent' });
    const other = createServer((socket) => socket.end('220 mail\r\n'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    assert.ok(typeof address === 'object' && address !== null);
    assert.deepEqual(await ask(address.port), { kind: 'closed' });
    other.close();
    assert.deepEqual(await ask(address.port), { kind: 'closed' });
  });

  it('tells the folder of its project by a hash, and one reached through a link by either', () => {
    assert.deepEqual(scopesOf('/projects/shop'), ['87defae3e83f950babea5dc0d571840778643dfdb25f73a8f95df24e54669d60']);
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'cloudflare-kv-')));
    try {
      symlinkSync(folder, join(folder, 'link'));
      const scopes = scopesOf(join(folder, 'link'));
      assert.equal(scopes.length, 2);
      assert.ok(scopes.includes(scopesOf(folder)[0] ?? ''));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
