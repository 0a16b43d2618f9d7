import assert from 'node:assert/strict';
import { Miniflare } from 'miniflare';
import { type ErrorPage, errorsIn } from '../../src/core/base/errorPages.ts';

/** Calls that fail in the local runtime as they do in production, and the page that explains it. */
const calls: readonly (readonly [call: string, page: ErrorPage])[] = [
  ['env.KV.put("a", "1", { expirationTtl: 59 })', 'expiration'],
  ['env.KV.put("a", "1", { expirationTtl: 0 })', 'expiration'],
  ['env.KV.put("a", "1", { expiration: 1600000000 })', 'expiration'],
  ['env.KV.put("a", "1", { expiration: Math.floor(Date.now() / 1000) + 30 })', 'expiration'],
  ['env.KV.get("a", { cacheTtl: 29 })', 'cache-ttl'],
  ['env.KV.getWithMetadata("a", { cacheTtl: 29 })', 'cache-ttl'],
  ['env.KV.get(["a", "b"], { cacheTtl: 29 })', 'cache-ttl'],
  ['env.KV.get("")', 'key'],
  ['env.KV.put("..", "1")', 'key'],
  ['env.KV.delete(".")', 'key'],
  ['env.KV.get("k".repeat(513))', 'key'],
  ['env.KV.put("k".repeat(513), "1")', 'key'],
  ['env.KV.list({ prefix: "k".repeat(513) })', 'key'],
  ['env.KV.get(["a", ""])', 'key'],
  ['env.KV.get(["a", "."])', 'key'],
  ['env.KV.put("a", { a: 1 })', 'value'],
  ['env.KV.put("a", "1", { metadata: "m".repeat(1100) })', 'metadata'],
  ['env.KV.put("a", new Uint8Array(26214401))', 'value-size'],
  ['env.KV.list({ limit: 1001 })', 'list-limit'],
  ['env.KV.get([])', 'bulk-read'],
  ['env.KV.get(Array.from({ length: 101 }, (_, i) => "k" + i))', 'bulk-read'],
  ['env.KV.get(["a", "b"], "stream")', 'bulk-read'],
  ['env.KV.put("text", "no JSON").then(() => env.KV.get(["text"], "json"))', 'bulk-read'],
  ['env.KV.put("text", "1").then(() => env.KV.get("text", "buffer"))', 'value-type'],
  ['env.KV.put("a", "1", 3600)', 'options'],
  ['env.KV.list("user:")', 'options'],
];

const script = `
let early = '';
try { await fetch('http://localhost/'); } catch (error) { early = String(error); }
const calls = [${calls.map(([call]) => `async (env) => ${call}`).join(',\n')}];
export default {
  async fetch(request, env) {
    const index = Number(new URL(request.url).searchParams.get('call'));
    if (index < 0) return new Response(early);
    try {
      await calls[index](env);
      return new Response('nothing was thrown');
    } catch (error) {
      return new Response(String(error));
    }
  },
};`;

describe('What KV says when it refuses', () => {
  let miniflare: Miniflare;

  before(async () => {
    miniflare = new Miniflare({
      cf: false,
      telemetry: { enabled: false },
      workers: [
        {
          config: {
            name: 'worker',
            compatibilityDate: '2026-01-01',
            env: { KV: { type: 'kv', id: 'kv' } },
            manifest: { mainModule: 'worker.js', modules: { 'worker.js': { type: 'esm', contents: script } } },
          },
        },
      ],
    });
    await miniflare.ready;
  });
  after(() => miniflare.dispose());

  const said = async (index: number): Promise<string> =>
    await (await miniflare.dispatchFetch(`http://localhost/?call=${index}`)).text();

  const leadsTo = (line: string, page: ErrorPage): void =>
    assert.deepEqual(
      errorsIn(line).map((one) => one.page),
      [page],
      line,
    );

  calls.forEach(([call, page], index) => {
    it(`${call} is explained by “${page}”`, async () => leadsTo(await said(index), page));
  });

  it('a call outside of a request is explained by “global-scope”', async () => leadsTo(await said(-1), 'global-scope'));
});
