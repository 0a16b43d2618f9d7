import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { holdsError, parseCode } from '../../../src/core/code/syntax.ts';
import { analyse } from '../../../src/language/code/analysis.ts';
import { check } from '../../../src/language/code/diagnostics/check.ts';
import { CODES, type Finding } from '../../../src/language/code/diagnostics/finding.ts';
import { mistakes } from '../../support/kvMistakes.ts';

const NOW = 1_800_000_000;

/** One to a line; `\\n` breaks it. */
const rightCode = readFileSync(new URL('../../fixtures/rightKvCode.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => line.replaceAll('\\n', '\n'));

const inWorker = (statements: string): string =>
  `export default {\n  async fetch(request, env, ctx) {\n    ${statements}\n  },\n};\n`;

const findings = (text: string, isTyped = false): Finding[] =>
  check({ analysis: analyse('worker.ts', text, new Set(['KV', 'SESSIONS'])), isTyped, now: NOW });

function applied(text: string, { fixes: [fix] }: Finding): string {
  assert.ok(fix);
  return [...fix.edits]
    .sort((a, b) => b.from - a.from)
    .reduce((all, edit) => all.slice(0, edit.from) + edit.text + all.slice(edit.to), text);
}

const isWhole = (path: string, text: string): boolean => !holdsError(parseCode(path, text).tree.topNode);

describe('Mistakes with KV', () => {
  for (const { code, name, wrong, right, isFixed, isReported } of mistakes) {
    it(`${code}: ${name}`, () => {
      const text = inWorker(wrong);
      const found = findings(text);
      assert.deepEqual(
        found.map((one) => one.code),
        [code],
      );
      assert.deepEqual(
        findings(text, true).map((one) => one.code),
        isReported ? [] : [code],
      );
      const [finding] = found;
      assert.ok(finding);
      assert.ok(finding.from < finding.to && finding.message.length > 0);
      assert.equal(finding.fixes.length > 0, isFixed);
      const better = isFixed ? applied(text, finding) : inWorker(right);
      assert.equal(better, inWorker(right));
      assert.deepEqual(findings(better), []);
      for (const path of ['worker.ts', ...(code === 'json-type' ? [] : ['worker.js'])]) {
        assert.ok(isWhole(path, better), better);
      }
    });
  }

  it('is told for every code', () => {
    const told = new Set(mistakes.map(({ code }) => code));
    assert.deepEqual(
      CODES.filter((code) => !told.has(code)),
      ['floating-put', 'list-complete'],
    );
  });
});

describe('A time that KV has no room for', () => {
  const saysMilliseconds = (options: string): boolean =>
    /milliseconds/.test(findings(inWorker(`await env.KV.put("a", "1", ${options});`))[0]?.message ?? '');

  it('is said to be milliseconds only where it looks like them', () => {
    for (const right of [
      '{ expiration: 2_100_000_000_000 }',
      '{ expiration: 1_600_000_000_000 }',
      '{ expirationTtl: 2_592_000_000 }',
      '{ expirationTtl: 31_536_000_000 }',
      '{ expirationTtl: 60 * 60 * 24 * 30 * 1000 }',
    ]) {
      assert.ok(saysMilliseconds(right), right);
    }
    for (const wrong of [
      '{ expiration: 4102444800 }',
      '{ expiration: 9999999999 }',
      '{ expiration: 253402300799 }',
      '{ expirationTtl: 3153600000 }',
      '{ expirationTtl: 6307200000 }',
      '{ expirationTtl: 9999999999 }',
      '{ expirationTtl: 100 * 365 * 86400 }',
    ]) {
      assert.ok(!saysMilliseconds(wrong), wrong);
    }
  });
});

describe('An expiration', () => {
  it('is too soon within a minute', () => {
    const messages = (seconds: number): string[] =>
      findings(inWorker(`await env.KV.put("a", "1", { expiration: ${NOW + seconds} });`)).map(({ message }) => message);
    assert.deepEqual(messages(59), ['KV refuses an expiration that is less than 60 seconds ahead.']);
    assert.match(messages(0)[0] ?? '', /^KV refuses an expiration in the past\./);
    assert.deepEqual(messages(60), []);
  });
});

describe('A constant', () => {
  /** What a fix changes, as the text before and after. */
  const fixed = (text: string): string => applied(text, findings(text)[0] as Finding);
  const put = (options: string): string => `async function f(env) { await env.KV.put("a", "1", { ${options} }); }`;
  const list = (limit: string): string => `async function g(env) { await env.KV.list({ limit: ${limit} }); }`;

  for (const [before, use, after] of [
    ['const T = 30; log(T); ', put('expirationTtl: T'), put('expirationTtl: 60')],
    ['export const T = 30; ', put('expirationTtl: T'), put('expirationTtl: 60')],
    ['const T = 30; export { T }; ', put('expirationTtl: T'), put('expirationTtl: 60')],
    ['const expirationTtl = 30; log({ expirationTtl }); ', put('expirationTtl'), put('expirationTtl: 60')],
    ['const T = { a: 30 } as const; log(T.a); ', put('expirationTtl: T.a'), put('expirationTtl: 60')],
    ['const T = { a: 30 } as const; log(T); ', put('expirationTtl: T["a"]'), put('expirationTtl: 60')],
    ['const T = { a: 30 } as const; log(T[b]); ', put('expirationTtl: T.a'), put('expirationTtl: 60')],
    ['const END = 2_100_000_000_000; log(new Date(END)); ', put('expiration: END'), put('expiration: 2100000000')],
    ['const MOST = 5000; if (n > MOST) log(); ', list('MOST'), list('1000')],
    ['const limit = 5000; if (n > limit) log(); ', list('limit').replace('limit: ', ''), list('1000')],
    ['const S = 10; log(S); ', 'env.KV.get("a", { cacheTtl: S })', 'env.KV.get("a", { cacheTtl: 30 })'],
  ]) {
    it(`keeps its value for its other uses: ${before}`, () =>
      assert.equal(fixed(`${before}${use}`), `${before}${after}`));
  }

  for (const [before, after, use] of [
    ['const T = 30; ', 'const T = 60; ', put('expirationTtl: T')],
    [
      'const T = 30; function h(T) { log(T); log({ T: 1 }) } ',
      'const T = 60; function h(T) { log(T); log({ T: 1 }) } ',
      put('expirationTtl: T'),
    ],
    [
      'const T = { a: 30, b: 90 } as const; log(T.b); ',
      'const T = { a: 60, b: 90 } as const; log(T.b); ',
      put('expirationTtl: T.a'),
    ],
    ['const T = 30; log(T); const U = T; ', 'const T = 30; log(T); const U = 60; ', put('expirationTtl: U')],
    ['const MOST = 5000; ', 'const MOST = 1000; ', list('MOST')],
  ] as const) {
    it(`is changed where nothing else uses it: ${before}`, () =>
      assert.equal(fixed(`${before}${use}`), `${after}${use}`));
  }
});

/** All findings of a text, and the text after each fix of the first. */
function told(text: string, isTyped = true): { codes: string[]; fixed: string[] } {
  const found = findings(text, isTyped);
  return {
    codes: found.map(({ code, from, to }) => `${code} ${text.slice(from, to)}`),
    fixed: (found[0]?.fixes ?? []).map((fix) => applied(text, { ...(found[0] as Finding), fixes: [fix] })),
  };
}

describe('A time in milliseconds', () => {
  const put = (time: string, before = ''): string =>
    inWorker(`${before}await env.KV.put("a", "1", { expiration: ${time} });`);

  for (const [time, ...fixed] of [
    ['Date.now() + 600_000', 'Math.floor((Date.now() + 600_000) / 1000)'],
    ['Date.now() + 24 * 60 * 60 * 1000', 'Math.floor((Date.now() + 24 * 60 * 60 * 1000) / 1000)'],
    ['Date.now() + 600', 'Math.floor(Date.now() / 1000) + 600'],
    ['Date.now() + 7 * 86400', 'Math.floor(Date.now() / 1000) + 7 * 86400'],
    ['Date.now() + (60 * 60 - 5)', 'Math.floor(Date.now() / 1000) + (60 * 60 - 5)'],
    ['Date.now() + 60 + 3600', 'Math.floor(Date.now() / 1000) + 60 + 3600'],
    ['Date.now() + ttlMs', 'Math.floor((Date.now() + ttlMs) / 1000)'],
    ['Date.now() + ttlSeconds', 'Math.floor(Date.now() / 1000) + ttlSeconds'],
    ['Date.now() + ttl', 'Math.floor((Date.now() + ttl) / 1000)', 'Math.floor(Date.now() / 1000) + ttl'],
    ['session.end.getTime()', 'Math.floor(session.end.getTime() / 1000)'],
    ['session.end.getTime() + 60', 'Math.floor(session.end.getTime() / 1000) + 60'],
    ['new Date(end).getTime()', 'Math.floor(new Date(end).getTime() / 1000)'],
    ['new Date(Date.now() + 3600e3).getTime()', 'Math.floor(new Date(Date.now() + 3600e3).getTime() / 1000)'],
    ['new Date(Date.now() + 3600).getTime()'],
    ['new Date(Date.now()).getTime()'],
    ['(Date.now())'],
    ['Date.now() + 5'],
    ['Date.now() + SHORT_MS'],
  ]) {
    it(`may become seconds that KV takes: ${time}`, () => {
      const before = time?.includes('SHORT_MS') ? 'const SHORT_MS = 30_000; ' : '';
      const { codes, fixed: all } = told(put(time ?? '', before));
      assert.deepEqual(codes, [`expiration ${time}`]);
      assert.deepEqual(
        all,
        fixed.map((one) => put(one, before)),
      );
    });
  }

  it('is edited where nothing else uses it', () => {
    const start = 'const start = new Date(); ';
    assert.deepEqual(told(put('start.getTime()', start)).fixed, []);
    assert.deepEqual(told(put('start.getTime()', `${start}start.setHours(48); `)).fixed, [
      put('Math.floor(start.getTime() / 1000)', `${start}start.setHours(48); `),
    ]);
    assert.equal(told(put('start', `${start}start.setHours(48); `), false).fixed.length, 1);
    assert.equal(told(put('start', start), false).fixed.length, 0);
    assert.deepEqual(told(put('end', 'const end = Date.now() + 3600; log(end); ')).fixed, []);
  });
});

describe('A put that nothing waits for', () => {
  const PUT = 'env.KV.put("a", value)';

  it('may be awaited or handed to waitUntil', () => {
    const worker = (statement: string): string =>
      `export default { async fetch(request, env, ctx) { ${statement}; return new Response(); } };`;
    assert.deepEqual(told(worker(PUT)), {
      codes: [`floating-put ${PUT}`],
      fixed: [worker(`await ${PUT}`), worker(`ctx.waitUntil(${PUT})`)],
    });
    for (const right of [`await ${PUT}`, `ctx.waitUntil(${PUT})`]) {
      assert.deepEqual(told(worker(right)).codes, []);
      assert.ok(isWhole('worker.js', worker(right)));
    }
  });

  it('is only handed to waitUntil where there is nothing to await in', () => {
    const worker = (statement: string): string => `export default { scheduled(event, env, ctx) { ${statement}; } };`;
    assert.deepEqual(told(worker(PUT)), {
      codes: [`floating-put ${PUT}`],
      fixed: [worker(`ctx.waitUntil(${PUT})`)],
    });
  });

  it('has no fix where there is neither', () => {
    assert.deepEqual(told(`function save(env) { ${PUT} }`), { codes: [`floating-put ${PUT}`], fixed: [] });
  });

  it('is found behind an assertion, and fixed behind what is before it', () => {
    const method = (statement: string): string => `class A { async save() { ${statement} } }`;
    assert.deepEqual(told(method('this.env.KV!.put("a", "b")')), {
      codes: ['floating-put this.env.KV!.put("a", "b")'],
      fixed: [method('await this.env.KV!.put("a", "b")')],
    });
    assert.deepEqual(told(method('return !this.env.KV!.get("a")')), {
      codes: ['no-await this.env.KV!.get("a")'],
      fixed: [method('return !await this.env.KV!.get("a")')],
    });
  });

  it('keeps its type where a chain may give nothing: waitUntil takes promises only', () => {
    const worker = (statement: string): string =>
      `export default { async fetch(request, env, ctx) { ${statement}; return new Response(); } };`;
    for (const put of [
      'env.KV?.put("a", "b")',
      'env?.KV.put("a", "b")',
      'env.KV?.["put"]("a", "b")',
      'env.KV.put?.("a", "b")',
    ]) {
      assert.deepEqual(told(worker(put)), {
        codes: [`floating-put ${put}`],
        fixed: [worker(`await ${put}`), worker(`ctx.waitUntil(Promise.resolve(${put}))`)],
      });
      assert.deepEqual(told(worker(`ctx.waitUntil(Promise.resolve(${put}))`)).codes, []);
    }
    const inArgument = 'env.KV.put(a?.b, c?.d)';
    assert.deepEqual(told(worker(inArgument)).fixed.at(-1), worker(`ctx.waitUntil(${inArgument})`));
  });

  it('is not awaited where no await may stand', () => {
    const around = (part: string): string => `export async function f(env, ctx) { ${part} }`;
    for (const text of [
      around(`class A { static { ${PUT}; } }`),
      around('class A { cached = `$' + '{env.KV.get("a")}`; }'),
      around('class A { static flag = !env.KV.get("a"); }'),
      'class A { cached = `$' + '{env.KV.get("a")}`; }',
      'class A { static { log(!env.KV.get("a")); } }',
      'export async function f(env, x = `$' + '{env.KV.get("a")}`) {}',
      'export const f = async (env, x = !env.KV.get("a")) => x',
      'export default { async fetch(env, { x = !env.KV.get("a") }) {} }',
      'namespace N { export const x = !env.KV.get("a") }',
    ]) {
      const { codes, fixed } = told(text);
      assert.equal(codes.length, 1, text);
      assert.deepEqual(fixed, [], text);
    }
    for (const text of [
      around('class A { cached = async () => !env.KV.get("a"); }'),
      around('class A { async b() { return !env.KV.get("a") } }'),
      'const x = !env.KV.get("a")',
      'export function f(env, x = async () => !env.KV.get("a")) {}',
    ]) {
      assert.deepEqual(told(text).fixed, [text.replace('!env', '!await env')]);
    }
  });

  it('is handed to what is certainly an execution context', () => {
    const isHanded = (text: string): boolean => told(text).fixed.some((one) => one.includes('waitUntil('));
    for (const right of [
      `export default { fetch(_, __, context) { ${PUT} } }`,
      `const routes = { home(request, params, ctx) { ${PUT} } }`,
      `function f(id, env, executionCtx) { ${PUT} }`,
      `function f(env, ctx: ExecutionContext) { ${PUT} }`,
      `function f(a, b, c, context: Pick<ExecutionContext, 'waitUntil'>) { ${PUT} }`,
      `function f(env, ctx: ExecutionContext | undefined = mine) { ${PUT} }`,
    ]) {
      assert.ok(isHanded(right), right);
    }
    for (const wrong of [
      // `ctx?.waitUntil(…)` would not even begin the put.
      `function f(env, ctx?: ExecutionContext) { ${PUT} }`,
      `function f(env, ctx: ExecutionContext | undefined) { ${PUT} }`,
      `function f(env, ctx: null | ExecutionContext) { ${PUT} }`,
      `function f(a, b, c, context?: Pick<ExecutionContext, 'waitUntil'>) { ${PUT} }`,
      `async function g(env: Env, id: string, context: string) { ${PUT} }`,
      `const r = { Mutation: { async set(_p: unknown, args: any, context: Ctx) { ${PUT} } } }`,
      `const r = { Mutation: { async set(parent, args, context) { ${PUT} } } }`,
      `const r = { Query: { email(parent, args, context) { ${PUT} } } }`,
      `export default { fetch(request, env, ctx: Mine) { ${PUT} } }`,
      `function f(request, env, { ctx }) { ${PUT} }`,
    ]) {
      assert.ok(!isHanded(wrong), wrong);
      assert.equal(told(wrong).codes.length, 1);
    }
  });

  it('is handed to the context of its handler or object', () => {
    const hono = 'import { Hono } from "hono"; const app = new Hono(); ';
    for (const [text, context] of [
      [`${hono}app.post("/", (c) => { c.#; return c.text("ok") })`, 'c.executionCtx'],
      [`import type { Context } from 'hono'; export function save(ctx: Context<Env>) { ctx.# }`, 'ctx.executionCtx'],
      ['class A extends WorkerEntrypoint<Env> { save() { this.# } }', 'this.ctx'],
      ['class A extends WorkerEntrypoint { save() { list.forEach(() => { this.# }) } }', 'this.ctx'],
      ['class A extends workers.WorkerEntrypoint { save = () => { this.# } }', 'this.ctx'],
    ] as const) {
      const own = `${context.split('.')[0]}.${PUT}`;
      const found = told(text.replace(/\w+\.#/, own)).fixed.at(-1);
      assert.equal(found, text.replace(/\w+\.#/, `${context}.waitUntil(${own})`));
    }
    for (const text of [
      `app.post("/", (c) => { c.${PUT} })`,
      `${hono}app.post("/", (c) => { ${PUT} })`,
      `${hono}app.post("/", () => { c.${PUT} })`,
      `${hono}function f(c: Mine) { c.${PUT} }`,
      `class A { save() { this.${PUT} } }`,
      `class A extends WorkerEntrypoint { save() { list.forEach(function () { this.${PUT} }) } }`,
      `class A extends WorkerEntrypoint { static save() { this.${PUT} } }`,
    ]) {
      assert.deepEqual([told(text).codes.length, told(text).fixed], [1, []], text);
    }
  });

  it('is told of in classes that live for one request', () => {
    for (const heritage of [
      '',
      'extends WorkerEntrypoint<Env>',
      'extends workers.WorkerEntrypoint',
      'implements Saves',
    ]) {
      const text = `class A ${heritage} { async save(id, env) { list.forEach(() => { ${PUT} }); } }`;
      assert.deepEqual(told(text).codes, [`floating-put ${PUT}`], heritage);
      assert.deepEqual(told(`${text} class B extends A { b(env) { ${PUT} } }`).codes.length, 2, heritage);
    }
    assert.deepEqual(told(`class A extends A { a(env) { ${PUT} } }`).codes, []);
  });

  for (const quiet of [
    ...[
      'class A extends DurableObject<Env>',
      'export class A extends workers.DurableObject',
      'class A extends Agent<Env, State>',
      'class Base extends DurableObject {} const A = class extends Base',
      'class A extends Mixin(DurableObject)',
      'class A implements Saves, DurableObject',
    ].flatMap((head) => [
      `${head} { async save(env) { ${PUT}; } }`,
      `${head} { async save(env) { class B { c() { list.forEach(() => { ${PUT}; }); } } } }`,
    ]),
    `export class A { constructor(state, env) {} async fetch(request, env) { ${PUT}; } }`,
    `export class A { constructor(private ctx: DurableObjectState, env: Env) {} async fetch(request, env) { ${PUT}; } }`,
    `${PUT};`,
    `async function a() { await ${PUT}; }`,
    `async function a() { void ${PUT}; }`,
    `function a() { return ${PUT}; }`,
    `const a = () => ${PUT};`,
    `function a() { ${PUT}.catch(report); }`,
    `function a() { ${PUT}.then(done, report); }`,
    `function a() { const b = ${PUT}; }`,
    `function a() { b = ${PUT}; }`,
    `function a() { b.push(${PUT}); }`,
    `function a() { b ? ${PUT} : c; }`,
    `function a() { [${PUT}]; }`,
    `function* a() { yield ${PUT}; }`,
    'async function a() { await env.KV!.put("a", "b"); }',
    'async function a() { await c.env!.KV.put("a", "b"); }',
    'async function a() { await this.env!.KV!.put("a", "b"); }',
    'async function a() { void env.KV!.put("a", "b"); }',
    'function a() { env.KV.delete("a"); }',
    `function a() { ctx.waitUntil ${PUT}); }`,
    `function a() { ctx.waitUntil(${PUT} }`,
    `function a() { await Promise.all([${PUT}, ${PUT} }`,
  ]) {
    it(`is not ${quiet}`, () => assert.deepEqual(told(quiet, false).codes, []));
  }
});

describe('A loop over pages', () => {
  const loop = (end: string, list = 'env.KV.list({ prefix: "a:", cursor })'): string => `
    async function all(env, limit, more, options) {
      let cursor;
      do {
        const page = await ${list};
        ${end}
        cursor = page.list_complete ? undefined : page.cursor;
      } while (cursor);
    }`;

  for (const [end, test] of [
    ['if (page.keys.length === 0) break;', '(page.keys.length === 0)'],
    ['if (page.keys.length == 0) { break; }', '(page.keys.length == 0)'],
    ['if (!page.keys.length) return;', '(!page.keys.length)'],
    ['if (page.keys.length < limit) { log(); return; }', '(page.keys.length < limit)'],
    ['if (page.keys.length < 1 || more) break;', '(page.keys.length < 1 || more)'],
    ['if (page.list_complete) return; else if (page.keys.length === 0) break;', '(page.keys.length === 0)'],
    ['if (!page.list_complete) { if (page.keys.length === 0) break; }', '(page.keys.length === 0)'],
    ['if (more) { if (page.keys.length === 0) break; }', '(page.keys.length === 0)'],
    ['if (page.keys.length === 0) { if (more) log(page.list_complete); break; }', '(page.keys.length === 0)'],
    ['if (page.list_complete) return; if (page.keys.length === 0) break;', '(page.keys.length === 0)'],
    ['if (page.keys.length === 0) { for (const a of more) { continue; } break; }', '(page.keys.length === 0)'],
  ] as const) {
    it(`must not end by ${end}`, () => {
      assert.deepEqual(told(loop(end)).codes, [`list-complete ${test}`]);
      assert.deepEqual(told(loop(end, 'env.KV.list({ ...options })')).codes, [`list-complete ${test}`]);
      assert.deepEqual(told(loop(end, 'env.KV!.list(options)')).codes, [`list-complete ${test}`]);
    });
  }

  it('must not go on by the number of its keys', () => {
    const text = (test: string): string => `async function all(env) {
      let page, cursor;
      do { page = await env.KV.list({ cursor }); cursor = page.cursor; } while (${test});
    }`;
    for (const test of [
      'page.keys.length > 0',
      'page.keys.length',
      'page.keys.length === 1000',
      'page.keys.length !== 0',
    ]) {
      assert.deepEqual(told(text(test)).codes, [`list-complete (${test})`]);
    }
    for (const test of [
      '!page.list_complete',
      'cursor',
      'page.keys.length > 0 && !page.list_complete',
      '!page.keys.length',
    ]) {
      assert.deepEqual(told(text(test)).codes, []);
    }
  });

  it('must not go on by the number of its keys in the head of a for', () => {
    const text = (test: string): string =>
      `async function all(env) {
        let cursor;
        for (let page = await env.KV.list({ cursor }); ${test}; page = await env.KV.list({ cursor })) cursor = page.cursor;
      }`;
    for (const test of ['page.keys.length > 0', 'page.keys.length', 'more && page.keys.length !== 0']) {
      assert.deepEqual(told(text(test)).codes, [`list-complete ${test}`]);
    }
    for (const test of [
      '',
      '!page.list_complete',
      'cursor',
      'page.keys.length > 0 && cursor',
      'page.keys.length > 0 || more',
      'i < page.keys.length',
    ]) {
      assert.deepEqual(told(text(test)).codes, []);
    }
    // The body may fetch the next page, and a page that is fetched once is no loop over pages.
    const inBody = (body: string): string =>
      `async function all(env, cursor) {
        for (let page = await env.KV.list({ cursor }); page.keys.length > 0; ) { ${body} }
      }`;
    assert.deepEqual(told(inBody('page = await env.KV.list({ cursor: page.cursor });')).codes, [
      'list-complete page.keys.length > 0',
    ]);
    assert.deepEqual(told(inBody('page.keys.pop();')).codes, []);
    // Over the keys of one page.
    const keys = 'for (let i = 0; i < page.keys.length; i++) log(page.keys[i]);';
    assert.deepEqual(told(loop(keys)).codes, []);
    assert.deepEqual(told(loop('for (; page.keys.length > 0;) page.keys.pop();')).codes, []);
  });

  for (const end of [
    'if (page.list_complete) break;',
    'if (page.keys.length === 0 && page.list_complete) break;',
    'if (page.keys.length === 0 && !more) break;',
    'if (page.keys.length < limit && !more) break;',
    'if (page.keys.length > 0) return page.keys[0];',
    'if (page.keys.length === 0) continue;',
    'if (page.keys.length === 0) log("empty");',
    'if (page.keys.length === 0) { items.forEach(() => { return; }); }',
    'for (const key of page.keys) { if (page.keys.length === 0) break; }',
    'switch (1) { case 1: if (page.keys.length === 0) break; }',
    'if (items.keys.length === 0) break;',
    'if (page.keys.length === 0) { if (!page.list_complete) { cursor = page.cursor; continue } break; }',
    'if (page.keys.length === 0) { if (more) continue; else return; }',
    'if (page.list_complete) { if (page.keys.length === 0) return []; break; }',
    'if (more && page.list_complete) { if (page.keys.length === 0) return []; break; }',
    'if (!page.list_complete) { cursor = page.cursor; } else { if (page.keys.length === 0) { return null } cursor = null }',
    'if (!page.list_complete) { log(); } else if (page.keys.length === 0) return null;',
    'const isLast = page.list_complete; if (isLast) { if (page.keys.length === 0) return; }',
    'const { list_complete: isLast } = page; if (isLast) { if (page.keys.length === 0) return; }',
    'if (!page.cursor) { if (page.keys.length === 0) return; }',
    'if (!page.list_complete) { cursor = page.cursor; continue; } if (page.keys.length === 0) return;',
    'if (!page.list_complete) continue; else log(); if (page.keys.length === 0) return;',
    'if (page.keys.length === 0 break;',
  ]) {
    it(`may have ${end}`, () => assert.deepEqual(told(loop(end)).codes, []));
  }

  it('may delete until nothing is left', () => {
    const text = (options: string): string => `async function clear(env, options) {
      for (;;) {
        const page = await env.KV.list(${options});
        if (page.keys.length === 0) break;
        for (const { name } of page.keys) await env.KV.delete(name);
      }
    }`;
    for (const options of ['', 'options', '{ prefix: "a" }', '{ ...options }']) {
      assert.deepEqual(told(text(options)).codes, []);
    }
  });
});

describe('What is no mistake', () => {
  for (const quiet of rightCode) {
    it(quiet, () => assert.deepEqual([...told(quiet, false).codes, ...told(quiet).codes], []));
  }

  for (const [loud, code] of [
    ['env.KV.get<User[]>("a")', 'json-type <User[]>'],
    ['env.KV.get<string[]>("a")', 'json-type <string[]>'],
    ['env.KV.get<number>("a")', 'json-type <number>'],
    ['interface User { a: 1 } env.KV.get<User>("a")', 'json-type <User>'],
    ['import type { User } from "./user"; env.KV.get<User | null>("a")', 'json-type <User | null>'],
    ['import type { User } from "./user"; type Own = User; const user = await env.KV.get<Own>("a")', 'json-type <Own>'],
    ...[
      'const user = await env.KV.get<User | null>("a"); log(user?.name)',
      'const user = (await env.KV.get<User | null>("a"))!; { log(user.length, user.name) }',
      'const { name } = (await env.KV.get<User | null>("a"))!',
      'log((await env.KV.get<User | null>("a"))?.name)',
    ].map((use) => [`import type { User } from "./user"; ${use}`, 'json-type <User | null>'] as const),
    ['env.KV.put("a", "b", { expirationTtl: 90, "expirationTtl": 30 })', 'expiration-ttl 30'],
    ['env.KV.get<{ a: string }>("a")', 'json-type <{ a: string }>'],
    ['env.KV.get<Record<string, string> | null>("a")', 'json-type <Record<string, string> | null>'],
    ['env.KV.get<readonly string[]>("a")', 'json-type <readonly string[]>'],
    ['env.KV.get<[string]>("a")', 'json-type <[string]>'],
    ['type Users = | User[] | null; env.KV.get<Users>("a")', 'json-type <Users>'],
    ['interface User { a: 1 } env.KV.get<Readonly<User>>("a")', 'json-type <Readonly<User>>'],
    ['class User {} env.KV.get<User>("a")', 'json-type <User>'],
    ['function g<T extends string>() {} function f<T>() { return env.KV.get<T>("a") }', 'json-type <T>'],
    ['function f<T>() { return env.KV.get<T>("a") }', 'json-type <T>'],
  ] as const) {
    it(`but ${loud} is`, () => assert.deepEqual(told(loud).codes, [code]));
  }
});
