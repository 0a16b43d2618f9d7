import assert from 'node:assert/strict';
import { Accounts, type AccountsHost, type ApiServer } from '../../src/auth/accounts.ts';
import { SignIns } from '../../src/auth/signIns.ts';
import { isKvError, KvError } from '../../src/core/base/errors.ts';
import { Emitter } from '../../src/core/base/event.ts';
import { FakeApi } from '../support/auth/fakeApi.ts';
import { FakeMemory, FakeSecrets } from '../support/auth/memory.ts';

const acme = 'a'.repeat(32);
const globex = 'b'.repeat(32);

const cloudflare: ApiServer = { url: 'https://api.example/client/v4' };
const proxy: ApiServer = { url: 'http://127.0.0.1:8080/client/v4', name: '127.0.0.1:8080' };

describe('accounts', () => {
  let api: FakeApi;
  let memory: FakeMemory;
  let secrets: FakeSecrets;
  let server: ApiServer;
  let env: NodeJS.ProcessEnv;
  let isTrusted: boolean;
  let login: { token: string | undefined; asked: number };
  let forgets: number;
  let closed: string[];
  let forgotten: string[];
  let undoForgotten: string[];
  let whileClosing: () => Promise<unknown>;
  let serverChanged: Emitter<void>;
  let accounts: Accounts;

  /** As after a start of VS Code. */
  const started = (): Accounts => {
    const host: AccountsHost = {
      api,
      env,
      signIns: new SignIns(memory, secrets),
      server: () => server,
      isTrusted: () => isTrusted,
      onDidChangeServer: serverChanged.event,
      wrangler: {
        token: async (_refused, profile) => {
          login.asked++;
          if (profile !== undefined) return `login of ${profile}`;
          if (login.token === undefined) throw new KvError('unauthenticated', 'wrangler is not logged in');
          return login.token;
        },
        forget: () => forgets++,
        profiles: async () => [],
      },
      closeDocuments: async (ids) => {
        closed.push(...ids);
        await whileClosing();
      },
      forget: async (ids) => {
        forgotten.push(...ids);
      },
      forgetUndo: async (ids) => {
        undoForgotten.push(...ids);
      },
    };
    return new Accounts(host);
  };

  beforeEach(() => {
    api = new FakeApi();
    api.names.set(acme, 'Acme Inc').set(globex, 'Globex');
    api.tokens.set('one', { access: { [acme]: 'write' } });
    api.tokens.set('two', { access: { [acme]: 'read', [globex]: 'write' } });
    memory = new FakeMemory();
    secrets = new FakeSecrets();
    server = cloudflare;
    env = {};
    isTrusted = true;
    login = { token: undefined, asked: 0 };
    forgets = 0;
    closed = [];
    forgotten = [];
    undoForgotten = [];
    whileClosing = async () => {};
    serverChanged = new Emitter();
    accounts = started();
  });
  afterEach(() => accounts.dispose());

  const labels = (): string[] => accounts.sources.map((source) => source.label);
  const tokenOf = (id: string, refused?: string): Promise<string> =>
    (api.sources.findLast((source) => source.id === `account-${id}` && !source.isDisposed) ?? assert.fail()).credential(
      refused,
    );
  const everythingKept = (): string => JSON.stringify([...memory.kept, ...secrets.kept]);

  it('appear with a verified token, which is kept among the secrets only', async () => {
    let changes = 0;
    accounts.onDidChange(() => changes++);
    await accounts.signIn({ method: 'token', token: ' one\n' });
    assert.deepEqual(labels(), ['Acme Inc']);
    assert.equal(changes, 1);
    assert.deepEqual([...secrets.kept.values()], ['one']);
    assert.ok(!JSON.stringify([...memory.kept]).includes('one"'));
    assert.equal(await tokenOf(acme), 'one');
  });

  it('keep nothing of a credential that is refused', async () => {
    await assert.rejects(accounts.signIn({ method: 'token', token: 'unknown' }), (error) =>
      isKvError(error, 'unauthenticated'),
    );
    assert.equal(everythingKept(), '[]');
    assert.deepEqual(labels(), []);
  });

  it('are there at once after a start, without a request and without reading a secret', async () => {
    await accounts.signIn({ method: 'token', token: 'two' });
    const asked = api.asked.length;
    accounts.dispose();
    secrets.reads = 0;
    accounts = started();
    assert.deepEqual(labels(), ['Acme Inc', 'Globex']);
    await accounts.ready;
    assert.equal(api.asked.length, asked);
    assert.equal(secrets.reads, 0);
    assert.equal(await tokenOf(globex), 'two');
  });

  it('take over a second credential, and forget the first when nothing is left for it', async () => {
    await accounts.signIn({ method: 'token', token: 'one' });
    const [before] = accounts.sources;
    await accounts.signIn({ method: 'token', token: 'two' });
    assert.deepEqual(labels(), ['Acme Inc', 'Globex']);
    assert.equal(accounts.sources[0], before);
    assert.equal(await tokenOf(acme), 'two');
    assert.deepEqual([...secrets.kept.values()], ['two']);
  });

  it('stand beside each other with credentials of their own', async () => {
    await accounts.signIn({ method: 'token', token: 'two' });
    await accounts.signIn({ method: 'token', token: 'one' });
    assert.equal(await tokenOf(acme), 'one');
    assert.equal(await tokenOf(globex), 'two');
    assert.equal(secrets.kept.size, 2);
  });

  it('that were not wanted are signed in, hidden, and never take a credential away', async () => {
    await accounts.signIn({ method: 'token', token: 'one' });
    await accounts.signIn({
      method: 'token',
      token: 'two',
      choose: async (found) => found.filter((account) => account.id === globex),
    });
    assert.equal(await tokenOf(acme), 'one');
    assert.deepEqual(labels().sort(), ['Acme Inc', 'Globex']);
    await accounts.signOut();
    await accounts.signIn({ method: 'token', token: 'two', choose: async ([first]) => (first ? [first] : []) });
    assert.deepEqual(labels(), ['Acme Inc']);
    assert.deepEqual(
      accounts.accounts.map(({ id, isShown }) => [id, isShown]),
      [
        [acme, true],
        [globex, false],
      ],
    );
  });

  it('can be hidden and shown again, over a restart too', async () => {
    await accounts.signIn({ method: 'token', token: 'two' });
    const hidden = accounts.sources[0];
    assert.deepEqual(await accounts.select([globex]), [{ id: globex, name: 'Globex' }]);
    assert.deepEqual(labels(), ['Globex']);
    assert.ok(api.sources.find((source) => source === hidden)?.isDisposed);
    accounts.dispose();
    accounts = started();
    assert.deepEqual(labels(), ['Globex']);
    await accounts.select([acme, globex]);
    assert.deepEqual(labels(), ['Acme Inc', 'Globex']);
    await assert.rejects(accounts.select(['c'.repeat(32)]), (error) => isKvError(error, 'invalidInput'));
  });

  it('leave nothing behind when they are signed out', async () => {
    await accounts.signIn({ method: 'token', token: 'two' });
    await accounts.select([acme]);
    const sources = [...api.sources];
    assert.deepEqual(await accounts.signOut(), [
      { id: acme, name: 'Acme Inc' },
      { id: globex, name: 'Globex' },
    ]);
    assert.deepEqual(labels(), []);
    assert.ok(sources.every((source) => source.isDisposed));
    assert.deepEqual(closed, [`account-${acme}`, `account-${globex}`]);
    assert.deepEqual(forgotten, closed);
    assert.equal(everythingKept(), '[["signIns","[]"],["hiddenAccounts","[]"]]');
    const [source] = sources;
    await assert.rejects(source?.credential() ?? assert.fail(), (error) => isKvError(error, 'unauthenticated'));
  });

  it('can be signed out one by one; the token stays for the others', async () => {
    await accounts.signIn({ method: 'token', token: 'two' });
    await accounts.signOut([acme]);
    assert.deepEqual(labels(), ['Globex']);
    assert.equal(await tokenOf(globex), 'two');
    await accounts.signOut([globex]);
    assert.equal(secrets.kept.size, 0);
  });

  it('are not forgotten when another sign-in reaches them again meanwhile', async () => {
    await accounts.signIn({ method: 'token', token: 'two' });
    whileClosing = () => accounts.signIn({ method: 'token', token: 'one' });
    await accounts.signOut();
    assert.deepEqual(labels(), ['Acme Inc']);
    assert.deepEqual(forgotten, [`account-${globex}`]);
  });

  it('are forgotten where what shows them cannot be closed, which is told', async () => {
    await accounts.signIn({ method: 'token', token: 'one' });
    whileClosing = async () => await Promise.reject(new Error('an editor stays open'));
    await assert.rejects(accounts.signOut(), /an editor stays open/);
    assert.deepEqual([labels(), forgotten], [[], [`account-${acme}`]]);
  });

  it('follow what another window did, and close what is open of those that were signed out there', async () => {
    await accounts.signIn({ method: 'token', token: 'two' });
    const other = started();
    let changes = 0;
    other.onDidChange(() => changes++);
    await other.followOthers();
    assert.equal(changes, 0);
    await accounts.select([globex]);
    await other.followOthers();
    assert.deepEqual(
      other.sources.map(({ label }) => label),
      ['Globex'],
    );
    assert.deepEqual(closed, []);
    await accounts.signOut();
    closed.length = 0;
    await other.followOthers();
    assert.deepEqual([other.sources, closed, changes], [[], [`account-${globex}`], 2]);
    other.dispose();
  });

  it('leave nothing for Undo where another window signed out of them, shown or hidden', async () => {
    await accounts.signIn({ method: 'token', token: 'two' });
    await accounts.select([globex]);
    const other = started();
    await other.followOthers();
    assert.deepEqual(undoForgotten, []);
    await accounts.signOut();
    whileClosing = async () => await Promise.reject(new Error('an editor stays open'));
    await assert.rejects(other.followOthers(), /an editor stays open/);
    assert.deepEqual(undoForgotten.sort(), [`account-${acme}`, `account-${globex}`]);
    await other.followOthers();
    assert.equal(undoForgotten.length, 2);
    other.dispose();
  });

  it('keep what is there for Undo where they are signed in again meanwhile', async () => {
    await accounts.signIn({ method: 'token', token: 'two' });
    const other = started();
    await accounts.signOut([acme]);
    whileClosing = async () => await accounts.signIn({ method: 'token', token: 'one' });
    await other.followOthers();
    assert.deepEqual(undoForgotten, []);
    whileClosing = async () => {};
    await accounts.signOut([acme]);
    // Not by a look at something else.
    await other.select([globex]);
    await other.followOthers();
    assert.deepEqual(undoForgotten, [`account-${acme}`]);
    other.dispose();
  });

  it('are asked anew in another window where they were signed in anew, and only those', async () => {
    await accounts.signIn({ method: 'token', token: 'two' });
    const other = started();
    const [ofAcme, ofGlobex] = api.sources.slice(-2);
    assert.ok(ofAcme && ofGlobex);
    assert.deepEqual([ofAcme.label, ofGlobex.label], ['Acme Inc', 'Globex']);
    let changes = 0;
    other.onDidChange(() => changes++);
    assert.equal(await ofAcme.credential(), 'two');
    await accounts.signIn({ method: 'token', token: 'one' });
    assert.equal(ofAcme.refreshed, 0);
    await other.followOthers();
    assert.deepEqual([new Set(other.sources), changes], [new Set([ofAcme, ofGlobex]), 1]);
    assert.deepEqual([ofAcme.refreshed, ofGlobex.refreshed, await ofAcme.credential()], [1, 0, 'one']);
    await other.followOthers();
    assert.deepEqual([ofAcme.refreshed, changes, closed], [1, 1, []]);
    other.dispose();
  });

  it('are asked anew in another window where there is but one', async () => {
    await accounts.signIn({ method: 'token', token: 'one' });
    const other = started();
    let changes = 0;
    other.onDidChange(() => changes++);
    await accounts.signIn({ method: 'token', token: 'one' });
    await other.followOthers();
    assert.deepEqual([api.sources.at(-1)?.refreshed, changes], [1, 1]);
    other.dispose();
  });

  it('that were signed in anew elsewhere are not missed where this window chooses accounts first', async () => {
    await accounts.signIn({ method: 'token', token: 'two' });
    const other = started();
    const [ofAcme] = api.sources.slice(-2);
    await accounts.signIn({ method: 'token', token: 'one' });
    await other.select([acme]);
    assert.equal(ofAcme?.refreshed, 1);
    other.dispose();
  });

  it('ask wrangler again where another window signed in with a login of it', async () => {
    login.token = 'login';
    api.tokens.set('login', { access: { [acme]: 'write' } });
    await accounts.signIn({ method: 'wrangler' });
    const other = started();
    forgets = 0;
    await other.followOthers();
    assert.equal(forgets, 0);
    await accounts.signIn({ method: 'wrangler' });
    forgets = 0;
    await other.followOthers();
    assert.deepEqual([forgets, api.sources.at(-1)?.refreshed], [1, 1]);
    other.dispose();
  });

  it('get another token than the refused one, or say that it is not accepted', async () => {
    await accounts.signIn({ method: 'token', token: 'one' });
    await assert.rejects(tokenOf(acme, 'one'), (error) => isKvError(error, 'unauthenticated'));
    assert.equal(await tokenOf(acme, 'older'), 'one');
  });

  it('come from wrangler’s login, which is asked for whenever it is needed and kept nowhere', async () => {
    login.token = 'login';
    api.tokens.set('login', { access: { [acme]: 'write' } });
    await accounts.signIn({ method: 'wrangler' });
    assert.equal(await tokenOf(acme), 'login');
    assert.equal(secrets.kept.size, 0);
    assert.ok(!everythingKept().includes('"login"'));
    login.token = 'renewed';
    assert.equal(await tokenOf(acme, 'login'), 'renewed');
    login.token = undefined;
    await assert.rejects(tokenOf(acme, 'renewed'), (error) => isKvError(error, 'unauthenticated'));
  });

  it('come from several logins of wrangler at once, each by its name', async () => {
    api.tokens.set('login of work', { access: { [acme]: 'write' } });
    api.tokens.set('login of client-2', { access: { [globex]: 'write' } });
    await accounts.signIn({ method: 'wrangler', profile: 'work' });
    await accounts.signIn({ method: 'wrangler', profile: 'client-2' });
    accounts.dispose();
    accounts = started();
    assert.deepEqual(labels(), ['Acme Inc', 'Globex']);
    assert.deepEqual([await tokenOf(acme), await tokenOf(globex)], ['login of work', 'login of client-2']);
    await assert.rejects(tokenOf(globex, 'login of client-2'), /Run “npx wrangler auth create client-2”/);
    for (const [request, says] of [
      [{ method: 'wrangler', profile: '--help;' }, /letters, digits/],
      [{ method: 'token', token: 'one', profile: 'work' }, /Only the login of wrangler/],
    ] as const) {
      await assert.rejects(
        accounts.signIn(request),
        (error) => isKvError(error, 'invalidInput') && says.test(error.message),
      );
    }
  });

  it('ask wrangler once more when its login is not accepted', async () => {
    let given = 0;
    api.tokens.set('fresh', { access: { [acme]: 'write' } });
    accounts.dispose();
    accounts = new Accounts({
      api,
      env,
      signIns: new SignIns(memory, secrets),
      server: () => server,
      isTrusted: () => true,
      onDidChangeServer: serverChanged.event,
      closeDocuments: async () => {},
      forget: async () => {},
      forgetUndo: async () => {},
      wrangler: { token: async () => (given++ === 0 ? 'stale' : 'fresh'), forget: () => {}, profiles: async () => [] },
    });
    await accounts.signIn({ method: 'wrangler' });
    assert.deepEqual(labels(), ['Acme Inc']);
    assert.equal(given, 2);
  });

  it('are those of whoever has logged in to wrangler meanwhile, when somebody signs in with it again', async () => {
    let current = 'first';
    api.tokens.set('first', { access: { [acme]: 'write' } }).set('second', { access: { [globex]: 'write' } });
    const given = new Map<string | undefined, string>();
    accounts.dispose();
    accounts = new Accounts({
      api,
      env,
      signIns: new SignIns(memory, secrets),
      server: () => server,
      isTrusted: () => true,
      onDidChangeServer: serverChanged.event,
      closeDocuments: async () => {},
      forget: async () => {},
      forgetUndo: async () => {},
      wrangler: {
        // As it is: what wrangler has said once is kept.
        token: async (_, profile) => {
          const token = given.get(profile) ?? current;
          given.set(profile, token);
          return token;
        },
        forget: () => given.clear(),
        profiles: async () => [],
      },
    });
    await accounts.signIn({ method: 'wrangler' });
    current = 'second';
    assert.equal(await tokenOf(acme), 'first');
    await accounts.signIn({ method: 'wrangler' });
    assert.ok(labels().includes('Globex'), labels().join());
    assert.equal(await tokenOf(globex), 'second');
  });

  it('come from the environment only when that was chosen, and only in a trusted workspace', async () => {
    env.CLOUDFLARE_API_TOKEN = 'two';
    env.CLOUDFLARE_ACCOUNT_ID = globex;
    assert.deepEqual(labels(), []);
    isTrusted = false;
    await assert.rejects(accounts.signIn({ method: 'environment' }), /workspace that you trust/);
    isTrusted = true;
    await accounts.signIn({ method: 'environment' });
    assert.deepEqual(labels(), ['Globex']);
    assert.equal(await tokenOf(globex), 'two');
    assert.equal(secrets.kept.size, 0);
    isTrusted = false;
    await assert.rejects(tokenOf(globex), /workspace that you trust/);
    isTrusted = true;
    delete env.CLOUDFLARE_API_TOKEN;
    await assert.rejects(tokenOf(globex), /CLOUDFLARE_API_TOKEN is not set/);
  });

  it('belong to the server at which they were verified', async () => {
    await accounts.signIn({ method: 'token', token: 'one' });
    server = proxy;
    serverChanged.fire();
    assert.deepEqual(labels(), []);
    await accounts.signIn({ method: 'token', token: 'one' });
    assert.deepEqual(labels(), ['Acme Inc at 127.0.0.1:8080']);
    assert.equal(accounts.foreignServer, '127.0.0.1:8080');
    server = cloudflare;
    serverChanged.fire();
    assert.deepEqual(labels(), ['Acme Inc']);
    assert.deepEqual(accounts.known, [{ id: acme, name: 'Acme Inc' }]);
    await accounts.signOut();
    assert.equal(secrets.kept.size, 0);
  });

  it('forget a token that could not be put down as a sign-in', async () => {
    memory.update = () => Promise.reject(new Error('disk full'));
    await assert.rejects(accounts.signIn({ method: 'token', token: 'one' }), /could not keep the sign-in: disk full/);
    assert.equal(secrets.kept.size, 0);
  });

  it('lose no sign-in, and leave no token behind, when several change at once', async () => {
    const signIns = new SignIns(memory, secrets);
    const add = (id: string, account: string) =>
      signIns.add(
        { id, method: 'token', server: server.url, accounts: [{ id: account, name: account }] },
        `token ${id}`,
      );
    const ids = () => signIns.all.map(({ id }) => id);
    const tokens = () => [...secrets.kept.values()];
    await add('x1', 'X');
    await Promise.all([add('x2', 'X'), add('y1', 'Y')]);
    assert.deepEqual(
      [ids(), tokens()],
      [
        ['x2', 'y1'],
        ['token x2', 'token y1'],
      ],
    );
    await Promise.all([signIns.remove(new Set(['X'])), add('z1', 'Z')]);
    assert.deepEqual(
      [ids(), tokens()],
      [
        ['y1', 'z1'],
        ['token y1', 'token z1'],
      ],
    );
  });
});
