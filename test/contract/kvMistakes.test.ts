import assert from 'node:assert/strict';
import { Miniflare } from 'miniflare';
import { CODES } from '../../src/language/code/diagnostics/finding.ts';
import { eventually } from '../support/eventually.ts';
import { mistakes } from '../support/kvMistakes.ts';

const LENGTH = 100_000;

/** The statements as a function, without their type arguments. */
const asFunction = (statements: string): string =>
  `async (env, ctx, now, ends) => { ${statements.replace(/\.get<.*?>\(/g, '.get(')} }`;

const script = `
import { DurableObject } from 'cloudflare:workers';
const list = [${mistakes
  .flatMap(({ wrong, right }) => [wrong, right])
  .map(asFunction)
  .join(',\n')}];
const value = 'x'.repeat(${LENGTH});
const others = {
  async seed(env) { await Promise.all([env.KV.put('text', 'hello'), env.KV.put('json', '{"a":1}')]); },
  async floating(env, key) { env.KV.put(key, value); },
  async inObject(env, key) { await env.OBJECT.get(env.OBJECT.idFromName('a')).save(key); },
  async kept(env, key, ctx) { ctx.waitUntil(env.KV.put(key, value)); },
  async soon(env, key) {
    const now = Math.floor(Date.now() / 1000);
    await env.KV.put(key, value, { expiration: 1_600_000_000, expirationTtl: 60 });
    await env.KV.put(key, value, { expiration: now + 30 });
  },
  async length(env, key) { return (await env.KV.get(key))?.length; },
  async pages(env) {
    for (let i = 0; i < 3; i++) await env.KV.put('page:' + i, '1');
    const first = await env.KV.list({ prefix: 'page:', limit: 2 });
    const second = await env.KV.list({ prefix: 'page:', limit: 2, cursor: first.cursor });
    return [first, second].map((page) => [page.keys.length, page.list_complete, 'cursor' in page]);
  },
};
export class Saves extends DurableObject {
  save(key) { this.env.KV.put(key, value); }
}
export default {
  async fetch(request, env, ctx) {
    const { run, key } = await request.json();
    const now = Math.floor(Date.now() / 1000);
    const ends = async (name) => (await env.KV.list({ prefix: name })).keys[0]?.expiration !== undefined;
    try {
      const running = typeof run === 'number' ? list[run](env, ctx, now, ends) : others[run](env, key, ctx);
      return Response.json({ returned: await running });
    } catch (error) {
      return Response.json({ thrown: error.name + ': ' + error.message });
    }
  },
};`;

describe('What the rules say of KV', () => {
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
            env: {
              KV: { type: 'kv', id: 'kv' },
              OBJECT: { type: 'durable-object', exportName: 'Saves', worker: 'worker' },
            },
            exports: { Saves: { type: 'durable-object', storage: 'sqlite' } },
            manifest: { mainModule: 'worker.js', modules: { 'worker.js': { type: 'esm', contents: script } } },
          },
        },
      ],
    });
    await miniflare.ready;
    await run('seed');
  });
  after(() => miniflare.dispose());

  async function run(what: number | string, key?: string): Promise<{ thrown?: string; returned?: unknown }> {
    const reply = await miniflare.dispatchFetch('http://localhost/', {
      method: 'POST',
      body: JSON.stringify({ run: what, key }),
    });
    return (await reply.json()) as { thrown?: string; returned?: unknown };
  }

  it('is told for every rule', () => {
    const told = new Set(mistakes.map(({ code }) => code));
    assert.deepEqual(
      CODES.filter((code) => !told.has(code)),
      ['floating-put', 'list-complete'],
    );
  });

  mistakes.forEach(({ code, name, outcome }, index) => {
    it(`${code}, ${name}: ${'throws' in outcome ? 'throws' : 'gives something else'}`, async () => {
      const wrong = await run(2 * index);
      const right = await run(2 * index + 1);
      if ('throws' in outcome) assert.match(wrong.thrown ?? JSON.stringify(wrong), outcome.throws);
      else assert.deepEqual(wrong, { returned: outcome.returns });
      assert.equal(right.thrown, undefined);
    });
  });

  it('expiration: what ends within a minute is refused, and nothing is read of it beside expirationTtl', async () => {
    const { thrown = '' } = await run('soon', 'soon');
    assert.match(thrown, /Invalid expiration of \d+\. Expiration times must be at least 60 seconds in the future\./);
    assert.deepEqual(await run('length', 'soon'), { returned: LENGTH });
  });

  it('floating-put: the answer cuts a value that nothing waits for', async () => {
    await run('floating', 'floating');
    await run('kept', 'kept');
    assert.deepEqual(await run('length', 'floating'), { returned: 4096 });
    await eventually(async () => assert.deepEqual(await run('length', 'kept'), { returned: LENGTH }));
  });

  it('floating-put: a Durable Object keeps a value that nothing waits for', async () => {
    await run('inObject', 'in object');
    await eventually(async () => assert.deepEqual(await run('length', 'in object'), { returned: LENGTH }));
  });

  it('list-complete: only the last page is complete, and has no cursor', async () => {
    assert.deepEqual(await run('pages'), {
      returned: [
        [2, false, true],
        [1, true, false],
      ],
    });
  });
});
