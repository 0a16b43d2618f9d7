import assert from 'node:assert/strict';
import type { KvEntry } from '../../../src/core/entry/entry.ts';
import { parseMetadata } from '../../../src/core/entry/metadataJson.ts';
import { ExplorerWriter } from '../../../src/local/explorer/explorerWriter.ts';
import { LoopbackHttp } from '../../../src/local/explorer/http.ts';
import { NamespaceApi } from '../../../src/local/explorer/namespaceApi.ts';
import type { Refusal } from '../../../src/local/explorer/refusal.ts';
import type { WriteResult } from '../../../src/local/localWriter.ts';
import { FakeExplorer, fail, reply } from '../../support/fakeExplorer.ts';

const ID = 'a/b KV';
const later = 2_000_000_000;
const text = (value: string): Uint8Array => Buffer.from(value);
const told = ({ failed }: WriteResult) =>
  failed.map(({ index, error, closed }) => [index, error.kind, ...(closed ? [closed] : [])]);

describe('writing through a dev server', () => {
  let http: LoopbackHttp;
  let fake: FakeExplorer;
  let api: NamespaceApi;
  let writer: ExplorerWriter;
  const start = async (isOld = false) => {
    fake = await FakeExplorer.start({ namespaces: [ID], isOld });
    const server = {
      address: { host: '127.0.0.1', port: fake.port } as const,
      api: '/cdn-cgi/explorer/api',
      workers: [],
      namespaces: [ID],
    };
    api = new NamespaceApi(http, server, ID);
    api.hasBulk = !isOld;
    writer = new ExplorerWriter(async () => api);
  };
  beforeEach(async () => {
    http = new LoopbackHttp();
    await start();
  });
  afterEach(async () => {
    http.dispose();
    await fake.stop();
  });

  const put = async (...entries: KvEntry[]) => await writer.put(entries, { durable: true });
  const puts = () =>
    fake.calls.filter((call) => call.startsWith('PUT ')).map((call) => call.replace(/.*namespaces/, ''));

  it('puts an entry that never expires as it is, with its metadata', async () => {
    const value = Uint8Array.from({ length: 256 }, (_, i) => 255 - i);
    assert.deepEqual(await put({ key: 'ü/?#%', value }), { failed: [] });
    assert.deepEqual(await put({ key: 'm', value, metadata: ['ü', { __proto__x: 0 }] }), { failed: [] });
    assert.deepEqual(await put({ key: 'falsy', value: text(''), metadata: 0 }), { failed: [] });
    assert.deepEqual(await put({ key: 'none', value: text('v'), metadata: null }), { failed: [] });
    assert.deepEqual(fake.entry(ID, 'ü/?#%'), { value: Buffer.from(value) });
    assert.deepEqual(fake.entry(ID, 'm'), { value: Buffer.from(value), metadata: ['ü', { __proto__x: 0 }] });
    assert.deepEqual(fake.entry(ID, 'falsy'), { value: Buffer.from(''), metadata: 0 });
    assert.deepEqual(fake.entry(ID, 'none'), { value: Buffer.from('v') });
    assert.deepEqual(puts()[0], '/a%2Fb%20KV/values/%C3%BC%2F%3F%23%25');
  });

  it('puts an entry that expires in bulk, because a single put would wipe that', async () => {
    const binary = Uint8Array.of(0xff, 0, 0xc3, 0x28);
    await put({ key: 'text', value: text('\ufeffü'), metadata: { a: 1 }, expiration: later });
    await put({ key: 'binary', value: binary, expiration: later });
    assert.deepEqual(puts(), ['/a%2Fb%20KV/bulk', '/a%2Fb%20KV/bulk']);
    assert.deepEqual(fake.entry(ID, 'text'), {
      value: Buffer.from('\ufeffü'),
      metadata: { a: 1 },
      expiration: later,
    });
    assert.deepEqual(fake.entry(ID, 'binary'), { value: Buffer.from(binary), expiration: later });
  });

  it('sends a hundred keys in a request, the last of a repeated one, and tells how far it is', async () => {
    const entries = Array.from({ length: 250 }, (_, i): KvEntry => ({ key: `k${i % 240}`, value: text(`${i}`) }));
    const reports: number[] = [];
    const result = await writer.put([...entries.slice(0, 5), ...entries], {
      durable: false,
      report: (done) => reports.push(done),
    });
    assert.deepEqual(result, { failed: [] });
    assert.deepEqual(reports, [100, 200, 255]);
    assert.equal(puts().length, 3);
    assert.equal(fake.namespaces.get(ID)?.size, 240);
    assert.equal(fake.entry(ID, 'k3')?.value.toString(), '243');
    const keys = entries.map(({ key }) => key);
    assert.deepEqual(await writer.delete(keys, { durable: false }), { failed: [] });
    assert.equal(fake.namespaces.get(ID)?.size, 0);
  });

  it('cuts requests by size, and sends a large value alone', async () => {
    const large = new Uint8Array(3_000_000);
    await put({ key: 'a', value: large }, { key: 'b', value: large }, { key: 'c', value: text('') });
    assert.deepEqual(puts(), ['/a%2Fb%20KV/values/a', '/a%2Fb%20KV/bulk']);
  });

  it('keeps a field that the bulk route would drop, and says where it cannot', async () => {
    const metadata = JSON.parse('{"list":[{"__proto__":{"a":1}}]}');
    const result = await put(
      { key: 'a', value: text('1'), metadata },
      { key: 'b', value: text('2') },
      { key: 'c', value: text('3') },
      { key: 'd', value: text('4'), metadata, expiration: later },
    );
    assert.deepEqual(told(result), [[3, 'unsupported']]);
    assert.match(result.failed[0]?.error.message ?? '', /^“d” was not written: .*__proto__/);
    assert.deepEqual(fake.entry(ID, 'a')?.metadata, metadata);
    assert.equal(fake.namespaces.get(ID)?.size, 3);
  });

  it('refuses metadata with a number that the server would round, and sends other spellings', async () => {
    const result = await put(
      { key: 'a', value: text('1'), metadata: parseMetadata('{"list":[12345678901234567890]}') ?? null },
      { key: 'b', value: text('2'), metadata: parseMetadata('1e400') ?? null, expiration: later },
      { key: 'c', value: text('3'), metadata: parseMetadata('{"price":1.10}') ?? null },
    );
    assert.deepEqual(told(result), [
      [0, 'unsupported'],
      [1, 'unsupported'],
    ]);
    assert.match(result.failed[0]?.error.message ?? '', /^“a” was not written: .* 12345678901234567890 /);
    assert.deepEqual(fake.entry(ID, 'c')?.metadata, { price: 1.1 });
    assert.equal(fake.namespaces.get(ID)?.size, 1);
  });

  it('tries what a bulk request names as not done once more, and reports what fails again', async () => {
    fake.interfere = ({ path, method }, response) => {
      if (path.endsWith('/bulk')) {
        const result = { successful_key_count: 1, unsuccessful_keys: ['b', 'c'] };
        fail(response, 413, 10_000, 'too large', result);
        return true;
      }
      if (method !== 'PUT' || !path.endsWith('/c')) return false;
      fail(response, 413, 10_000, 'Value length of 99 exceeds limit');
      return true;
    };
    const result = await put(...['a', 'b', 'c'].map((key) => ({ key, value: text(key) })));
    assert.deepEqual(told(result), [[2, 'tooLarge']]);
    assert.match(result.failed[0]?.error.message ?? '', /^“c” was not written: /);
    assert.equal(fake.entry(ID, 'b')?.value.toString(), 'b');
  });

  it('tries each key singly when a bulk request is refused as a whole', async () => {
    fake.interfere = ({ path, body }, response) => {
      if (!path.endsWith('/bulk') || !body.toString().includes('"bad"')) return false;
      fail(response, 400, 10_001, 'Invalid expiration of 1. Expiration times must be at least 60 seconds');
      return true;
    };
    const entries = ['good', 'bad', 'fine'].map((key) => ({ key, value: text(key), expiration: later }));
    const result = await put(...entries);
    assert.deepEqual(told(result), [[1, 'invalidInput']]);
    assert.doesNotMatch(result.failed[0]?.error.message ?? '', /Invalid expiration/);
    assert.equal(fake.namespaces.get(ID)?.size, 2);
  });

  for (const [status, code, kind] of [
    [413, 10_000, 'tooLarge'],
    [414, 10_000, 'invalidInput'],
    [400, 10_001, 'invalidInput'],
    [404, 10_013, 'namespaceNotFound'],
    [500, 10_000, 'server'],
  ] as const) {
    it(`takes ${status} for ${kind}, naming the key and nothing of the answer`, async () => {
      fake.interfere = (_, response) => {
        fail(response, status, code, 'SQLITE_BUSY at put (file:///x.js:1)');
        return true;
      };
      const result = await put({ key: 'user:1', value: text('v') });
      assert.deepEqual(told(result), [[0, kind]]);
      const { message } = result.failed[0]?.error ?? assert.fail();
      assert.match(message, /^“user:1” was not written: /);
      assert.doesNotMatch(message, /SQLITE|file:/);
      const deleted = await writer.delete(['user:1'], { durable: true });
      assert.match(deleted.failed[0]?.error.message ?? '', /^“user:1” was not deleted: /);
    });
  }

  it('is closed when the server goes in the middle: every key not done is told once', async () => {
    fake.interfere = ({ path }, response) => {
      if (!path.endsWith('/bulk') || puts().length < 2) return false;
      response.destroy();
      return true;
    };
    const entries = Array.from({ length: 350 }, (_, i): KvEntry => ({ key: `k${i}`, value: text('') }));
    const result = await put(...entries);
    assert.equal(fake.namespaces.get(ID)?.size, 100);
    assert.deepEqual(
      result.failed.map(({ index }) => index),
      Array.from({ length: 250 }, (_, i) => 100 + i),
    );
    assert.ok(result.failed.every(({ error, closed }) => closed === 'devServer' && error.kind === 'busy'));
    assert.match(result.stopped?.('next').message ?? '', /^“next” was not written: /);
  });

  it('is closed when the port has another owner now', async () => {
    fake.interfere = (_, response) => {
      response.end('hello');
      return true;
    };
    assert.deepEqual(told(await put({ key: 'k', value: text('') })), [[0, 'busy', 'devServer']]);
    fake.interfere = (_, response) => {
      reply(response, 200, { success: 'yes' });
      return true;
    };
    assert.deepEqual(told(await put({ key: 'k', value: text('') })), [[0, 'busy', 'devServer']]);
  });

  it('is closed where there is no server, and says what to do', async () => {
    const refusals: [Refusal, kind: string, says: RegExp][] = [
      [{ reason: 'unknownPort', unusable: [] }, 'busy', /cloudflareKv\.local\.devServerPorts, or stop the server\.$/],
      [{ reason: 'unknownPort', unusable: [{ port: 8787, kind: 'plain' }] }, 'busy', /Port 8787 .*X_LOCAL_EXPLORER/],
      [{ reason: 'unknownPort', unusable: [{ port: 8787, kind: 'refused' }] }, 'busy', /Port 8787 refuses/],
      [{ reason: 'unknownPort', unusable: [{ port: 8787, kind: 'silent' }] }, 'busy', /Port 8787 does not answer/],
      [{ reason: 'elsewhere', port: 8787 }, 'busy', /port 8787 .* cloudflareKv\.local\.stateFolders/],
      [{ reason: 'unknownNamespace', port: 8787 }, 'unsupported', /port 8787 .* binding/],
      [{ reason: 'failing', port: 8787 }, 'busy', /port 8787/],
      [{ reason: 'unknownId' }, 'unsupported', /wrangler config/],
      [{ reason: 'fault', fault: new Error('x') }, 'server', /log/],
    ];
    for (const [refusal, kind, says] of refusals) {
      const closed = new ExplorerWriter(async () => refusal);
      const result = await closed.put([{ key: 'a', value: text('') }], { durable: true });
      assert.deepEqual(told(result), [[0, kind, 'devServer']]);
      assert.match(result.failed[0]?.error.message ?? '', says);
      assert.match(result.failed[0]?.error.message ?? '', /^“a” was not written: /);
    }
  });

  it('begins nothing more when it is cancelled', async () => {
    const aborting = new AbortController();
    const entries = Array.from({ length: 250 }, (_, i): KvEntry => ({ key: `k${i}`, value: text('') }));
    const result = await writer.put(entries, {
      durable: false,
      signal: aborting.signal,
      report: () => aborting.abort(),
    });
    assert.equal(fake.namespaces.get(ID)?.size, 100);
    assert.equal(result.failed.length, 150);
    assert.ok(result.failed.every(({ error }) => error.kind === 'cancelled'));
  });

  it('writes singly on a version without bulk routes, and refuses what it would make permanent', async () => {
    await fake.stop();
    await start(true);
    const result = await put(
      { key: 'a', value: text('1'), metadata: { a: 1 } },
      { key: 'b', value: text('2'), expiration: later },
      { key: 'c', value: text('3') },
    );
    assert.deepEqual(told(result), [[1, 'unsupported']]);
    assert.match(result.failed[0]?.error.message ?? '', /^“b” was not written: it has an expiration/);
    assert.deepEqual([...(fake.namespaces.get(ID)?.keys() ?? [])], ['a', 'c']);
    assert.deepEqual(await writer.delete(['a', 'c', 'missing'], { durable: false }), { failed: [] });
    assert.equal(fake.namespaces.get(ID)?.size, 0);
  });
});
