import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { inspect } from 'node:util';
import { AccountKv } from '../../src/cloudflare/accountKv.ts';
import { Budget } from '../../src/cloudflare/budget.ts';
import { Clients } from '../../src/cloudflare/client.ts';
import { CloudflareApi } from '../../src/cloudflare/cloudflareApi.ts';
import { RemoteStore } from '../../src/cloudflare/remoteStore.ts';
import { Requests } from '../../src/cloudflare/requests.ts';
import { isKvError } from '../../src/core/base/errors.ts';
import type { KvStore } from '../../src/core/store/store.ts';
import type { Mishap } from '../support/cloudflare/faults.ts';
import { type Remote, startRemote } from '../support/cloudflare/remote.ts';
import { HastyTiming } from '../support/hastyTiming.ts';

const value = new TextEncoder().encode('secret value');

/** Somebody else's server, which must never hear from us. */
async function startStranger(): Promise<{ url: string; heard: string[]; server: Server }> {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    heard.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`);
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(address && typeof address === 'object');
  return { url: `http://127.0.0.1:${address.port}`, heard, server };
}

async function* everyCall(store: KvStore): AsyncGenerator<() => Promise<unknown>> {
  yield () => store.list({});
  yield () => store.get('k');
  yield () => store.getMany(['k'])[Symbol.asyncIterator]().next();
  yield () => store.put({ key: 'k', value, metadata: { m: 1 } });
  yield () => store.put({ key: 'k', value });
  yield () => store.delete('k');
  yield () => store.putMany([{ key: 'k', value }]);
  yield () => store.deleteMany(['k']);
}

/** For requests that are meant to fail. */
const patience = { answerMs: 3000, stallMs: 100 };

describe('requests to an account', () => {
  let remote: Remote;
  let stranger: Awaited<ReturnType<typeof startStranger>>;
  let namespace: string;

  before(async () => {
    remote = await startRemote({ timing: new HastyTiming() });
    stranger = await startStranger();
    namespace = remote.server.createNamespace('safety').id;
    await remote.source.store(namespace).list({});
  });
  beforeEach(() => remote.server.reset());
  after(async () => {
    stranger.server.close();
    await remote.stop();
    assert.deepEqual([remote.server.violations, remote.server.strays, stranger.heard], [[], [], []]);
  });

  it('go nowhere else, whatever the environment says, and with no other credential', async () => {
    const set: Record<string, string> = {
      CLOUDFLARE_BASE_URL: stranger.url,
      CLOUDFLARE_API_BASE_URL: stranger.url,
      CLOUDFLARE_API_TOKEN: 'environment-token',
      CLOUDFLARE_API_KEY: 'environment-key',
      CLOUDFLARE_EMAIL: 'somebody@example.com',
      CLOUDFLARE_API_USER_SERVICE_KEY: 'environment-service-key',
      CLOUDFLARE_ACCOUNT_ID: 'f'.repeat(32),
      CLOUDFLARE_CUSTOM_HEADERS:
        'Authorization: Bearer environment-token\nX-Auth-Key: environment-key\nX-Auth-Email: somebody@example.com\nX-Auth-User-Service-Key: environment-service-key',
      CLOUDFLARE_LOG: 'debug',
    };
    const before = Object.fromEntries(Object.keys(set).map((name) => [name, process.env[name]]));
    const original = Object.fromEntries(LEVELS.map((level) => [level, console[level]]));
    const printed: unknown[] = [];
    const sent: string[] = [];
    const fetched = globalThis.fetch;
    Object.assign(process.env, set);
    for (const level of LEVELS) console[level] = (...args: unknown[]) => void printed.push(args);
    globalThis.fetch = async (input, init) => {
      sent.push(`${input} ${JSON.stringify([...new Headers(init?.headers)])}`);
      return await fetched(input, init);
    };
    try {
      const store = remote.connect().store(namespace);
      for await (const call of everyCall(store)) await call();
      await remote.connect().namespaces();
    } finally {
      globalThis.fetch = fetched;
      Object.assign(console, original);
      for (const [name, was] of Object.entries(before)) {
        if (was === undefined) delete process.env[name];
        else process.env[name] = was;
      }
    }
    const toUs = sent.filter((request) =>
      request.startsWith(`${remote.server.baseUrl}/accounts/${remote.server.account.id}/`),
    );
    assert.ok(toUs.length >= 10);
    for (const request of toUs) {
      assert.ok(request.includes(remote.token.text));
      assert.doesNotMatch(request, /environment|somebody/);
      assert.match(request, /"api-version","2026-11-01"/);
    }
    assert.deepEqual(printed, []);
  });

  it('follow no redirect', async () => {
    const store = remote.connect().store(namespace);
    for await (const call of everyCall(store)) {
      remote.server.reset();
      remote.server.faults.add({ mishap: { kind: 'redirect', to: `${stranger.url}/client/v4` }, times: 1000 });
      const outcome: unknown = await call().catch((error: unknown) => error);
      const error = isKvError(outcome) ? outcome : Reflect.get(Object(outcome), 'failed')?.[0]?.error;
      assert.ok(isKvError(error, 'server'), String(error));
      assert.match(error.message, /elsewhere, which is not allowed/);
      assert.ok(remote.server.count() <= 2, 'a redirect is not tried again');
    }
  });

  it('of keys that lead elsewhere in a path are not sent, even without validation around the store', async () => {
    const clients = new Clients(remote.server.baseUrl);
    const requests = new Requests({ clients, credential: async () => remote.token.text, budget: new Budget() });
    const kv = new AccountKv(requests, remote.server.account.id);
    const bare = new RemoteStore({ kv, namespace });
    for (const key of ['.', '..', '', '\ud800', 'x'.repeat(513)]) {
      await assert.rejects(bare.get(key), (error) => isKvError(error, 'invalidInput'));
      await assert.rejects(bare.put({ key, value }), (error) => isKvError(error, 'invalidInput'));
      await assert.rejects(bare.put({ key, value, metadata: 1 }), (error) => isKvError(error, 'invalidInput'));
      await assert.rejects(bare.delete(key), (error) => isKvError(error, 'invalidInput'));
    }
    for (const id of ['..', '', 'a/b', `${namespace}/values`, namespace.toUpperCase(), '%2e%2e']) {
      const astray = new RemoteStore({ kv, namespace: id });
      for await (const call of everyCall(astray)) {
        const outcome: unknown = await call().catch((error: unknown) => error);
        const error = isKvError(outcome) ? outcome : Reflect.get(Object(outcome), 'failed')?.[0]?.error;
        assert.ok(isKvError(error, 'namespaceNotFound'), String(error));
      }
      await assert.rejects(remote.source.remove(id), (error) => isKvError(error, 'namespaceNotFound'));
      await assert.rejects(remote.source.rename(id, 'x'), (error) => isKvError(error, 'namespaceNotFound'));
    }
    assert.equal(remote.server.count(), 0);
    await bare.put({ key: '%2e%2e', value });
    await bare.put({ key: '...', value });
    assert.deepEqual((await bare.list({})).keys.map(({ name }) => name).sort(), ['%2e%2e', '...']);
  });

  it('leave no trace of the token in any error, however they fail', async () => {
    const mishaps: readonly Mishap[] = [
      { kind: 'status', status: 401 },
      { kind: 'status', status: 403 },
      { kind: 'status', status: 400, code: 6003 },
      { kind: 'status', status: 429, retryAfter: 1 },
      { kind: 'status', status: 500 },
      { kind: 'html', status: 200 },
      { kind: 'html', status: 503 },
      { kind: 'empty' },
      { kind: 'notSuccessful' },
      { kind: 'cut', at: 'start' },
      { kind: 'cut', at: 'body' },
      { kind: 'stall', at: 'body' },
      { kind: 'redirect', to: stranger.url },
      { kind: 'echo' },
    ];
    const texts: string[] = [];
    const note = (thing: unknown): void =>
      void texts.push(inspect(thing, { depth: 20, showHidden: true, maxStringLength: null }));
    const connect = () => remote.connect({ timing: new HastyTiming(), patience });
    for (const mishap of mishaps) {
      const store = connect().store(namespace);
      remote.server.faults.clear();
      remote.server.faults.add({ mishap, times: 1000 });
      // What is sent again takes long, and fails like the rest.
      let calls = ['status', 'html', 'cut', 'stall'].includes(mishap.kind) ? 4 : 8;
      for await (const call of everyCall(store)) {
        if (calls-- > 0) note(await call().catch((error: unknown) => error));
      }
      const source = connect();
      note(await source.namespaces().catch((error: unknown) => error));
      note(await source.create('title').catch((error: unknown) => error));
      const api = new CloudflareApi({ configs: () => [], timing: new HastyTiming(), patience });
      const token = api.withToken(remote.server.baseUrl, remote.token.text);
      note(await token.accounts().catch((error: unknown) => error));
      note(await token.status(undefined).catch((error: unknown) => error));
    }
    const all = texts.join('\n');
    assert.ok(texts.length > 100 && all.includes('KvError'));
    assert.ok(!all.includes(remote.token.text), 'the token');
    assert.ok(!all.includes('A proxy speaking'), 'the body of an answer');
    assert.doesNotMatch(all, /Bearer (?!\[token\])/);
  });
});

const LEVELS = ['log', 'info', 'warn', 'error', 'debug'] as const;
