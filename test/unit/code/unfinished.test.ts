import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type Analysis, analyse } from '../../../src/language/code/analysis.ts';
import type { KeyUse } from '../../../src/language/code/calls.ts';
import { check } from '../../../src/language/code/diagnostics/check.ts';

/** Lines of `code with ¦ => method key`. */
const snippets = readFileSync(new URL('../../fixtures/unfinishedKvCode.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [, code = '', method = '', key = ''] = /^(.*) => (\w+) ?(.*)$/.exec(line) ?? [];
    return { code, method, key };
  });

const worker = (inside: string): string => `export default {
  async fetch(request, env, ctx) {
    const first = await env.KV.get("first");
    ${inside}
    const user = env.map.get("user");
    await env.KV.put("second", "2");
    const last = await env.KV.list({ prefix: "last" });
    return new Response(first);
  },
};
`;

/** The innermost key around an offset. */
const keyAt = ({ keys }: Analysis, offset: number): KeyUse | undefined =>
  keys.filter(({ from, to }) => from <= offset && offset <= to).sort((a, b) => a.to - a.from - (b.to - b.from))[0];

describe('Unfinished code', () => {
  it('is of many kinds', () => assert.ok(snippets.length >= 30));

  for (const { code, method, key } of snippets) {
    it(`has the call at the cursor in ${code}`, () => {
      const marked = worker(code);
      const cursor = marked.indexOf('¦');
      const text = marked.replace('¦', '');
      const path = code.includes('<p') || code.includes('<ul') ? 'worker.tsx' : 'worker.ts';
      const analysis = analyse(path, text, new Set(['KV']));
      const use = keyAt(analysis, cursor);
      assert.equal(use?.call.method, method);
      assert.equal(analysis.constants.text(use.node)?.start.slice(0, key.length), key);
      assert.deepEqual(use.call.bindings, ['KV']);
      assert.ok(analysis.calls.some(({ from }) => from === text.indexOf('env.KV.get("first")')));
      assert.ok(analysis.calls.every(({ from }) => !text.startsWith('env.map', from)));
      const findings = check({ analysis, isTyped: false, now: 1_800_000_000 });
      assert.deepEqual(findings, []);
    });
  }

  it('keeps most of the calls that are finished', () => {
    let kept = 0;
    for (const { code } of snippets) {
      const text = worker(code.replace('¦', ''));
      const { calls } = analyse('worker.tsx', text, new Set(['KV']));
      for (const call of ['env.KV.get("first")', 'env.KV.put("second"', 'env.KV.list({ prefix: "last"']) {
        if (calls.some(({ from }) => from === text.lastIndexOf(call))) kept++;
      }
    }
    // What follows an open backtick is text.
    assert.ok(kept >= snippets.length * 3 - 10, String(kept));
  });
});
