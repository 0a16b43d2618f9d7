import assert from 'node:assert/strict';
import { type Question, type Verified, verify } from '../../src/auth/verify.ts';
import { CloudflareApi } from '../../src/cloudflare/cloudflareApi.ts';
import { isKvError, type KvErrorKind } from '../../src/core/base/errors.ts';
import type { Mishap } from '../support/cloudflare/faults.ts';
import { CloudflareServer } from '../support/cloudflare/server.ts';

const globex = { id: 'fedcba9876543210fedcba9876543210', name: 'Globex' };

describe('signing in, over HTTP', () => {
  let server: CloudflareServer;
  before(async () => {
    server = await CloudflareServer.start();
  });
  after(() => server.stop());
  afterEach(() => {
    assert.deepEqual([...server.violations, ...server.strays], []);
    server.reset();
  });

  const ask = (token: string, question: Partial<Question> = {}): Promise<Verified | undefined> =>
    verify(new CloudflareApi({ configs: () => [] }).withToken(server.baseUrl, token), { method: 'token', ...question });
  const refuses = (work: Promise<unknown>, kind: KvErrorKind, says: RegExp, ...never: readonly string[]) =>
    assert.rejects(work, (error) => {
      assert.ok(isKvError(error, kind), String(error));
      assert.match(error.message, says);
      for (const secret of never) assert.ok(!`${error.message} ${error.stack} ${error.cause}`.includes(secret));
      return true;
    });

  it('finds the accounts of a token and what it may do there', async () => {
    const { account } = server;
    const { text } = server.issueToken({ accounts: [account, globex] });
    assert.deepEqual(await ask(text), {
      accounts: [account, globex],
      readOnly: [],
      unreadable: [],
      unwanted: [],
    });
    const reader = server.issueToken({ storage: 'read' });
    assert.deepEqual(await ask(reader.text), {
      accounts: [account],
      readOnly: [account],
      unreadable: [],
      unwanted: [],
    });
    const { text: none } = server.issueToken({ storage: 'none' });
    await refuses(ask(none), 'forbidden', /cannot read Workers KV in Acme Inc/, none);
  });

  it('writes nothing to find that out', async () => {
    const { id } = server.createNamespace('untouched');
    await ask(server.issueToken().text);
    assert.deepEqual(
      [...server.counts.keys()].filter((operation) => /put|create|rename|deleteValue|deleteNamespace/i.test(operation)),
      [],
    );
    assert.ok(server.namespaces.get(server.account.id, id));
  });

  it('takes a login of wrangler, tokens of accounts, and tokens that cannot list accounts', async () => {
    const { id } = server.account;
    const login = server.issueToken({ kind: 'oauth' });
    assert.equal((await ask(login.text, { method: 'wrangler' }))?.accounts[0]?.name, 'Acme Inc');
    const owned = server.issueToken({ kind: 'account' });
    await refuses(ask(owned.text), 'unauthenticated', /belongs to an account needs the account ID/, owned.text);
    assert.deepEqual((await ask(owned.text, { accountId: id }))?.accounts, [{ id, name: id.slice(0, 8) }]);
    const silent = server.issueToken({ listsAccounts: false });
    await refuses(ask(silent.text), 'invalidInput', /Give the account ID/, silent.text);
    assert.equal((await ask(silent.text, { accountId: id }))?.accounts.length, 1);
    await refuses(ask(silent.text, { accountId: globex.id }), 'forbidden', /cannot read Workers KV in fedcba98/);
  });

  it('says what is wrong with a token that is not accepted', async () => {
    const accountId = server.account.id;
    for (const [status, says] of [
      ['expired', /has expired/],
      ['disabled', /is switched off/],
      ['revoked', /mistyped, expired or revoked/],
    ] as const) {
      const { text } = server.issueToken({ status });
      await refuses(ask(text), 'unauthenticated', says, text);
      await refuses(ask(text, { accountId }), 'unauthenticated', says, text);
    }
    await refuses(ask('never-issued'), 'unauthenticated', /mistyped, expired or revoked/, 'never-issued');
    const old = server.issueToken({ kind: 'oauth', status: 'expired' });
    await refuses(ask(old.text, { method: 'wrangler' }), 'unauthenticated', /npx wrangler login/, old.text);
  });

  it('does not take a failing service for a bad token', async () => {
    const { text } = server.issueToken();
    server.faults.add({ mishap: { kind: 'html', status: 200 }, operations: ['listAccounts'] });
    await refuses(ask(text), 'server', /not one of the Cloudflare API/, text);
    server.faults.add({ mishap: { kind: 'redirect', to: 'http://localhost:9/' }, operations: ['listAccounts'] });
    await refuses(ask(text), 'server', /elsewhere/, text);
    const api = new CloudflareApi({ configs: () => [] }).withToken('http://127.0.0.1:1/client/v4', text);
    const aborted = new AbortController();
    const work = verify(api, { method: 'token' }, aborted.signal);
    setTimeout(() => aborted.abort(), 50);
    await refuses(work, 'cancelled', /Cancelled/, text);
  });

  const away = 'Cannot use the access token from location: 192.0.2.1';
  const stops: readonly { by: string; mishap: Mishap; says: RegExp }[] = [
    { by: 'a proxy', mishap: { kind: 'html', status: 403 }, says: /a proxy or firewall .*HTTP 403/ },
    {
      by: 'the network that a token is not for',
      mishap: { kind: 'status', status: 403, code: 9109, message: away },
      says: /may not be used from this network/,
    },
  ];
  for (const { by, mishap, says } of stops) {
    it(`does not take a token for a bad one that is stopped by ${by}`, async () => {
      const { text } = server.issueToken({ listsAccounts: false });
      const accountId = server.account.id;
      server.faults.add({ mishap, times: 1000 });
      await refuses(ask(text), 'forbidden', says, text);
      await refuses(ask(text, { accountId }), 'forbidden', says, text);
      server.faults.clear();
      server.faults.add({ mishap, operations: ['verifyUserToken'] });
      await refuses(ask(text), 'forbidden', says, text);
      server.faults.add({ mishap, operations: ['listNamespaces'] });
      await refuses(ask(text, { accountId }), 'forbidden', says, text);
    });

    it(`does not know whether a token can write where that question is stopped by ${by}`, async () => {
      const { account } = server;
      server.faults.add({ mishap, operations: ['bulkDelete', 'bulkDeleteLegacy'], times: 1000 });
      const verified = await ask(server.issueToken().text);
      assert.deepEqual([verified?.accounts, verified?.readOnly], [[account], []]);
      assert.match(verified?.stopped?.message ?? '', says);
    });
  }
});
