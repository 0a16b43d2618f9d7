import assert from 'node:assert/strict';
import { type Analysis, analyse } from '../../../src/language/code/analysis.ts';
import { check } from '../../../src/language/code/diagnostics/check.ts';
import { mayUseKv } from '../../../src/language/code/mentions.ts';
import { type ExpectedCall, workerFiles } from '../../support/workerCode.ts';

const NOW = 1_800_000_000;
const files = workerFiles();

function found({ calls, code }: Analysis): (ExpectedCall & { source: string })[] {
  return calls
    .map(({ from, to, method, bindings }) => ({
      from,
      method,
      bindings: bindings.join(',') || '?',
      source: code.text.slice(from, to),
    }))
    .sort((a, b) => a.from - b.from);
}

const findings = (analysis: Analysis, isTyped: boolean): string[] =>
  check({ analysis, isTyped, now: NOW }).map(
    ({ code, from, to }) => `${code}: ${analysis.code.text.slice(from, to)} at ${from}`,
  );

describe('Worker files', () => {
  it('are many', () => assert.ok(files.length >= 30, String(files.length)));

  for (const { path, names, text, calls } of files) {
    describe(path, () => {
      it('gives its calls of KV and no look-alike', () => {
        assert.ok(calls.length === 0 || mayUseKv(text, names));
        const actual = found(analyse(path, text, names)).map(({ source, ...call }) => call);
        assert.deepEqual(actual, calls, JSON.stringify(found(analyse(path, text, names)), undefined, 1));
      });

      it('has nothing to be told of, as TypeScript or as JavaScript', () => {
        const analysis = analyse(path, text, names);
        assert.deepEqual(findings(analysis, true), []);
        assert.deepEqual(findings(analysis, false), []);
      });

      it('takes no look-alike and tells nothing while it is unfinished', () => {
        const expected = new Set(calls.map(({ from, method }) => `${from} ${method}`));
        for (let end = 0; end < text.length; end += 10) {
          const analysis = analyse(path, text.slice(0, end), names);
          const tail = JSON.stringify(text.slice(Math.max(0, end - 60), end));
          for (const { from, method, source } of found(analysis)) {
            assert.ok(expected.has(`${from} ${method}`), `${source} is taken after ${tail}`);
          }
          assert.deepEqual(findings(analysis, false), [], `after ${tail}`);
          assert.deepEqual(findings(analysis, true), [], `after ${tail}`);
        }
      });
    });
  }
});
