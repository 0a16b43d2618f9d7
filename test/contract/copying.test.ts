import assert from 'node:assert/strict';
import { join } from 'node:path';
import { CloudflareApi } from '../../src/cloudflare/cloudflareApi.ts';
import type { RemoteSource } from '../../src/cloudflare/remoteSource.ts';
import { nowSeconds } from '../../src/core/entry/entry.ts';
import { compareUtf8 } from '../../src/core/keys/utf8Order.ts';
import type { KvStore } from '../../src/core/store/store.ts';
import { DevServers } from '../../src/local/explorer/devServers.ts';
import { LocalSource } from '../../src/local/localSource.ts';
import { readWranglerConfig } from '../../src/wrangler/readConfig.ts';
import { awkwardEntries } from '../support/awkwardEntries.ts';
import { type Remote, startRemote } from '../support/cloudflare/remote.ts';
import { DevServer, registryIn, writeDevProject } from '../support/devServer.ts';
import { explorerStore } from '../support/explorerStore.ts';
import { HastyTiming } from '../support/hastyTiming.ts';
import { type LocalFolder, localFolder } from '../support/localFolder.ts';
import { assertEntries, dump, Transfers } from '../support/transfers.ts';

/** Namespaces that the dev server binds, one for each use. */
const NAMESPACES = 10;
const other = { id: 'fedcba9876543210fedcba9876543210', name: 'Globex' };

/** Makes an empty namespace; `from` is another way of reading it, where there is one. */
type Kind = () => { readonly store: KvStore; readonly from?: KvStore };

describe('500 awkward entries', () => {
  const entries = awkwardEntries(500, nowSeconds() + 86_400).sort((a, b) => compareUtf8(a.key, b.key));
  const done = { done: 500, skipped: 0, failed: [], cancelled: false };
  const transfers = new Transfers();
  let resting: LocalFolder;
  let running: LocalFolder;
  let dev: DevServer;
  let servers: DevServers;
  let beside: LocalSource;
  let remote: Remote;
  let elsewhere: RemoteSource;
  let used = 0;
  let served = 0;

  before(async () => {
    resting = localFolder();
    running = localFolder();
    const names = Array.from({ length: NAMESPACES }, (_, i) => [`KV_${i}`, `n${i}`] as const);
    writeDevProject(running.folder, { bindings: Object.fromEntries(names) });
    dev = await DevServer.start(running.folder);
    servers = new DevServers({ ports: () => [dev.port], usualPorts: [], registry: registryIn(running.folder) });
    const configs = [await readWranglerConfig(join(running.folder, 'wrangler.jsonc'))];
    beside = new LocalSource(running.client, { ...running.source.project, configs }, servers);
    const timing = new HastyTiming();
    remote = await startRemote({ timing });
    const token = remote.server.issueToken({ accounts: [other] }).text;
    const api = new CloudflareApi({ configs: () => [], timing });
    elsewhere = api.source(remote.server.baseUrl, other, async () => token);
  });
  after(async () => {
    beside?.dispose();
    servers?.dispose();
    elsewhere?.dispose();
    await Promise.all([dev?.stop(), remote?.stop()]);
    running?.dispose();
    resting?.dispose();
    transfers.dispose();
    assert.deepEqual([remote.server.violations, remote.server.strays], [[], []]);
  });

  const kinds: Readonly<Record<string, Kind>> = {
    'local files': () => ({ store: resting.source.store(`n${used++}`) }),
    'a dev server': () => {
      const id = `n${served++}`;
      // Written through the Explorer either way; reading through it too takes long, and shows that nothing is lost
      // there.
      return { store: beside.store(id), from: explorerStore(id, { source: beside, servers, client: running.client }) };
    },
    'an account': () => ({ store: remote.source.store(remote.server.createNamespace(`n${used++}`).id) }),
    'another account': () => ({
      store: elsewhere.store(remote.server.createPlainNamespace(`n${used++}`, other.id).id),
    }),
  };
  const made = (name: string): ReturnType<Kind> => (kinds[name] ?? assert.fail())();

  for (const [from, targets] of Object.entries({
    'local files': ['local files', 'a dev server', 'an account'],
    'a dev server': ['local files', 'a dev server', 'an account'],
    'an account': ['local files', 'a dev server', 'an account', 'another account'],
  })) {
    it(`are copied from ${from} to ${targets.join(', ')}`, async () => {
      const source = made(from);
      assert.deepEqual(await source.store.putMany(entries), done);
      const all = targets.map(made);
      const outcomes = await transfers.copy(
        source.from ?? source.store,
        all.map((target) => target.store),
      );
      assert.deepEqual(
        outcomes,
        all.map(() => done),
      );
      for (const target of all) assertEntries(await dump(target.store), entries);
    });
  }

  for (const [from, to] of [
    ['local files', 'a dev server'],
    ['a dev server', 'an account'],
    ['an account', 'another account'],
  ] as const) {
    it(`are synced from ${from} to ${to}, and are then the same`, async () => {
      const source = made(from);
      const target = made(to);
      await source.store.putMany(entries);
      await target.store.putMany([
        { key: '!extra', value: new Uint8Array() },
        ...entries.slice(0, 50),
        ...entries.slice(50, 100).map(({ key, value }) => ({ key, value, metadata: { changed: true } })),
      ]);
      const { counts, outcome } = await transfers.sync(source.store, target.store);
      assert.deepEqual(counts, { add: 400, change: 50, remove: 1, same: 50 });
      assert.deepEqual(outcome, { ...done, done: 451 });
      assertEntries(await dump(target.store), entries);
    });
  }
});
