import assert from 'node:assert/strict';
import { CLOUDFLARE_API, checkApiServer, foreignServer } from '../../src/auth/apiServer.ts';
import { cleanToken, tokenProblem } from '../../src/auth/token.ts';
import { tokenPage } from '../../src/auth/tokenPage.ts';
import { isKvError } from '../../src/core/errors.ts';

const refusesServer = (text: string): void =>
  assert.throws(
    () => checkApiServer(text),
    (error) => isKvError(error, 'invalidInput'),
    text,
  );

describe('the server that tokens are sent to', () => {
  it('is an https address, or this machine itself', () => {
    assert.equal(checkApiServer(CLOUDFLARE_API), CLOUDFLARE_API);
    assert.equal(checkApiServer(' https://proxy.example/cf/v4/ '), 'https://proxy.example/cf/v4');
    assert.equal(checkApiServer('http://127.0.0.1:8080/client/v4'), 'http://127.0.0.1:8080/client/v4');
    assert.equal(checkApiServer('http://localhost:8080'), 'http://localhost:8080');
    assert.equal(checkApiServer('http://[::1]:8080'), 'http://[::1]:8080');
    for (const text of [
      '',
      'api.cloudflare.com',
      'http://api.cloudflare.com/client/v4',
      'http://127.0.0.1.example/client/v4',
      'http://localhost.example',
      'ftp://127.0.0.1',
      'https://user:secret@proxy.example',
      'https://proxy.example/?to=elsewhere',
      'https://proxy.example/#x',
    ]) {
      refusesServer(text);
    }
  });

  it('is named when it is not Cloudflare’s own', () => {
    assert.equal(foreignServer(CLOUDFLARE_API), undefined);
    assert.equal(foreignServer('http://127.0.0.1:8080/client/v4'), '127.0.0.1:8080');
  });
});

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
