import assert from 'node:assert/strict';
import { cleanToken, tokenProblem } from '../../src/auth/token.ts';
import { tokenPage } from '../../src/auth/tokenPage.ts';
import { isKvError } from '../../src/core/base/errors.ts';

describe('a pasted token', () => {
  it('loses the space around it, and nothing else', () => {
    assert.equal(cleanToken('  cfut_made-up_Token \n'), 'cfut_made-up_Token');
  });

  it('is refused when a header could not carry it, in words that do not repeat it', () => {
    for (const text of ['', '  ', 'two words', 'tök', 'zero\u200bwidth', 'a\nb', 'Bearer made-up']) {
      const problem = tokenProblem(text);
      assert.ok(problem, JSON.stringify(text));
      assert.ok(text.trim() === '' || !problem.includes(text), problem);
      assert.throws(
        () => cleanToken(text),
        (error) => isKvError(error, 'invalidInput'),
      );
    }
  });

  it('is made on a page that has the permissions filled in', () => {
    const { origin, pathname, searchParams } = new URL(tokenPage());
    assert.equal(origin + pathname, 'https://dash.cloudflare.com/profile/api-tokens');
    assert.deepEqual(JSON.parse(searchParams.get('permissionGroupKeys') ?? ''), [
      { key: 'workers_kv_storage', type: 'edit' },
      { key: 'account_settings', type: 'read' },
    ]);
  });
});
