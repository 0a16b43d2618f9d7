import assert from 'node:assert/strict';
import { CloudflareApi } from '../../src/cloudflare/cloudflareApi.ts';
import { isKvError, type KvErrorKind } from '../../src/core/base/errors.ts';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import type { KvStore } from '../../src/core/store/store.ts';
import type { Operation } from '../support/cloudflare/api.ts';
import { type Remote, startRemote } from '../support/cloudflare/remote.ts';
import { HastyTiming } from '../support/hastyTiming.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const RAY = '8a1b2c3d4e5f6a7b';
const IN_PATH: readonly Operation[] = ['getValue', 'getMetadata', 'putValue', 'deleteValue'];

const rejects = async (work: Promise<unknown>, kind: KvErrorKind, says: RegExp): Promise<void> => {
  await assert.rejects(work, (error) => {
    assert.ok(isKvError(error, kind), `expected ${kind}, got ${String(error)}`);
    assert.match(error.message, says);
    return true;
  });
};

describe('remote causes', () => {
  let remote: Remote;
  let store: KvStore;

  before(async () => {
    remote = await startRemote();
  });
  beforeEach(() => {
    remote.server.reset();
    store = remote
      .connect({ timing: new HastyTiming() })
      .store(remote.server.createPlainNamespace(`c ${Math.random()}`).id);
  });
  after(async () => {
    await remote.stop();
    assert.deepEqual([remote.server.violations, remote.server.strays], [[], []]);
  });

  const block = (key: string, rayId?: string): void =>
    remote.server.faults.add({
      mishap: { kind: 'html', status: 403, ...(rayId !== undefined && { rayId }) },
      operations: IN_PATH,
      key,
      times: 1000,
    });

  it('a firewall’s page and that of a proxy are no missing permission', async () => {
    remote.server.faults.add({ mishap: { kind: 'html', status: 403, rayId: RAY }, operations: ['listKeys'] });
    await rejects(store.list({}), 'forbidden', new RegExp(`firewall of Cloudflare .*Ray ID ${RAY}`));
    remote.server.faults.add({ mishap: { kind: 'html', status: 403 }, operations: ['listKeys'] });
    await rejects(store.list({}), 'forbidden', /proxy or firewall .*HTTP 403/);
    remote.server.faults.add({ mishap: { kind: 'html', status: 401 }, operations: ['listKeys'] });
    await rejects(store.list({}), 'forbidden', /proxy or firewall/);
    remote.server.faults.add({ mishap: { kind: 'status', status: 403, code: 10000 }, operations: ['listKeys'] });
    await rejects(store.list({}), 'forbidden', /lacks the permission “Workers KV Storage: Read”/);
  });

  it('a token that is bound to other addresses is told so', async () => {
    const message = 'Cannot use the access token from location: 192.0.2.1';
    remote.server.faults.add({
      mishap: { kind: 'status', status: 403, code: 9109, message },
      operations: ['listKeys'],
    });
    await rejects(store.list({}), 'forbidden', /bound to certain IP addresses/);
    remote.server.faults.add({ mishap: { kind: 'status', status: 403, code: 9109 }, operations: ['listKeys'] });
    await rejects(store.list({}), 'forbidden', /lacks the permission/);
  });

  it('another login than the one without access is asked for once, and used where there is one', async () => {
    const { server } = remote;
    const poor = server.issueToken({ storage: 'none' }).text;
    const asked: (string | undefined)[] = [];
    let login = poor;
    const credential = async (refused?: string): Promise<string> => {
      asked.push(refused);
      return refused === poor ? login : poor;
    };
    const api = new CloudflareApi({ configs: () => [], timing: new HastyTiming() });
    const source = api.source(server.baseUrl, server.account, credential);
    const other = source.store(server.createPlainNamespace('another login').id);
    try {
      const says = new RegExp(`lacks the permission .* for “${server.account.name}”`);
      await rejects(other.list({}), 'forbidden', says);
      await rejects(other.list({}), 'forbidden', says);
      assert.deepEqual(asked, [undefined, poor, undefined]);
      login = remote.token.text;
      source.refresh();
      assert.deepEqual((await other.list({})).keys, []);
    } finally {
      source.dispose();
    }
  });

  it('accounts with one token each say by their own names that it is not accepted', async () => {
    const { server } = remote;
    const gone = server.issueToken({ status: 'revoked' });
    const api = new CloudflareApi({ configs: () => [], timing: new HastyTiming() });
    for (const name of ['Acme', 'Globex']) {
      const source = api.source(server.baseUrl, { ...server.account, name }, async () => gone.text);
      try {
        await rejects(source.namespaces(), 'unauthenticated', new RegExp(`sign-in for “${name}”: it has expired`));
      } finally {
        source.dispose();
      }
    }
  });

  it('a key that a firewall stops in a path is read, written and deleted in bulk', async () => {
    const key = 'files/.../etc';
    const entry: KvEntry = { key, value: bytes('text'), metadata: { m: [1] }, expiration: 2_000_000_000 };
    block(key, RAY);
    assert.equal(await store.get(key), undefined);
    await store.put(entry);
    assert.deepEqual(await store.get(key), entry);
    await store.delete(key);
    assert.equal(await store.get(key), undefined);
    const { counts } = remote.server;
    assert.deepEqual([counts.get('bulkPut'), counts.get('bulkDelete')], [1, 1]);
  });

  it('a value that cannot be had as text says why, and leaves the others alone', async () => {
    await store.putMany([
      { key: '...', value: Uint8Array.of(0xff, 0) },
      { key: 'fine', value: bytes('x') },
    ]);
    block('...', RAY);
    await rejects(store.get('...'), 'server', new RegExp(RAY));
    const read: string[] = [];
    const failed: string[] = [];
    for await (const one of store.getMany(['...', 'fine'], undefined, (failure) => failed.push(failure.key)))
      read.push(one.key);
    assert.deepEqual([read, failed], [['fine'], ['...']]);
  });
});
