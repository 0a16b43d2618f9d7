import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { CloudflareApi } from '../../src/cloudflare/cloudflareApi.ts';
import type { ConnectionState } from '../../src/cloudflare/connection.ts';
import { isKvError, type KvErrorKind } from '../../src/core/base/errors.ts';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import type { SourceChange } from '../../src/core/store/store.ts';
import type { WranglerConfig } from '../../src/wrangler/config.ts';
import { type Remote, startRemote } from '../support/cloudflare/remote.ts';
import { CloudflareServer } from '../support/cloudflare/server.ts';
import { eventually } from '../support/eventually.ts';
import { HastyTiming } from '../support/hastyTiming.ts';
import { ManualTiming } from '../support/manualTiming.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const kind =
  (wanted: KvErrorKind, says = '') =>
  (error: unknown) => {
    assert.ok(isKvError(error, wanted), `expected ${wanted}, got ${String(error)}`);
    assert.ok(error.message.includes(says), error.message);
    return true;
  };

describe('a remote source', () => {
  let remote: Remote;

  before(async () => {
    remote = await startRemote({ timing: new HastyTiming() });
  });
  beforeEach(() => remote.server.reset());
  after(async () => {
    await remote.stop();
    assert.deepEqual([remote.server.violations, remote.server.strays], [[], []]);
  });

  const titles = async (source = remote.source) => (await source.namespaces()).map(({ title }) => title).sort();

  it('creates, renames and deletes namespaces, and asks for the list once', async () => {
    const source = remote.connect();
    const changes: SourceChange[] = [];
    source.onDidChange((change) => changes.push(change));
    const before = await titles(source);
    const created = await source.create('Sessions');
    assert.deepEqual(
      { ...created, id: '' },
      { source: source.id, sourceKind: 'remote', id: '', title: 'Sessions', bindings: [] },
    );
    await source.store(created.id).put({ key: 'k', value: bytes('v') });
    await source.rename(created.id, 'Old sessions');
    assert.deepEqual(await titles(source), [...before, 'Old sessions'].sort());
    await source.remove(created.id);
    assert.deepEqual(await titles(source), before);
    assert.equal(remote.server.count('listNamespaces'), 1);
    const names = { only: 'names' } as const;
    const put = { namespace: created.id, keys: ['k'], wrote: [{ name: 'k' }] };
    // Of a namespace that is gone: the list is another, and so is everything in it; the account is not read again.
    assert.deepEqual(changes, [names, put, names, names, { namespace: created.id }]);
    await assert.rejects(source.remove(created.id), kind('namespaceNotFound', 'The namespace was not deleted: '));
    await assert.rejects(source.store(created.id).list({}), kind('namespaceNotFound'));
    await assert.rejects(source.rename(created.id, 'x'), kind('namespaceNotFound', 'The namespace was not renamed: '));
    source.refresh();
    assert.deepEqual(await titles(source), before);
    assert.equal(remote.server.count('listNamespaces'), 2);
  });

  it('sends one request to create, whatever becomes of the answer', async () => {
    const lost = [
      { kind: 'status', status: 500 },
      { kind: 'cut', at: 'start' },
      { kind: 'html', status: 200 },
    ] as const;
    for (const mishap of lost) {
      for (const applied of [true, false]) {
        remote.server.reset();
        const source = remote.connect();
        const title = `${mishap.kind} ${applied}`;
        await source.namespaces();
        remote.server.faults.add({ mishap, applied, operations: ['createNamespace'] });
        if (applied) assert.equal((await source.create(title)).title, title);
        else
          await assert.rejects(source.create(title), kind(mishap.kind === 'cut' ? 'offline' : 'server', `“${title}”`));
        assert.equal(remote.server.count('createNamespace'), 1);
        assert.equal((await titles(source)).includes(title), applied);
      }
    }
  });

  it('tells a title that is taken, by whomever', async () => {
    const source = remote.connect();
    await source.create('taken');
    await assert.rejects(source.create('taken'), kind('conflict', 'The namespace “taken” was not created: '));
    remote.server.createNamespace('taken meanwhile');
    await assert.rejects(source.create('taken meanwhile'), kind('conflict', 'Choose another one'));
  });

  it('deletes once though the answer is lost', async () => {
    const source = remote.connect();
    const { id } = await source.create('to delete');
    remote.server.faults.add({
      mishap: { kind: 'status', status: 502 },
      applied: true,
      operations: ['deleteNamespace'],
    });
    await source.remove(id);
    assert.equal(remote.server.count('deleteNamespace'), 2);
  });

  it('has bindings of the workspace beside namespaces, by both ids, with their environment', async () => {
    const main = remote.server.createNamespace('bound');
    const preview = remote.server.createNamespace('bound_preview');
    const config: WranglerConfig = {
      path: '/project/wrangler.jsonc',
      folder: '/project',
      bindings: [
        { name: 'KV', id: main.id, previewId: preview.id },
        { name: 'KV', id: main.id, previewId: main.id, environment: 'staging', remote: true },
        { name: 'LOCAL' },
      ],
    };
    const source = remote.connect({ configs: () => [config] });
    const found = new Map((await source.namespaces()).map((namespace) => [namespace.id, namespace]));
    assert.deepEqual(found.get(main.id), {
      source: source.id,
      sourceKind: 'remote',
      id: main.id,
      title: 'bound',
      bindings: [
        { name: 'KV', config: config.path, field: 'id' },
        { name: 'KV', config: config.path, field: 'id', environment: 'staging', remote: true },
      ],
    });
    assert.deepEqual(found.get(preview.id), {
      source: source.id,
      sourceKind: 'remote',
      id: preview.id,
      title: 'bound_preview',
      note: 'preview',
      bindings: [{ name: 'KV', config: config.path, field: 'preview_id' }],
    });
  });

  it('shows the first page of a million keys with one request, and 1,000 namespaces with one', async () => {
    const { id } = remote.server.makeUpNamespace('million', 1_000_000);
    const store = remote.source.store(id);
    const first = await store.list({});
    assert.deepEqual([first.keys.length, remote.server.count()], [1000, 1]);
    const second = await store.list(first.cursor === undefined ? {} : { cursor: first.cursor });
    assert.deepEqual([second.keys[0]?.name, remote.server.count()], ['made:up:000001000', 2]);
    assert.deepEqual((await store.list({ prefix: 'made:up:00099999' })).keys.length, 10);

    const other = { id: 'f'.repeat(32), name: 'Large' };
    for (let i = 0; i < 1000; i++) remote.server.createNamespace(`namespace ${i}`, other.id);
    const token = remote.server.issueToken({ accounts: [other] }).text;
    const source = new CloudflareApi({ configs: () => [] }).source(remote.server.baseUrl, other, async () => token);
    remote.server.reset();
    assert.equal((await source.namespaces()).length, 1000);
    assert.equal(remote.server.count(), 1);
    source.dispose();
  });

  it('splits bulk work by 10,000 keys', async () => {
    const store = remote.source.store(remote.server.makeUpNamespace('split', 0).id);
    const small = Array.from({ length: 25_000 }, (_, i): KvEntry => ({ key: `${i}`, value: bytes('v') }));
    assert.equal((await store.putMany(small)).done, 25_000);
    assert.equal(remote.server.count('bulkPut'), 3);
    assert.equal((await store.deleteMany(small.map(({ key }) => key))).done, 25_000);
    assert.equal(remote.server.count('bulkDelete'), 3);
  });

  it('makes one write and two reads of a save', async () => {
    const store = remote.source.store(remote.server.createNamespace('save').id);
    await store.put({ key: 'k', value: bytes('before'), metadata: { m: 1 } });
    remote.server.reset();
    const now = await store.get('k');
    assert.ok(now);
    await store.put({ ...now, value: bytes('after') });
    assert.deepEqual(Object.fromEntries(remote.server.counts), { getValue: 1, getMetadata: 1, putValue: 1 });
  });

  it('says which permission is missing, and that a token is no good any more', async () => {
    const token = remote.server.issueToken({ storage: 'read' });
    const api = new CloudflareApi({ configs: () => [] });
    const source = api.source(remote.server.baseUrl, remote.server.account, async () => token.text);
    const store = source.store(remote.server.createNamespace('read only').id);
    const states: ConnectionState[] = [];
    source.onDidChangeState((state) => states.push(state));
    await store.list({});
    await assert.rejects(store.put({ key: 'k', value: bytes('') }), kind('forbidden', '“Workers KV Storage: Edit”'));
    token.storage = 'none';
    await assert.rejects(store.list({}), kind('forbidden', '“Workers KV Storage: Read”'));
    token.status = 'revoked';
    await assert.rejects(source.namespaces(), kind('unauthenticated', 'Sign in again'));
    assert.deepEqual([source.state, states], ['signedOut', ['signedOut']]);
    token.status = 'active';
    token.storage = 'edit';
    source.retry();
    await source.namespaces();
    assert.deepEqual([source.state, states], ['ok', ['signedOut', 'ok']]);
    source.dispose();
  });

  it('asks for another token once when one is refused', async () => {
    const [stale, fresh] = [remote.server.issueToken({ status: 'revoked' }), remote.server.issueToken()];
    const asked: (string | undefined)[] = [];
    const api = new CloudflareApi({ configs: () => [] });
    const source = api.source(remote.server.baseUrl, remote.server.account, async (refused) => {
      asked.push(refused);
      return refused === undefined && asked.length === 1 ? stale.text : fresh.text;
    });
    await source.namespaces();
    assert.deepEqual(asked, [undefined, stale.text]);
    assert.equal(remote.server.count(), 2);
    fresh.status = 'revoked';
    source.refresh();
    await assert.rejects(source.namespaces(), kind('unauthenticated'));
    assert.equal(remote.server.count(), 3, 'the same token is not sent again');
    source.dispose();
  });

  it('is counted with all that a user asks of the same server, and with nothing that is asked of another', async () => {
    const other = await CloudflareServer.start();
    const api = new CloudflareApi({ configs: () => [], timing: new ManualTiming() });
    const sourceAt = (server: CloudflareServer) => {
      const token = server.issueToken().text;
      return api.source(server.baseUrl, server.account, async () => token);
    };
    const [here, alsoHere, there] = [sourceAt(remote.server), sourceAt(remote.server), sourceAt(other)];
    try {
      remote.server.headers = { ratelimit: '"default";r=0;t=120' };
      await here.namespaces();
      const { id } = remote.server.createNamespace('counted');
      await assert.rejects(alsoHere.store(id).list({}), kind('rateLimited'));
      assert.deepEqual(await there.namespaces(), []);
    } finally {
      for (const source of [here, alsoHere, there]) source.dispose();
      await other.stop();
    }
  });

  it('recovers by itself from being offline', async () => {
    const gate = createServer();
    await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve));
    const address = gate.address();
    assert.ok(address && typeof address === 'object');
    await new Promise((resolve) => gate.close(resolve));

    const timing = new HastyTiming();
    const account = remote.server.account;
    const source = new CloudflareApi({ configs: () => [], timing }).source(
      `http://127.0.0.1:${address.port}/client/v4`,
      account,
      async () => 'test-token',
    );
    const states: ConnectionState[] = [];
    source.onDidChangeState((state) => states.push(state));
    await assert.rejects(
      source.store('a'.repeat(32)).put({ key: 'k', value: bytes('') }),
      kind('offline', '“k” was not written: '),
    );
    assert.deepEqual(states, ['offline']);
    const server = await CloudflareServer.start(address.port);
    server.tokens.issue({ text: 'test-token', accounts: [account] });
    try {
      await eventually(() => assert.deepEqual(states, ['offline', 'ok']));
      assert.deepEqual(await source.namespaces(), []);
    } finally {
      source.dispose();
      await server.stop();
    }
  });

  it('sends a refused token again by itself a few times a minute at most, however often it is asked', async () => {
    const timing = new ManualTiming();
    const token = remote.server.issueToken();
    const api = new CloudflareApi({ configs: () => [], timing });
    const source = api.source(remote.server.baseUrl, remote.server.account, async () => token.text);
    const { id } = remote.server.createNamespace('revoked');
    await source.namespaces();
    token.status = 'revoked';
    let told = 0;
    source.onDidChange(() => told++);
    remote.server.reset();
    for (let second = 0; second < 60; second++) {
      // As views do that read again whatever they are told of.
      const asked = [source.namespaces(), source.store(id).list({}), source.store(id).get('k')];
      const results = await Promise.allSettled(asked);
      assert.deepEqual(
        results.map(({ status }) => status),
        ['fulfilled', 'rejected', 'rejected'],
      );
      await timing.pass(1000);
    }
    assert.ok(remote.server.count() <= 6, `${remote.server.count()} requests`);
    assert.deepEqual([source.state, told], ['signedOut', 0]);

    token.status = 'active';
    source.retry();
    await source.store(id).list({});
    assert.deepEqual([source.state, told], ['ok', 1]);
    source.dispose();
  });

  it('sends a revoked token six times a minute at most, with reads of two accounts under way when it is revoked', async () => {
    const timing = new ManualTiming();
    const token = remote.server.issueToken();
    const api = new CloudflareApi({ configs: () => [], timing });
    let asked = 0;
    const credential = async (refused?: string): Promise<string> => {
      if (refused !== undefined) asked++;
      return token.text;
    };
    const sources = [1, 2].map(() => api.source(remote.server.baseUrl, remote.server.account, credential));
    const { id } = remote.server.createNamespace('revoked twice');
    for (const source of sources) await source.namespaces();
    token.status = 'revoked';
    remote.server.reset();
    const look = async (): Promise<void> => {
      const reads = sources.flatMap((source) => [1, 2, 3].map((key) => source.store(id).get(`k${key}`)));
      const results = await Promise.allSettled(reads);
      assert.ok(results.every(({ status }) => status === 'rejected'));
    };
    for (let second = 0; second < 59; second++) {
      await look();
      await timing.pass(1000);
    }
    assert.ok(remote.server.count() <= 6, `${remote.server.count()} requests`);
    assert.ok(asked <= 6, `another token was asked for ${asked} times`);
    assert.deepEqual(
      sources.map(({ state }) => state),
      ['signedOut', 'signedOut'],
    );
    await timing.pass(61_000);
    await look();
    assert.ok(remote.server.count() <= 7, 'then it is tried again, once');

    token.status = 'active';
    for (const source of sources) source.retry();
    for (const source of sources) assert.equal(await source.store(id).get('k1'), undefined);
    assert.deepEqual(
      sources.map(({ state }) => state),
      ['ok', 'ok'],
    );
    for (const source of sources) source.dispose();
  });

  it('is back from being offline when an answer has come, with its list of namespaces kept', async () => {
    const timing = new ManualTiming();
    const source = remote.connect({ timing });
    await source.namespaces();
    const changes: SourceChange[] = [];
    source.onDidChange((change) => changes.push(change));
    const { id } = remote.server.createNamespace('offline');
    remote.server.reset();
    remote.server.faults.add({ mishap: { kind: 'cut', at: 'start' }, times: 7 });
    const listing = assert.rejects(source.store(id).list({}), kind('offline'));
    await eventually(async () => {
      await timing.pass(500);
      assert.equal(source.state, 'offline');
    });
    await listing;
    await source.namespaces();
    assert.deepEqual([source.state, changes], ['offline', []], 'what is kept is no contact');
    await eventually(async () => {
      await timing.pass(1000);
      assert.equal(source.state, 'ok');
    });
    assert.deepEqual(changes, [{ only: 'unread' }]);
    assert.ok(remote.server.count('listNamespaces') >= 1);
  });

  it('is offline for a minute with ever fewer tries, none of them by what is told, and then back by itself', async () => {
    const timing = new ManualTiming();
    const source = remote.connect({ timing });
    const { id } = remote.server.createNamespace('a minute');
    await source.namespaces();
    const states: ConnectionState[] = [];
    const changes: SourceChange[] = [];
    const reads: Promise<unknown>[] = [];
    const read = (): void => {
      reads.push(
        source
          .store(id)
          .list({})
          .catch(() => {}),
      );
    };
    source.onDidChangeState((state) => {
      states.push(state);
      // As views do that show what they are told of.
      read();
      void source.namespaces();
    });
    source.onDidChange((change) => changes.push(change));
    remote.server.reset();
    remote.server.faults.add({ mishap: { kind: 'cut', at: 'start' }, times: Number.POSITIVE_INFINITY });
    read();
    /** How many requests were tried in each of so many seconds. */
    const tried = async (seconds: number): Promise<number> => {
      const before = remote.server.count();
      for (let i = 0; i < seconds * 4; i++) {
        await timing.pass(250);
        // What is sent takes real time.
        for (let count = -1; count !== remote.server.count(); ) {
          count = remote.server.count();
          await new Promise((resolve) => setTimeout(resolve, 15));
        }
      }
      return remote.server.count() - before;
    };
    const halves = [await tried(30), await tried(30)];
    assert.deepEqual([states, changes], [['offline'], []]);
    assert.ok((halves[1] ?? 0) < (halves[0] ?? 0) && (halves[1] ?? 0) <= 6, halves.join());
    remote.server.faults.clear();
    await eventually(async () => {
      await timing.pass(1000);
      assert.deepEqual(states, ['offline', 'ok']);
    });
    assert.deepEqual(changes, [{ only: 'unread' }]);
    await Promise.all(reads);
    source.dispose();
  });

  it('checks tokens as sign-in does', async () => {
    const { server } = remote;
    const api = (text: string) => new CloudflareApi({ configs: () => [] }).withToken(server.baseUrl, text);
    const user = api(server.issueToken().text);
    assert.deepEqual(await user.accounts(), [server.account]);
    assert.equal(await user.status(undefined), 'active');
    await user.tryRead(server.account.id);
    await user.tryWrite(server.account.id);
    await assert.rejects(user.status(server.account.id), kind('unauthenticated'));

    const owned = api(server.issueToken({ kind: 'account', storage: 'read' }).text);
    await assert.rejects(owned.accounts(), kind('invalidInput'));
    assert.equal(await owned.status(server.account.id), 'active');
    await owned.tryRead(server.account.id);
    await assert.rejects(owned.tryWrite(server.account.id), kind('forbidden', 'Workers KV Storage: Edit'));

    const expired = api(server.issueToken({ status: 'expired' }).text);
    assert.equal(await expired.status(undefined), 'expired');
    await assert.rejects(api('test-token-unknown').tryRead(server.account.id), kind('unauthenticated'));
    assert.throws(
      () => new CloudflareApi({ configs: () => [] }).withToken('http://example.com', 't'),
      kind('invalidInput'),
    );
  });
});
