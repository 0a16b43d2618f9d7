import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { analyse } from '../../../src/language/code/analysis.ts';
import { check } from '../../../src/language/code/diagnostics/check.ts';
import { CODES } from '../../../src/language/code/diagnostics/finding.ts';
import { holdsError } from '../../../src/language/code/syntax.ts';

const folder = new URL('../../../media/diagnostics/', import.meta.url);
const NAMES = new Set(['SESSIONS', 'CONFIG', 'CACHE', 'USERS', 'FILES', 'PAGES']);

function codes(path: string, text: string): string[] {
  const analysis = analyse(path, text, NAMES);
  assert.ok(analysis.calls.length > 0 && !holdsError(analysis.code.tree.topNode), text);
  return check({ analysis, isTyped: false, now: 1_800_000_000 }).map(({ code }) => code);
}

describe('Pages of the diagnostics', () => {
  it('are there for every code and no other', () => {
    assert.deepEqual(readdirSync(folder).sort(), CODES.map((code) => `${code}.md`).sort());
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
});
