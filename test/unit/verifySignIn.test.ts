import assert from 'node:assert/strict';
import { cannotWrite, type Question, verify } from '../../src/auth/verify.ts';
import { isKvError, type KvErrorKind } from '../../src/core/base/errors.ts';
import { FakeApi, type FakeToken } from '../support/auth/fakeApi.ts';

const acme = 'a'.repeat(32);
const globex = 'b'.repeat(32);

describe('verifying a credential', () => {
  let api: FakeApi;
  beforeEach(() => {
    api = new FakeApi();
    api.names.set(acme, 'Acme Inc').set(globex, 'Globex');
  });

  const ask = (token: FakeToken | undefined, question: Partial<Question> = {}) => {
    if (token) api.tokens.set('made-up', token);
    return verify(api.withToken('https://api.example', 'made-up'), { method: 'token', ...question });
  };
  const refuses = (work: Promise<unknown>, kind: KvErrorKind, says: RegExp): Promise<void> =>
    assert.rejects(work, (error) => {
      assert.ok(isKvError(error, kind), String(error));
      assert.match(error.message, says);
      return true;
    });

  it('finds every account that the token can read', async () => {
    const verified = await ask({ access: { [acme]: 'write', [globex]: 'write' } });
    assert.deepEqual(verified, {
      accounts: [
        { id: acme, name: 'Acme Inc' },
        { id: globex, name: 'Globex' },
      ],
      readOnly: [],
      unreadable: [],
      unwanted: [],
    });
  });

  it('tells a token that can only read, and names the permission that is missing', async () => {
    const verified = await ask({ access: { [acme]: 'read' } });
    assert.deepEqual(verified?.readOnly, [{ id: acme, name: 'Acme Inc' }]);
    assert.equal(
      cannotWrite('token', verified?.readOnly ?? []),
      'This token can read but not write Workers KV in Acme Inc. It needs the permission Workers KV Storage: Edit.',
    );
  });

  it('leaves out the accounts that it cannot read, and fails when none is left', async () => {
    const verified = await ask({ access: { [acme]: 'none', [globex]: 'write' } });
    assert.deepEqual(verified?.accounts, [{ id: globex, name: 'Globex' }]);
    assert.deepEqual(verified?.unreadable, [{ id: acme, name: 'Acme Inc' }]);
    await refuses(
      ask({ access: { [acme]: 'none' } }),
      'forbidden',
      /cannot read Workers KV in Acme Inc.*Edit, or Read/,
    );
  });

  it('asks nothing of accounts that are not wanted', async () => {
    const token: FakeToken = { access: { [acme]: 'write', [globex]: 'write' } };
    const verified = await ask(token, { choose: async ([first]) => (first ? [first] : []) });
    assert.deepEqual(verified?.unwanted, [{ id: globex, name: 'Globex' }]);
    assert.ok(!api.asked.some((question) => question.includes(globex)));
    assert.equal(await ask(token, { choose: async () => undefined }), undefined);
  });

  it('asks for the account ID where a good token cannot list accounts', async () => {
    const token: FakeToken = { access: { [acme]: 'write' }, mayList: false };
    await refuses(ask(token), 'invalidInput', /may not list its accounts\. Give the account ID/);
    const verified = await ask(token, { accountId: acme });
    assert.deepEqual(verified?.accounts, [{ id: acme, name: 'aaaaaaaa' }]);
  });

  it('takes a token that an account owns, with the account ID', async () => {
    const token: FakeToken = { access: { [acme]: 'write' }, isAccountOwned: true };
    await refuses(ask(token), 'unauthenticated', /belongs to an account needs the account ID/);
    assert.equal((await ask(token, { accountId: acme }))?.accounts.length, 1);
  });

  it('tells tokens that have expired, are switched off, or were never there', async () => {
    const access = { [acme]: 'write' } as const;
    await refuses(ask({ access, status: 'expired' }), 'unauthenticated', /has expired/);
    await refuses(ask({ access, status: 'disabled' }), 'unauthenticated', /is switched off/);
    await refuses(ask({ access, status: 'expired' }, { accountId: acme }), 'unauthenticated', /has expired/);
    const owned: FakeToken = { access, status: 'expired', isAccountOwned: true };
    await refuses(ask(owned, { accountId: acme }), 'unauthenticated', /has expired/);
    api.tokens.clear();
    await refuses(ask(undefined), 'unauthenticated', /mistyped, expired or revoked/);
    await refuses(ask(undefined, { method: 'wrangler' }), 'unauthenticated', /npx wrangler login/);
  });

  it('refuses what is no account ID before it asks anybody', async () => {
    await refuses(ask({ access: {} }, { accountId: '../user' }), 'invalidInput', /32 characters/);
    assert.deepEqual(api.asked, []);
  });
});
