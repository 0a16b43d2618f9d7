import assert from 'node:assert/strict';
import { analyse } from '../../../src/language/code/analysis.ts';
import { check } from '../../../src/language/code/diagnostics/check.ts';
import { practicesIn } from '../../../src/language/code/practices.ts';

const LEVELS = 60;
const NAMES = new Set(['KV']);

/** Constants that each name the one before twice: as many ways lead to the first as two to the power of the last. */
const doubled = (first: string, next: (before: string) => string): string =>
  [`const a0 = ${first};`, ...Array.from({ length: LEVELS }, (_, i) => `const a${i + 1} = ${next(`a${i}`)};`)].join(
    '\n',
  );

const worker = (before: string, call: string): string =>
  `${before}\nexport default { async fetch(request, env) { ${call} } };`;

const told = (text: string): string[] => {
  const analysis = analyse('a.js', text, NAMES);
  return check({ analysis, isTyped: false, now: 1_800_000_000 }).map(({ code }) => code);
};

describe('Names that lead to the same by many ways', () => {
  it('are followed once: numbers', () => {
    const ttl = (last: string): string => `await env.KV.put("k", "v", { expirationTtl: ${last} });`;
    assert.deepEqual(
      told(
        worker(
          doubled('0', (a) => `${a} + ${a}`),
          ttl('a9'),
        ),
      ),
      ['expiration-ttl'],
    );
    told(
      worker(
        doubled('1', (a) => `${a} + ${a}`),
        ttl(`a${LEVELS}`),
      ),
    );
    told(
      worker(
        doubled('1', (a) => `(${a} as number) * -(${a})`),
        ttl(`a${LEVELS}`),
      ),
    );
    told(worker('const a = a + a * a;', ttl('a')));
  });

  it('are followed once: times', () => {
    const put = (last: string): string => `await env.KV.put("k", "v", { expiration: ${last} });`;
    assert.deepEqual(
      told(
        worker(
          doubled('Date.now()', (a) => `${a} + ${a}`),
          put('a9'),
        ),
      ),
      ['expiration'],
    );
    told(
      worker(
        doubled('other()', (a) => `${a} + ${a}`),
        put(`a${LEVELS}`),
      ),
    );
    told(worker('const a = a + a;', put('a')));
  });

  it('are followed once: texts, of which a beginning is kept', () => {
    const get = (last: string): string => `await env.KV.get(${last});`;
    for (const next of [
      (a: string) => `${a} + ${a}`,
      (a: string) => `\`\${${a}}:\${${a}}\``,
      (a: string) => `("x" + ${a}) + ${a}`,
    ]) {
      assert.deepEqual(told(worker(doubled('"x"', next), get('a12'))), ['key']);
      const { keys, constants } = analyse('a.js', worker(doubled('"x"', next), get('a25')), NAMES);
      const text = keys[0] && constants.text(keys[0].node);
      assert.ok(text && !text.isWhole && text.start.length <= 4096, String(text?.start.length));
      assert.ok(text.leastBytes > 2 ** 12);
      told(worker(doubled('"x"', next), get(`a${LEVELS}`)));
    }
    told(worker('const a = a + a;', get('a')));
  });

  it('are followed once: what a file makes', () => {
    const lines = Array.from({ length: LEVELS }, (_, i) => `let e${i + 1}; e${i + 1} = e${i}; e${i + 1} = (e${i});`);
    told(`let e0 = make();\n${lines.join('\n')}\nlet env = e${LEVELS};\nexport const f = async () => env.KV.get("a");`);
    const objects = Array.from({ length: LEVELS }, (_, i) => `const o${i + 1} = { a: o${i}, b: { a: o${i} } };`);
    for (const last of [`e${LEVELS}.env`, `o${LEVELS}.a.env`, `o${LEVELS}.b.a.a.env`, `e${LEVELS}.a.b.env`]) {
      const started = performance.now();
      told(`let e0 = make();\n${[...lines, 'const o0 = make();', ...objects].join('\n')}\n${last}.KV.get("a");`);
      told(`const e0 = { env: {} };\n${lines.join('\n')}\nconst { env } = e30; env.KV.get("a");`);
      assert.ok(performance.now() - started < 5000, last);
    }
    const types = Array.from({ length: LEVELS }, (_, i) => `type T${i + 1} = T${i} | (T${i});`);
    told(`type T0 = "a";\n${types.join('\n')}\nexport const f = async (env) => env.KV.get<T${LEVELS}>("a");`);
  });
});

describe('Code with very many of a kind', () => {
  const COUNT = 3000;
  const lines = (line: (at: number) => string): string => Array.from({ length: COUNT }, (_, at) => line(at)).join('\n');
  const calls = (text: string, names: ReadonlySet<string> = NAMES): number => analyse('a.ts', text, names).calls.length;

  // Each took half a minute and more while every call went through all of the others.
  it('is gone through once: fields of a class', () => {
    const made = lines((at) => `this.f${at} = env.KV;`);
    const used = lines((at) => `this.f${at}.get("a");`);
    assert.equal(calls(`class A { constructor(env) {\n${made}\n}\ngo() {\n${used}\n} }`), COUNT);
  });

  it('is gone through once: ends of a loop', () => {
    const pages = lines((at) => `const p${at} = await env.KV.list({ cursor }); if (p${at}.keys.length === 0) break;`);
    const found = told(`async function all(env, cursor) { while (true) {\n${pages}\n} }`);
    assert.deepEqual([found.length, ...new Set(found)], [COUNT, 'list-complete']);
  });

  it('is gone through once: statements of a block', () => {
    const puts = lines((at) => `env.KV.put("${at}", "v");`);
    const found = told(`export async function seed(env) {\n${puts}\n}`);
    assert.deepEqual([found.length, ...new Set(found)], [COUNT, 'floating-put']);
  });

  it('is gone through once: promises that are waited for together, or one after the other', () => {
    const judged = (statements: string): number => {
      const text = `export default { async fetch(request, env, ctx) {\n${statements}\n} };`;
      const { findings, untold } = practicesIn(analyse('a.ts', text, NAMES));
      return findings.length + untold.length;
    };
    const pushed = lines((at) => `jobs.push(env.KV.put("${at}", "v"));`);
    assert.equal(judged(`const jobs = [];\n${pushed}\nctx.waitUntil(Promise.all(jobs));`), 0);
    const named = lines((at) => `const p${at + 1} = p${at}.then(log);`);
    assert.equal(judged(`const p0 = env.KV.put("a", "v");\n${named}\nawait p${COUNT};`), 1);
    const lists = lines((at) => `const p${at + 1} = [...p${at}];`);
    assert.equal(judged(`const p0 = [env.KV.put("a", "v")];\n${lists}\nawait Promise.all(p${COUNT});`), 1);
  });

  it('is gone through once: names of bindings', () => {
    const names = new Set(Array.from({ length: COUNT }, (_, at) => `NAME${at}`));
    assert.equal(
      calls(
        lines((at) => `a.b${at}.c(); env.NAME${at}.get("a");`),
        names,
      ),
      COUNT,
    );
  });
});
