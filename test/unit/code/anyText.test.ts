import assert from 'node:assert/strict';
import fc from 'fast-check';
import { analyse } from '../../../src/language/code/analysis.ts';
import { check } from '../../../src/language/code/diagnostics/check.ts';
import type { Finding } from '../../../src/language/code/diagnostics/finding.ts';
import { mistakes } from '../../support/kvMistakes.ts';
import { workerFiles } from '../../support/workerCode.ts';

const NAMES = new Set(['KV', 'SESSIONS', 'CACHE']);
const PATHS = ['a.ts', 'a.js', 'a.tsx', 'a.astro'];

function run(path: string, text: string): Finding[] {
  const analysis = analyse(path, text, NAMES);
  for (const { from, to } of [...analysis.calls, ...analysis.keys, ...analysis.bindings]) {
    assert.ok(0 <= from && from <= to && to <= text.length);
  }
  for (const { node } of analysis.keys) analysis.constants.text(node);
  const found = [true, false].flatMap((isTyped) => check({ analysis, isTyped, now: 1_800_000_000 }));
  for (const { from, to, fixes } of found) {
    assert.ok(0 <= from && from < to && to <= text.length);
    for (const edit of fixes.flatMap(({ edits }) => edits)) assert.ok(0 <= edit.from && edit.to <= text.length);
  }
  return found;
}

/** Pieces that programs about KV are made of. */
const piece = fc.constantFrom(
  'env',
  '.',
  'KV',
  'kv',
  'get',
  'put',
  'list',
  'this',
  '#env',
  '!',
  '?.',
  '(',
  ')',
  '{',
  '}',
  '[',
  ']',
  '<',
  '>',
  '"',
  "'",
  '`',
  '$' + '{',
  '\\',
  '\n',
  ' ',
  ';',
  ',',
  ':',
  '=',
  '=>',
  '+',
  '-',
  '/',
  '*',
  '??',
  '||',
  '...',
  '//',
  'const ',
  'let ',
  'class A ',
  'function f',
  'async ',
  'await ',
  'return ',
  'void ',
  'if ',
  'while ',
  'for ',
  'do ',
  'KVNamespace',
  'Env',
  'interface ',
  'type ',
  'enum ',
  'as ',
  'satisfies ',
  'import ',
  'new ',
  'Date',
  'declare ',
  'constructor',
  'private ',
  'expirationTtl',
  'expiration',
  'prefix',
  'cursor',
  'limit',
  '5',
  'null',
  '---\n',
  '\u{1f98a}',
);

const files = workerFiles();

describe('Any text', () => {
  it('is analysed and checked', () => {
    fc.assert(
      fc.property(fc.constantFrom(...PATHS), fc.string({ unit: 'binary', maxLength: 200 }), (path, text) => {
        run(path, text);
      }),
    );
  });

  it('of pieces of programs is analysed and checked', () => {
    fc.assert(
      fc.property(fc.constantFrom(...PATHS), fc.array(piece, { maxLength: 60 }), (path, pieces) => {
        run(path, pieces.join(''));
      }),
      { numRuns: 300 },
    );
  });

  it('of a program with anything cut out of it and put into it is analysed and checked', () => {
    const source = fc.constantFrom(...files.map(({ text }) => text), ...mistakes.map(({ wrong }) => wrong));
    fc.assert(
      fc.property(
        fc.constantFrom(...PATHS),
        source,
        fc.nat(),
        fc.nat({ max: 80 }),
        fc.array(piece, { maxLength: 4 }),
        (path: string, text: string, start: number, length: number, pieces: string[]) => {
          const from = start % (text.length + 1);
          run(path, text.slice(0, from) + pieces.join('') + text.slice(from + length));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('cut anywhere in a mistake is analysed and checked', () => {
    for (const { wrong } of mistakes) {
      if (wrong.length > 400) continue;
      for (let end = 0; end <= wrong.length; end++) run('a.ts', `async function f(env) { ${wrong.slice(0, end)}`);
    }
  });

  const lines = (count: number, line: (i: number) => string): string =>
    Array.from({ length: count }, (_, i) => line(i)).join('\n');

  it('may nest as deep as it likes', () => {
    for (const [open, close] of [
      '()',
      '[]',
      '{}',
      ['!', ''],
      ['-', ''],
      ['f(', ')'],
      ['await ', ''],
      ['"a" + ', ''],
    ] as const) {
      run('a.ts', `env.KV.get(${open?.repeat(3000)}"a"${close?.repeat(3000)})`);
      run('a.ts', `${open?.repeat(3000)}env.KV${close?.repeat(3000)}.get("a")`);
      run('a.ts', `env.KV.put("a", "b", { expirationTtl: ${open?.repeat(3000)}5${close?.repeat(3000)} })`);
    }
    run('a.ts', `${lines(3000, (i) => `const a${i + 1} = a${i};`)}\na3000.get(a3000);`);
    run('a.ts', `env.KV.get("a")${'.then(b)'.repeat(3000)}`);
    run('a.ts', `env.KV.put("a", "b", { expiration: Date.now()${' + 1'.repeat(3000)} })`);
  });

  it('may lead back to itself', () => {
    const passing = lines(12, (i) => {
      const calls = Array.from({ length: 12 }, (_, j) => `f${j}(kv);`).join(' ');
      return `function f${i}(kv: KVNamespace) { ${calls} kv.get("a"); }`;
    });
    const analysis = analyse('a.ts', `${passing}\nf0(env.KV);`, NAMES);
    assert.deepEqual(
      analysis.calls.map(({ method }) => method),
      Array.from({ length: 12 }, () => 'get'),
    );
    run(
      'a.ts',
      `class A { constructor() { ${'this.a = this.a; this.b = this.a; this.a = this.b; '.repeat(20)} this.a.get("x"); } }`,
    );
    run(
      'a.ts',
      'const a = b; const b = a; a.get(a); env.KV.get(a); env.KV.put(b, "", { expirationTtl: a, expiration: b });',
    );
    run('a.ts', 'const f = () => f(); f().get("a"); function g(kv: KVNamespace = g()) { return kv; } g(g()).get("b");');
    run('a.ts', 'type A = B; type B = A | A; env.KV.get<A>("a"); function f<T extends T>() { env.KV.get<T>("a"); }');
  });
});
