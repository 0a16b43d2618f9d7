import assert from 'node:assert/strict';
import { Miniflare } from 'miniflare';
import { expand, moduleOf, readSnippets } from '../support/snippets.ts';

/** Of the statements: what they make. */
const RESULTS: Readonly<Record<string, string>> = { 'kv-get-many-metadata': '{ value, metadata }' };

const snippets = readSnippets('media/snippets/javascript.json');
const modules = Object.fromEntries(
  snippets.flatMap((snippet) => {
    const [text = ''] = expand(snippet);
    const module = moduleOf(text, 'env, key, keys', RESULTS[snippet.prefix] ?? 'value');
    return [[`${snippet.prefix}.js`, module]];
  }),
);
const imports = snippets.map(({ prefix }) => `import * as ${prefix.replaceAll('-', '_')} from './${prefix}.js';`);

/** What the Worker is asked for: one function for each snippet, named by its prefix, which gives what is looked at. */
const BEHAVIOURS = `
const names = async (kv, prefix) => (await kv.list({ prefix })).keys.map(({ name }) => name);
const fill = (kv, prefix, count) =>
  Promise.all(Array.from({ length: count }, (_, at) => kv.put(prefix + String(at).padStart(4, '0'), String(at))));
/** A namespace whose pages have ten keys at most, and what was asked of it. */
const withSmallPages = (kv, limits = []) => ({
  get: (...given) => kv.get(...given),
  getWithMetadata: (...given) => kv.getWithMetadata(...given),
  delete: (...given) => kv.delete(...given),
  list(options) {
    limits.push(options.limit ?? 1000);
    return kv.list({ ...options, limit: 10 });
  },
});
const inAnHour = () => Math.floor(Date.now() / 1000) + 3600;
const errorOf = (work) => work.then(() => 'none', (error) => error.message);

export const behaviours = {
  async 'kv-get'({ KV }) {
    await KV.put('get', 'there');
    const missing = await kv_get.run({ KV }, 'get:missing');
    return [await kv_get.run({ KV }, 'get'), missing.status, await missing.text()];
  },
  async 'kv-get-json'({ KV }) {
    await KV.put('json', '{"a":1}');
    return [await kv_get_json.run({ KV }, 'json'), await kv_get_json.run({ KV }, 'json:missing')];
  },
  async 'kv-session'({ KV }) {
    const id = await kv_session.createSession(KV, { userId: 'anna' });
    const { keys: [{ expiration }] } = await KV.list({ prefix: 'session:' + id });
    const read = await kv_session.readSession(KV, id);
    await kv_session.endSession(KV, id);
    return [read, expiration > Date.now() / 1000 + 80000, await kv_session.readSession(KV, id)];
  },
  async 'kv-cache-aside'({ KV }) {
    let loads = 0;
    const load = async () => ({ loads: ++loads });
    return [await kv_cache_aside.cacheAside(KV, 'aside', load), await kv_cache_aside.cacheAside(KV, 'aside', load), loads];
  },
  async 'kv-write-through'({ KV }) {
    const saved = [];
    await kv_write_through.writeThrough(KV, 'through', { a: 1 }, async (value) => saved.push(value, await KV.get('through')));
    const refused = kv_write_through.writeThrough(KV, 'through', { a: 2 }, async () => { throw new Error('full'); });
    return [saved, await errorOf(refused), await KV.get('through')];
  },
  async 'kv-stale-while-revalidate'({ KV }) {
    const later = [];
    const ctx = { waitUntil: (work) => later.push(work) };
    let loads = 0;
    const ask = () => kv_stale_while_revalidate.staleWhileRevalidate(KV, ctx, 'stale', async () => ++loads);
    const first = await ask();
    const second = await ask();
    await KV.put('stale', '1', { metadata: { storedAt: Date.now() - 61000 } });
    const third = await ask();
    const waiting = later.length;
    await Promise.all(later);
    return [first, second, third, waiting, await ask(), loads];
  },
  async 'kv-flag'({ KV }) {
    await KV.put('flag:new', 'on');
    await KV.put('flag:new:user:bert', 'off');
    const ask = (flag, user) => kv_flag.isEnabled(KV, flag, user);
    return [await ask('new', 'anna'), await ask('new', 'bert'), await ask('other', 'anna')];
  },
  async 'kv-flags'({ KV }) {
    await kv_flags.setFlag(KV, 'dark', true);
    await kv_flags.setFlag(KV, 'beta', false);
    return [...await kv_flags.readFlags(KV)];
  },
  async 'kv-config'({ KV }) {
    const before = await kv_config.readConfig(KV);
    await KV.put('config', '{"theme":"dark"}');
    return [before, await kv_config.readConfig(KV)];
  },
  async 'kv-ab-test'({ KV }) {
    const assign = (user, weights) => kv_ab_test.assignVariant(KV, 'price', user, weights);
    const first = await assign('anna', { low: 0, high: 1 });
    return [first, await assign('anna', { low: 1, high: 0 }), await assign('bert', { low: 1, high: 0 }), await assign('carl', {})];
  },
  async 'kv-rate-limit'({ KV }) {
    const answers = [];
    // A window that does not end while this runs.
    for (let request = 0; request < 3; request++) answers.push(await kv_rate_limit.isAllowed(KV, 'anna', 2, 1e9));
    return [...answers, await kv_rate_limit.isAllowed(KV, 'bert', 2, 1e9)];
  },
  async 'kv-coalesce'({ KV }) {
    const before = await kv_coalesce.readGroup(KV, 'group');
    await kv_coalesce.writeGroup(KV, 'group', { a: 1, b: 1 });
    await kv_coalesce.writeGroup(KV, 'group', { b: 2 });
    return [before, await kv_coalesce.readGroup(KV, 'group')];
  },
  async 'kv-metadata-only'({ KV }) {
    await kv_metadata_only.putSmall(KV, 'small:a', 0);
    await kv_metadata_only.putSmall(KV, 'small:b', { b: 1 });
    await KV.put('small:c', 'of somebody else');
    return [[...await kv_metadata_only.listSmall(KV, 'small:')], await KV.get('small:b')];
  },
  async 'kv-list-all'({ KV }) {
    await fill(KV, 'many:', 23);
    const found = [];
    for await (const { name } of kv_list_all.listAll(withSmallPages(KV), 'many:')) found.push(name);
    // As after a delete: pages without keys, and more behind them.
    const pages = [
      { keys: [], list_complete: false, cursor: 'a' },
      { keys: [{ name: 'x' }], list_complete: false, cursor: 'b' },
      { keys: [], list_complete: true },
    ];
    const behind = [];
    for await (const { name } of kv_list_all.listAll({ list: async () => pages.shift() })) behind.push(name);
    return [found.length, found[0], found.at(-1), behind];
  },
  async 'kv-put-retry'({ KV }) {
    const waits = [];
    globalThis.scheduler = { wait: async (milliseconds) => waits.push(Math.floor(milliseconds / 1000)) };
    const failing = (times, message) => ({
      async put(...given) {
        if (times-- > 0) throw new Error(message);
        await KV.put(...given);
      },
    });
    const busy = 'KV PUT failed: 429 Too Many Requests';
    await kv_put_retry.putWithRetry(failing(2, busy), 'retried', 'value', { metadata: 1 });
    const given = waits.splice(0);
    const always = await errorOf(kv_put_retry.putWithRetry(failing(9, busy), 'never', 'value'));
    const tries = waits.splice(0).length;
    const other = await errorOf(kv_put_retry.putWithRetry(failing(1, 'KV PUT failed: 400'), 'never', 'value'));
    const { value, metadata } = await KV.getWithMetadata('retried');
    return [given, value, metadata, always, tries, other, waits.length];
  },
  async 'kv-get-many'({ KV }) {
    await fill(KV, 'bulk:', 150);
    const keys = [...await names(KV, 'bulk:'), 'bulk:missing'];
    const values = await kv_get_many.getMany(KV, keys);
    return [values.size, values.get('bulk:0149'), values.get('bulk:missing'), (await kv_get_many.getMany(KV, [])).size];
  },
  async 'kv-get-many-metadata'({ KV }) {
    await KV.put('both', 'value', { metadata: { a: 1 } });
    const ask = (key) => kv_get_many_metadata.run({ KV }, key, ['both', 'both:missing']);
    return [await ask('both'), await ask('both:missing')];
  },
  async 'kv-delete-prefix'({ KV }) {
    await fill(KV, 'gone:', 13);
    await KV.put('gone', 'stays');
    const limits = [];
    const kv = withSmallPages(KV, limits);
    const cursor = await kv_delete_prefix.deletePrefix(kv, 'gone:');
    const left = (await names(KV, 'gone:')).length;
    return [typeof cursor, left, await kv_delete_prefix.deletePrefix(kv, 'gone:', cursor), await names(KV, 'gone'), limits];
  },
  async 'kv-put-version'({ KV }) {
    const versions = [];
    for (const text of ['one', 'two', 'three']) versions.push(await kv_put_version.putVersion(KV, 'page', text, 'anna'));
    const { metadata: { at, ...metadata } } = await KV.getWithMetadata('page');
    const before = await KV.getWithMetadata('page:version:000002');
    return [versions, metadata, Number.isNaN(Date.parse(at)), await names(KV, 'page:'), before.value, before.metadata.version];
  },
  async 'kv-test-cleanup'({ KV }) {
    const seen = [];
    const result = await kv_test_cleanup.withTestPrefix(KV, async (prefix) => {
      await KV.put(prefix + 'a', '1');
      seen.push(await names(KV, 'test:'));
      return 'result';
    });
    const failed = kv_test_cleanup.withTestPrefix(KV, async (prefix) => {
      await KV.put(prefix + 'b', '1');
      throw new Error('wrong');
    });
    return [result, seen[0].length, await errorOf(failed), await names(KV, 'test:')];
  },
  async 'kv-migrate'({ OLD, NEW }) {
    const expiration = inAnHour();
    await fill(OLD, 'old:', 13);
    await OLD.put('a', Uint8Array.of(0, 255), { metadata: { a: 1 }, expiration });
    await OLD.put('b', 'ends soon', { expiration });
    const limits = [];
    const old = withSmallPages(OLD, limits);
    const ending = {
      ...old,
      async list(options) {
        const page = await old.list(options);
        return { ...page, keys: page.keys.map((key) => key.name === 'b' ? { ...key, expiration: expiration - 3590 } : key) };
      },
    };
    const cursor = await kv_migrate.migrate(ending, NEW);
    const first = (await names(NEW)).length;
    const end = await kv_migrate.migrate(ending, NEW, cursor);
    const { value, metadata } = await NEW.getWithMetadata('a', 'arrayBuffer');
    const [a] = (await NEW.list({ prefix: 'a' })).keys;
    return [typeof cursor, first, end, (await names(NEW)).length, [...new Uint8Array(value)], metadata, a.expiration === expiration, limits];
  },
  async 'kv-check-size'({ KV }) {
    const put = (...given) => errorOf(kv_check_size.putChecked(KV, ...given));
    const fits = await put('ä'.repeat(256), 'value', 'm'.repeat(1022));
    return [
      fits,
      await put('ä'.repeat(257), ''),
      await put('large', 'x'.repeat(25 * 1024 * 1024 + 1)),
      await put('noted', '', 'm'.repeat(1023)),
      await put('plain', 'value'),
      await names(KV, 'ä'.repeat(256)).then(({ length }) => length),
      await names(KV, 'large'),
    ];
  },
};
`;

const MAIN = `${imports.join('\n')}
${BEHAVIOURS}
export default {
  async fetch(request, env) {
    try {
      return Response.json(await behaviours[decodeURIComponent(new URL(request.url).pathname.slice(1))](env));
    } catch (error) {
      return new Response(error.stack, { status: 500 });
    }
  },
};`;

describe('snippets in a Worker', () => {
  let miniflare: Miniflare;
  const wanted: Readonly<Record<string, unknown>> = {
    'kv-get': ['there', 404, 'Not found'],
    'kv-get-json': [{ a: 1 }, {}],
    'kv-session': [{ userId: 'anna' }, true, null],
    'kv-cache-aside': [{ loads: 1 }, { loads: 1 }, 1],
    'kv-write-through': [[{ a: 1 }, null], 'full', '{"a":1}'],
    'kv-stale-while-revalidate': [1, 1, 1, 1, 2, 2],
    'kv-flag': [true, false, false],
    'kv-flags': [
      ['beta', false],
      ['dark', true],
    ],
    'kv-config': [
      { pageSize: 20, theme: 'light' },
      { pageSize: 20, theme: 'dark' },
    ],
    'kv-ab-test': ['high', 'high', 'low', 'control'],
    'kv-rate-limit': [true, true, false, true],
    'kv-coalesce': [{}, { a: 1, b: 2 }],
    'kv-metadata-only': [
      [
        ['small:a', 0],
        ['small:b', { b: 1 }],
      ],
      '',
    ],
    'kv-list-all': [23, 'many:0000', 'many:0022', ['x']],
    'kv-put-retry': [[1, 2], 'value', 1, 'KV PUT failed: 429 Too Many Requests', 4, 'KV PUT failed: 400', 0],
    'kv-get-many': [151, '149', null, 0],
    'kv-get-many-metadata': [
      { value: 'value', metadata: { a: 1 } },
      { value: null, metadata: null },
    ],
    'kv-delete-prefix': ['string', 3, null, ['gone'], [999, 999]],
    'kv-put-version': [
      [1, 2, 3],
      { version: 3, by: 'anna' },
      false,
      ['page:version:000001', 'page:version:000002'],
      'two',
      2,
    ],
    'kv-test-cleanup': ['result', 1, 'wrong', []],
    'kv-migrate': ['string', 9, null, 14, [0, 255], { a: 1 }, true, [499, 499]],
    'kv-check-size': [
      'none',
      'A key has 512 bytes at most',
      'A value has 25 MiB at most',
      'Metadata has 1,024 bytes of JSON at most',
      'none',
      1,
      [],
    ],
  };

  before(async () => {
    const esm = (contents: string) => ({ type: 'esm' as const, contents });
    miniflare = new Miniflare({
      cf: false,
      telemetry: { enabled: false },
      workers: [
        {
          config: {
            name: 'worker',
            compatibilityDate: '2026-01-01',
            env: { KV: { type: 'kv', id: 'kv' }, OLD: { type: 'kv', id: 'old' }, NEW: { type: 'kv', id: 'new' } },
            manifest: {
              mainModule: 'worker.js',
              modules: {
                'worker.js': esm(MAIN),
                ...Object.fromEntries(Object.entries(modules).map(([name, text]) => [name, esm(text)])),
              },
            },
          },
        },
      ],
    });
    await miniflare.ready;
  });
  after(() => miniflare?.dispose());

  it('are all asked for what they do', () => {
    assert.deepEqual(Object.keys(wanted).sort(), snippets.map(({ prefix }) => prefix).sort());
  });

  for (const { prefix, description } of snippets) {
    it(`do what they say: ${prefix}. ${description}`, async () => {
      const reply = await miniflare.dispatchFetch(`http://localhost/${prefix}`);
      const text = await reply.text();
      assert.equal(reply.status, 200, text);
      assert.deepEqual(JSON.parse(text), wanted[prefix]);
    });
  }
});
