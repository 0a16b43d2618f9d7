import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { holdsError } from '../../../src/core/code/syntax.ts';
import { analyse } from '../../../src/language/code/analysis.ts';
import { check } from '../../../src/language/code/diagnostics/check.ts';
import { CODES } from '../../../src/language/code/diagnostics/finding.ts';
import { CONFIG_CHECKS, checkOutline } from '../../../src/wrangler/checkOutline.ts';
import { readOutline } from '../../../src/wrangler/outline.ts';
import * as parsers from '../../../src/wrangler/parsers.lazy.ts';

const folder = new URL('../../../media/diagnostics/', import.meta.url);
const NAMES = new Set(['SESSIONS', 'CONFIG', 'CACHE', 'USERS', 'FILES', 'PAGES']);

function codes(path: string, text: string): string[] {
  const analysis = analyse(path, text, NAMES);
  assert.ok(analysis.calls.length > 0 && !holdsError(analysis.code.tree.topNode), text);
  return check({ analysis, isTyped: false, now: 1_800_000_000 }).map(({ code }) => code);
}

describe('Pages of the diagnostics', () => {
  it('are there for every code and no other', () => {
    assert.deepEqual(readdirSync(folder).sort(), [...CODES, ...CONFIG_CHECKS].map((code) => `${code}.md`).sort());
  });

  for (const code of CODES) {
    it(`show what ${code} is told of, and what is right`, () => {
      const page = readFileSync(new URL(`${code}.md`, folder), 'utf8');
      assert.match(page, /^# [A-Z].*\n\n/);
      assert.ok(page.includes(`\`${code}\``));
      const blocks = [...page.matchAll(/\*\*(Wrong|Right)\*\*\n\n```(js|ts)\n([^`]*(?:`[^`]+`[^`]*)*?)\n```\n/g)];
      assert.deepEqual(
        blocks.map(([, title]) => title),
        ['Wrong', 'Right'],
      );
      const [wrong, right] = blocks.map(([, , language, text]) => codes(`worker.${language}`, text ?? ''));
      assert.deepEqual([...new Set(wrong)], [code]);
      assert.deepEqual(right, []);
    });
  }

  /** Of the account that somebody is signed in to. */
  const KNOWN = '0f2ac74b498b48028cb68387c421e279';
  for (const check of CONFIG_CHECKS) {
    it(`show what ${check} is told of, and what is right, in both kinds of config`, () => {
      const page = readFileSync(new URL(`${check}.md`, folder), 'utf8');
      assert.match(page, /^# [A-Z].*\n\n/);
      assert.ok(page.includes(`\`${check}\``));
      const blocks = [...page.matchAll(/\*\*(Wrong|Right)\*\*\n\n```(jsonc|toml)\n([^`]*)\n```\n/g)];
      const found = blocks.map(([, title, kind, text = '']) => {
        const outline = readOutline(`wrangler.${kind}`, text, parsers);
        assert.equal(outline.problem, undefined, text);
        return [title, kind, ...checkOutline(outline, (id) => id === KNOWN).map((finding) => finding.check)];
      });
      assert.deepEqual(found, [
        ['Wrong', 'jsonc', check],
        ['Right', 'jsonc'],
        ['Wrong', 'toml', check],
        ['Right', 'toml'],
      ]);
    });
  }
});
