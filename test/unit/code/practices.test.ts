import assert from 'node:assert/strict';
import { holdsError } from '../../../src/core/code/syntax.ts';
import { analyse } from '../../../src/language/code/analysis.ts';
import { type Practice, practicesIn } from '../../../src/language/code/practices.ts';

const inHandler = (statements: string): string =>
  `export default {\n  async fetch(request, env, ctx) {\n    ${statements}\n  },\n};\n`;

function look(text: string, path = 'worker.ts') {
  const analysis = analyse(path, text, new Set(['KV', 'SESSIONS']));
  assert.ok(!holdsError(analysis.code.tree.topNode), text);
  return practicesIn(analysis);
}

const untold = (text: string): Practice[] => look(text).untold.map(({ practice }) => practice);
const practices = (text: string): Practice[] => look(text).findings.map(({ practice }) => practice);

const inTry = (statements: string): string => inHandler(`try { ${statements} } catch (error) { console.warn(error); }`);

const wrong: readonly (readonly [practice: Practice, text: string])[] = [
  ['single-reads', inHandler('for (const id of ids) { list.push(await env.KV.get("user:" + id)); }')],
  ['single-reads', inHandler('return await Promise.all(ids.map((id) => env.KV.get(id)));')],
  ['single-reads', inHandler('return await Promise.all(keys.map(async ({ name }) => env.KV.get(name, "json")));')],
  ['single-reads', inHandler('for (const key of page.keys) await env.KV.getWithMetadata(key.name);')],
  ['single-reads', inHandler('for (let i = 0; i < ids.length; i++) visit(await env.KV.get(ids[i]));')],
  ['single-reads', inHandler('const ids = await load(); for (let i = 0; i < 9; i++) visit(await env.KV.get(ids[i]));')],
  ['single-reads', inHandler('for (const i in ids) visit(await env.KV.get("user:" + ids[i]));')],
  ['single-reads', inHandler('let i = 0; while (i < ids.length) { visit(await env.KV.get(ids[i])); i++; }')],
  ['single-reads', inHandler('while (ids.length) visit(await env.KV.get(ids.pop()));')],
  ['single-reads', inHandler('do { const id = ids.shift(); visit(await env.KV.get(id)); } while (ids.length);')],
  [
    'single-reads',
    inHandler('for (const { id } of users) { const key = "user:" + id; visit(await env.KV.get(key)); }'),
  ],
  ['single-reads', inHandler('for (const [name] of pairs) visit(await env.KV.get(hash(name)));')],
  [
    'single-reads',
    `const load = async (env, id) => (await env.KV.get(id)) ?? "";\n${inHandler('return Promise.all(ids.map((id) => load(env, id)));')}`,
  ],
  [
    'single-reads',
    inHandler(
      'const a = await env.KV.get("a"); const b = await env.KV.get("b"); const c = (await env.KV.get("c")) ?? "";' +
        ' return Response.json([a, b, c]);',
    ),
  ],
  [
    'single-reads',
    inHandler(
      'const [a, b, c] = await Promise.all([env.KV.get("a"), env.KV.get("b"), env.KV.get("c")]); console.log(a, b, c);',
    ),
  ],
  ['unread-pages', inHandler('const { keys } = await env.KV.list({ limit: 1000 }); return Response.json(keys);')],
  [
    'unread-pages',
    inHandler('const page = await env.KV.list(); console.log(page.list_complete); return Response.json(page.keys);'),
  ],
  [
    'unread-pages',
    inHandler(
      'const { keys, list_complete } = await env.KV.list(); console.log("all: " + list_complete); visit(keys);',
    ),
  ],
  ['unread-pages', inHandler('const { keys, cursor } = await env.KV.list(); return Response.json(keys);')],
  ['unread-pages', inHandler('return Response.json((await env.KV.list()).keys);')],
  ['unread-pages', inHandler('const { keys } = await env.KV.list({ prefix: "user:" });')],
  ['unread-pages', inHandler('for (const { name } of (await env.KV.list()).keys) visit(name);')],
  ['unread-pages', inHandler('const page = await env.KV.list(); for (const { name } of page.keys) visit(name);')],
  [
    'unread-pages',
    inHandler(
      'const page = await env.KV.list({ cursor }); next(page.cursor); const { keys } = await env.KV.list({ prefix: "a:" });',
    ),
  ],
  ['no-retry', inHandler('await env.KV.put("a", "1");')],
  ['no-retry', inHandler('await env.KV.put("a", "1").then(() => done());')],
  ['no-retry', 'export default { scheduled: async (event, env) => { await env.KV.delete("a"); } };'],
  [
    'no-retry',
    'const worker: ExportedHandler<Env> = { async fetch(r, env) { await env.KV.put("a", "1"); } };\nexport default worker;',
  ],
  ['no-retry', 'const a = { async fetch(r, env) { await env.KV.put("a", "1"); } };\nexport { b, a as default };'],
  [
    'no-retry',
    'export default { async fetch(r, env) { await env.KV.put("a", "1"); } } satisfies ExportedHandler<Env>;',
  ],
  [
    'no-retry',
    'export class Api extends WorkerEntrypoint<Env> { async fetch(r) { await this.env.KV.put("a", "1"); } }',
  ],
  ['no-retry', 'class Api { async fetch(r) { await this.env.KV.put("a", "1"); } }\nexport default Api;'],
  ['no-retry', inHandler('await Promise.all(ids.map((id) => env.KV.put(id, "1")));')],
  ['no-retry', inHandler('try { await env.KV.put("a", "1"); } finally { done(); }')],
  ['no-retry', inHandler('try { work(); } catch { await env.KV.put("a", "1"); }')],
  ['no-retry', inHandler('await Promise.all([env.KV.put("a", "1"), env.KV.delete("b")]);')],
  ['no-retry', inHandler('const done = env.KV.put("a", "1"); await work(); await done;')],
  [
    'no-retry',
    inHandler('const jobs = []; for (const id of ids) jobs.push(env.KV.put(id, "1")); await Promise.all(jobs);'),
  ],
  ['no-retry', inHandler('const jobs = ids.map((id) => env.KV.delete(id)); await Promise.all([...jobs, work()]);')],
  ['no-retry', inHandler('await work().then(() => env.KV.put("a", "1"));')],
  ['no-retry', inHandler('await (async () => { await env.KV.put("a", "1"); })();')],
  ['no-retry', inHandler('await (isNew ? env.KV.put("a", "1") : undefined);')],
  ['no-retry', 'class Api extends WorkerEntrypoint { async fetch() { await this.env.KV!.put("a", "1").then(log); } }'],
  ...[
    'env.KV.put("a", "1");',
    'env.KV.delete("a");',
    'void env.KV.put("a", "1");',
    'env.KV.put("a", "1").then(log);',
    'try { env.KV.put("a", "1"); } catch { log(); }',
    'ids.forEach((id) => env.KV.put(id, "1"));',
    'ids.forEach(async (id) => { await env.KV.put(id, "1"); });',
    'Promise.all(ids.map((id) => env.KV.put(id, "1")));',
    'const done = env.KV.put("a", "1");',
    'const jobs = []; jobs.push(env.KV.put("a", "1"));',
    '(async () => { await env.KV.put("a", "1"); })();',
  ].map((statements) => ['no-retry', inHandler(statements)] as const),
  ['no-retry', 'function save(env) { env.KV.put("a", "1"); }'],
  ['no-retry', 'export default { async queue(batch, env) { env.KV.put("a", "1"); } };'],
  ['unchecked-null', inHandler('return new Response((await env.KV.get("a")).toUpperCase());')],
  ['unchecked-null', inHandler('return (await env.KV.get("a", "json"))!.name;')],
  ['unchecked-null', inHandler('const user = await env.KV.get("a", "json"); return new Response(user.name);')],
  ['unchecked-null', inHandler('const { theme } = await env.KV.get("settings", "json"); return new Response(theme);')],
  ['unchecked-null', inHandler('let theme; ({ theme } = await env.KV.get("settings", "json"));')],
  ['unchecked-null', inHandler('const [first] = await env.KV.get("ids", "json");')],
  ['unchecked-null', inHandler('return new Response(JSON.parse(await env.KV.get("u")).name);')],
  ['unchecked-null', inHandler('const u = JSON.parse((await env.KV.get("u"))!); return new Response(u.name);')],
  ['unchecked-null', inHandler('let u; u = await env.KV.get("u", "json"); return new Response(u.name);')],
  ['unchecked-null', inHandler('for (const id of await env.KV.get("ids", "json")) visit(id);')],
  [
    'unchecked-null',
    inHandler(
      'const [a, b] = await Promise.all([env.KV.get("a"), env.KV.get("b")]); return new Response(a.trim() + (b ?? ""));',
    ),
  ],
  ['no-expiration', inTry('await env.KV.put("session:" + id, token);')],
  ['no-expiration', inTry('await env.KV.put("cache/home", html, { metadata: { v: 1 } });')],
  ['no-expiration', inTry('await env.SESSIONS.put(id, token);')],
  ['repeated-put', inTry('for (const one of list) { await env.KV.put("last", one); }')],
  ['repeated-put', inTry('for (const one of list) { await env.KV!.put("last", await env.KV.get(one, options)); }')],
  [
    'repeated-put',
    inHandler('ctx.waitUntil(all()); for (const one of list) { ctx.waitUntil(env.KV.put("count", one)); }'),
  ],
];

const right: readonly string[] = [
  inHandler('return Response.json(Object.fromEntries(await env.KV.get(ids, "json")));'),
  inHandler('for (const id of await env.KV.get("ids", "json") ?? []) visit(id);'),
  inHandler('for (const id of ids) { visit(await env.KV.get(id, "stream")); }'),
  inHandler('for (const id of ids) { visit(await env.KV.get("settings"), id); }'),
  inHandler('let cursor; do { const page = await env.KV.list({ cursor }); cursor = page.cursor; } while (cursor);'),
  inHandler('const { keys } = await env.KV.list({ limit: 10 });'),
  inHandler('const page = await env.KV.list(options);'),
  'export default { async queue(batch, env) { await env.KV.put("a", "1"); } };',
  'export class Room extends DurableObject { async alarm() { await this.env.KV.delete("a"); } }',
  // Somebody else may call these, and catch what they throw.
  'class Client { async fetch(id) { await this.env.KV.put(id, "1"); } }',
  'export const users = { async fetch(env) { await env.KV.put("a", "1"); } };',
  'export default withErrors({ async fetch(r, env) { await env.KV.put("a", "1"); } });',
  'export default { jobs: { async queue(env) { await env.KV.put("a", "1"); } } };',
  inTry('await env.KV.put("a", "1");'),
  inTry('await Promise.all(ids.map((id) => env.KV.put(id, "1")));'),
  inHandler('await env.KV.put("a", "1").catch((error) => console.warn(error));'),
  inHandler('ctx.waitUntil(env.KV.put("a", "1"));'),
  inHandler('await retry(() => env.KV.put("a", "1"));'),
  'async function save(kv: KVNamespace) { await kv.put("a", "1"); }',
  inHandler('return (await env.KV.get("a"))?.length;'),
  inHandler('return (await env.KV.get(keys)).get("a");'),
  inHandler('const user = await env.KV.get("a", "json"); if (!user) return no(); return new Response(user.name);'),
  inHandler('const user = await env.KV.get("a", "json"); if (user === null) return no(); return ok(user.name);'),
  inHandler('const user = await env.KV.get("a", "json"); assert(user); return ok(user.name);'),
  inHandler('const user = (await env.KV.get("a", "json")) ?? {}; return ok(user.name);'),
  inHandler('const found = await env.KV.get(keys); return ok(found.get("a"));'),
  inTry('await env.KV.put("session:" + id, token, { expirationTtl: 3600 });'),
  inTry('await env.SESSIONS.put(id, token, { expiration });'),
  inTry('await env.SESSIONS.put(id, token, options);'),
  inTry('await env.KV.put("config", text);'),
  // These may be kept for good.
  inTry('await env.KV.put("config:rate-limit", text);'),
  inTry('await env.KV.put("settings:session-timeout", text);'),
  inTry('await env.SESSIONS.put("session-version", text);'),
  inTry('for (const one of list) { await env.KV.put(one.key, one.value); }'),
  inHandler('for (;;) { try { await env.KV.put("a", "1"); break; } catch { await pause(); } }'),
  // The loop may take longer than a second, or write seldom.
  inTry('for (const one of list) { await env.KV.put("version", one); await delay(1100); }'),
  inTry('while (isOn) { await pause(seconds); await env.KV.put("heartbeat", now()); }'),
  inTry('for await (const one of stream) { await env.KV.put("last", one); }'),
  inTry('for (const one of list) { if (one.isAdmin) { await env.KV.put("admin", one.id); } }'),
  inTry('for (const one of list) { if (!one.isAdmin) continue; await env.KV.put("admin", one.id); }'),
  inTry('for (const one of list) { await (one.isAdmin && env.KV.put("admin", one.id)); }'),
  inTry('for (const one of list) { one.isAdmin ? await env.KV.put("admin", one.id) : skip(); }'),
];

/** Of which nothing can be told. */
const either: readonly (readonly [practice: Practice, text: string])[] = [
  ['single-reads', 'export const load = async (env, id) => { const v = await env.KV.get(id); return v ? 1 : 2; };'],
  ['single-reads', 'class Users { async load(env) { const v = await env.KV.get(this.id); return v ? 1 : 2; } }'],
  ['single-reads', inHandler('await each(ids, async (id) => { if (await env.KV.get(id)) visit(id); });')],
  [
    'single-reads',
    inHandler('for (const id of ids) { const key = await next(id); if (await env.KV.get(key)) visit(id); }'),
  ],
  ['single-reads', inHandler('for await (const id of stream) { if (await env.KV.get(id)) visit(id); }')],
  ['single-reads', inHandler('for (const id of ids) { if (await env.KV.get(id, options)) visit(id); }')],
  ['single-reads', inHandler('for (const chunk of chunks) { if (await env.KV.get(chunk)) visit(chunk); }')],
  [
    'single-reads',
    inHandler('let key = "a"; while (key) { const one = await env.KV.get(key, "json"); key = one?.next; }'),
  ],
  [
    'single-reads',
    inHandler('while (ids.length) { const one = await env.KV.get(ids.pop(), "json"); ids.push(...(one?.ids ?? [])); }'),
  ],
  [
    'single-reads',
    'const load = async (env, id) => (await env.KV.get(id)) ?? "";\nexport const all = (env) => each((id) => load(env, id));',
  ],
  [
    'single-reads',
    inHandler(
      'const a = await env.KV.get("a"); if (a) return new Response(a); const b = await env.KV.get("b");' +
        ' const c = await env.KV.get("c"); console.log(b, c);',
    ),
  ],
  [
    'single-reads',
    inHandler('console.log(await env.KV.get(id + "a"), await env.KV.get(id + "b"), await env.KV.get(id + "c"));'),
  ],
  ['unread-pages', inHandler('const { keys } = await env.KV.list({ limit }); return Response.json(keys);')],
  ['unread-pages', 'export const all = (env) => env.KV.list();'],
  ['unread-pages', inHandler('return Response.json(await env.KV.list({ prefix: "a:" }));')],
  ['unread-pages', inHandler('const { keys } = await env.KV.list(options);')],
  [
    'unread-pages',
    inHandler('let page; do { page = await env.KV.list(); await clear(page.keys); } while (page.keys.length);'),
  ],
  ['unchecked-null', 'const load = (env) => env.KV.get("u", "json");'],
  ['unchecked-null', inHandler('return await env.KV.get("u");')],
  [
    'unchecked-null',
    inHandler('const user = await env.KV.get("u", "json"); show(user); return new Response(user.name);'),
  ],
  ['unchecked-null', inHandler('return env.KV.get("u", "json").then((user) => new Response(user.name));')],
  [
    'unchecked-null',
    inHandler('const { value } = await env.KV.getWithMetadata("u"); return new Response(value.trim());'),
  ],
  ['unchecked-null', inHandler('const all = await env.KV.get(["a", "b"]); return new Response(all.get("a").trim());')],
  ['no-retry', inHandler('try { return env.KV.put("a", "1"); } catch { return undefined; }')],
  ...[
    'const done = env.KV.put("a", "1"); if (isSlow) await done.catch(log);',
    'const done = env.KV.put("a", "1"); later(() => done.catch(log));',
    'const done = env.KV.put("a", "1"); track(done); await done;',
    'let done = env.KV.put("a", "1"); done = env.KV.put("b", "1"); await done.catch(log);',
    'let done = env.KV.put("a", "1"); done = done.then(() => env.KV.put("b", "1")); await done;',
    'this.jobs.push(env.KV.put("a", "1"));',
    'const jobs = these(); jobs.push(env.KV.put("a", "1"));',
    'const jobs = [env.KV.put("a", "1")]; for (const job of jobs) await job;',
    'const [done] = [env.KV.put("a", "1")]; await done;',
    'await pRetry(async () => { await env.KV.put("a", "1"); });',
    'await Promise.any([env.KV.put("a", "1"), work()]);',
  ].map((statements) => ['no-retry', inHandler(statements)] as const),
  ['no-retry', 'const save = (jobs, env) => { jobs.push(env.KV.put("a", "1")); };'],
];

/** Which is right for certain. */
const certain: readonly string[] = [
  inHandler('const v = await env.KV.get(new URL(request.url).pathname); return v === null ? no() : ok();'),
  inHandler('const user = await signIn(request); for (const id of ids) visit(id, (await env.KV.get(user.id)) ?? "");'),
  inHandler('for (let attempt = 0; attempt < 3; attempt++) { if (await env.KV.get("ready:" + id)) break; }'),
  inHandler('for (const id of ids) { if (await env.KV.get(id, { type: "stream" })) visit(id); }'),
  'export const onRequestGet = async ({ env, params }) => new Response(await env.KV.get(params.id));',
  'app.get("/:id", async (c) => c.json(await c.env.KV.get(c.req.param("id"))));',
  `const load = async (env, id) => (await env.KV.get(id)) ?? "";\n${inHandler('return new Response(await load(env, id));')}`,
  inHandler(
    'const { value, metadata } = await env.KV.getWithMetadata("u"); return new Response(value, { ...metadata });',
  ),
  inHandler(
    'const [a, b] = await Promise.all([env.KV.get("a"), env.KV.get("b")]); return new Response(a ?? b?.trim());',
  ),
  inHandler('const all = await env.KV.get(["a", "b"]); return new Response(all.get("a") ?? "");'),
  inHandler('const { keys, cursor } = await env.KV.list({ prefix: "a:" }); visit(keys, cursor);'),
  inHandler('const { keys } = await env.KV.list({ limit: 999 });'),
  inHandler('const { keys, cursor } = await env.KV.list({ limit: 1000 }); visit(keys, cursor);'),
  inHandler('const page = await env.KV.list(); if (!page.list_complete) console.warn("more"); visit(page.keys);'),
  inHandler('const a = await env.KV.get("a"); const b = await env.KV.get("b"); return new Response(a ?? b);'),
  inHandler(
    'if (is("a")) return ok((await env.KV.get("a")) ?? ""); if (is("b")) return ok((await env.KV.get("b")) ?? "");' +
      ' return ok((await env.KV.get("c")) ?? "");',
  ),
  inHandler(
    'const [a, b, c] = await Promise.all(["a", "b", "c"].flatMap(() => []));' +
      ' console.log(await env.KV.get("a", "stream"), await env.KV.get("b", "stream"), await env.KV.get("c", "stream"));',
  ),
  inHandler('console.log(await env.KV.get("a"), await env.KV.get("b"), await env.SESSIONS.get("c"));'),
  inHandler('console.log(await env.KV.get("a"), await env.KV.get("a"), await env.KV.get("a"));'),
  inHandler('let page; do { page = await env.KV.list({ cursor: page?.cursor }); } while (!page.list_complete);'),
  inHandler('await env.KV.put("b", "2").then(ok, failed);'),
  inHandler('await Promise.allSettled([env.KV.put("a", "1"), env.KV.delete("b")]);'),
  inHandler('await Promise.allSettled(keys.map((key) => env.KV.delete(key)));'),
  inHandler('const r = await Promise.allSettled(keys.map(async (key) => { await env.KV.put(key, "1"); }));'),
  inHandler('await Promise.all([env.KV.put("a", "1")]).catch(log);'),
  inHandler('const done = env.KV.put("a", "1"); await done.catch(() => {});'),
  inHandler('const done = env.KV.put("a", "1"); ctx.waitUntil(done); return new Response();'),
  inHandler('const jobs = [env.KV.put("a", "1")]; ctx.waitUntil(Promise.all(jobs));'),
  inHandler('const jobs = []; jobs.push(env.KV.put("a", "1")); ctx.waitUntil(Promise.all(jobs));'),
  inHandler('const all = []; all.push(...ids.map((id) => env.KV.delete(id))); await Promise.allSettled(all);'),
  inHandler('ctx.waitUntil((async () => { await env.KV.put("a", "1"); })());'),
  inHandler('waitUntil(env.KV.put("a", "1").then(log));'),
  inHandler('let done = env.KV.put("a", "1"); try { await done; } catch { log(); }'),
  inHandler('let done; done = env.KV.put("a", "1"); try { await work(); await done; } catch { log(); }'),
  'class Api extends WorkerEntrypoint { async fetch() { await this.env.KV!.put("a", "1").catch(log); } }',
];

describe('Practices of code that uses KV', () => {
  for (const [practice, text] of either) {
    it(`nothing can be told of ${practice}: ${text.trim().split('\n')[2]?.trim() ?? text}`, () => {
      assert.deepEqual([...new Set(untold(text))], [practice]);
      assert.deepEqual(practices(text), []);
    });
  }
  for (const text of certain) {
    it(`right: ${text.trim().split('\n')[2]?.trim() ?? text}`, () =>
      assert.deepEqual([...practices(text), ...untold(text)], []));
  }
  for (const [practice, text] of wrong) {
    it(`${practice}: ${text.trim().split('\n')[2]?.trim() ?? text}`, () =>
      assert.deepEqual([...new Set(practices(text))], [practice]));
  }
  for (const text of right) {
    it(`nothing: ${text.trim().split('\n')[2]?.trim() ?? text}`, () => assert.deepEqual(practices(text), []));
  }

  it('does not know who catches the error of a method that only has the name of a handler', () => {
    for (const text of [
      'class Jobs { async queue(id) { await this.env.KV.put(id, "1"); } }',
      'export const users = { async fetch(env) { await env.KV.put("a", "1"); } };',
    ]) {
      assert.deepEqual(untold(text), ['no-retry'], text);
    }
  });

  it('says of a write that nothing waits for that nobody learns when it fails, not that a request fails', () => {
    const messages = (statements: string): string[] =>
      look(inHandler(statements)).findings.map(({ message }) => message);
    const PUT = ['Nothing waits for this put: nobody learns when it fails. Await it, or hand it to waitUntil.'];
    assert.deepEqual(messages('env.KV.put("a", "1");'), PUT);
    assert.deepEqual(messages('const done = env.KV.put("a", "1");'), PUT);
    assert.match(messages('env.KV.delete("a");')[0] ?? '', /^Nothing waits for this delete: nobody learns/);
    assert.match(messages('await env.KV.put("a", "1");')[0] ?? '', /fails the whole request\.$/);
  });

  it('counts what the calls do', () => {
    const {
      reads,
      cachedReads,
      lists,
      writes,
      untold: unknown,
    } = look(
      'const options = { cacheTtl: 60 };\n' +
        'export async function work(kv: KVNamespace) {\n' +
        '  await kv.get("a", { cacheTtl: 300 });\n  await kv.get("b", options);\n  await kv.getWithMetadata("c");\n' +
        '  await kv.list({ limit: 1 });\n  await kv.put("d", "1");\n}\n',
    );
    assert.deepEqual(
      { reads, cachedReads, lists, writes, unknown: unknown.map(({ practice }) => practice) },
      {
        reads: 3,
        cachedReads: 2,
        lists: 1,
        writes: 1,
        unknown: ['no-retry'],
      },
    );
  });

  it('takes unfinished code', () => {
    for (const text of [...[...wrong, ...either].map(([, one]) => one), ...right, ...certain]) {
      for (let end = 0; end < text.length; end += 3) {
        practicesIn(analyse('worker.ts', text.slice(0, end), new Set(['KV', 'SESSIONS'])));
      }
    }
  });
});
