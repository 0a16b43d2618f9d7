import assert from 'node:assert/strict';
import { analyse } from '../../../src/language/code/analysis.ts';
import { check } from '../../../src/language/code/diagnostics/check.ts';
import { editsOf, isBeingTyped } from '../../../src/language/providers/beingTyped.ts';

const CURSOR = '|';

/** What is shown of a text with its cursor, as somebody has just typed what is before it, or has only clicked there. */
function shown(marked: string, isTyped = true): string[] {
  const cursor = marked.indexOf(CURSOR);
  const text = marked.replace(CURSOR, '');
  const analysis = analyse('worker.js', text, new Set(['KV']));
  const found = check({ analysis, isTyped: false, now: 1_800_000_000 });
  const edits = isTyped ? [{ from: cursor - 1, to: cursor }] : [];
  return found.filter((finding) => !isBeingTyped(finding, { cursors: [cursor], edits })).map(({ code }) => code);
}

const inWorker = (statement: string): string =>
  `export default { async fetch(request, env, ctx) { ${statement} return new Response(); } };`;

describe('What is being typed', () => {
  for (const [code, typing, done] of [
    ['key', 'await env.KV.get("|");', 'await env.KV.get("")|;'],
    ['bulk-count', 'await env.KV.get([|]);', 'await env.KV.get([])|;'],
    ['value-type', 'await env.KV.get("a", "|");', 'await env.KV.get("a", "")|;'],
    ['value', 'await env.KV.put("u", {|});', 'await env.KV.put("u", {})|;'],
    [
      'expiration-ttl',
      'await env.KV.put("u", "v", { expirationTtl: 6| });',
      'await env.KV.put("u", "v", { expirationTtl: 6 }|);',
    ],
    [
      'expiration-ttl',
      'const TTL = 6|; await env.KV.put("u", "v", { expirationTtl: TTL });',
      'const TTL = 6; |await env.KV.put("u", "v", { expirationTtl: TTL });',
    ],
    [
      'expiration',
      'await env.KV.put("u", "v", { expiration: 17| });',
      'await env.KV.put("u", "v", { expiration: 17 }|);',
    ],
    ['key', 'const K = "|"; await env.KV.get(K);', 'const K = ""; |await env.KV.get(K);'],
    [
      'expiration',
      'const END = 17|; await env.KV.put("u", "v", { expiration: END });',
      'const END = 17; |await env.KV.put("u", "v", { expiration: END });',
    ],
    ['cache-ttl', 'await env.KV.get("u", { cacheTtl: 3| });', 'await env.KV.get("u", { cacheTtl: 3 }|);'],
    ['option', 'await env.KV.put("u", "v", { ttl|: 60 });', 'await env.KV.put("u", "v", { ttl: 60| });'],
    ['json-type', 'await env.KV.get<number>("u"|);', 'await env.KV.get<number>("u");|'],
  ] as const) {
    it(`is not told: ${typing}`, () => {
      assert.deepEqual(shown(inWorker(typing)), []);
      assert.deepEqual(shown(inWorker(done)), [code]);
      // Somebody who sets the cursor there wants the repair.
      assert.deepEqual(shown(inWorker(typing), false), [code]);
    });
  }

  it('is told of a whole call', () => {
    assert.deepEqual(shown(inWorker('env.KV.put("u", "v|");')), ['floating-put']);
    assert.deepEqual(shown(inWorker('if (!env.KV.get("u|")) return;')), ['no-await']);
  });

  it('is where the changes of an event stand in the end', () => {
    assert.deepEqual(
      editsOf([
        { rangeOffset: 20, rangeLength: 4, text: 'x' },
        { rangeOffset: 5, rangeLength: 0, text: 'abc' },
      ]),
      [
        { from: 5, to: 8 },
        { from: 23, to: 24 },
      ],
    );
  });
});
