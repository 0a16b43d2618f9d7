import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DevServerStatus } from '../../../src/core/store/store.ts';
import { DevServers } from '../../../src/local/explorer/devServers.ts';
import { scopesOf } from '../../../src/local/explorer/identity.ts';
import { LocalSource } from '../../../src/local/localSource.ts';
import { silentSystem } from '../../../src/local/serving/system.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeExplorer } from '../../support/fakeExplorer.ts';
import { FakeRuntime } from '../../support/fakeRuntime.ts';
import { type LocalFolder, localFolder } from '../../support/localFolder.ts';

describe('whether a dev server runs', () => {
  let local: LocalFolder;
  let source: LocalSource;
  let servers: DevServers;
  let registry: string;
  let ports: number[];
  let told: DevServerStatus[];
  let fakes: FakeExplorer[];
  /** What listens on the debug port of every registered server. */
  let runtime: FakeRuntime;

  before(async () => {
    runtime = await FakeRuntime.start();
  });
  after(() => runtime.stop());
  beforeEach(() => {
    local = localFolder();
    registry = join(mkdtempSync(join(tmpdir(), 'cloudflare-kv-')), 'home', 'registry');
    ports = [];
    told = [];
    fakes = [];
    servers = new DevServers({ ports: () => ports, usualPorts: [], registry, system: silentSystem });
    const config = { path: join(local.folder, 'wrangler.toml'), folder: local.folder, name: 'shop', bindings: [] };
    source = new LocalSource(local.client, { ...local.source.project, configs: [config] }, servers);
  });
  afterEach(async () => {
    source.dispose();
    servers.dispose();
    local.dispose();
    rmSync(join(registry, '..', '..'), { recursive: true });
    await Promise.all(fakes.map((fake) => fake.stop()));
  });

  const listen = () => source.onDidChangeStatus((status) => told.push(status));
  const register = (name: string, secondsAgo = 0) => {
    mkdirSync(registry, { recursive: true });
    const path = join(registry, name);
    writeFileSync(path, JSON.stringify({ debugPortAddress: runtime.address, instanceId: 'a' }));
    const at = Date.now() / 1000 - secondsAgo;
    utimesSync(path, at, at);
  };
  const start = async (folder = local.folder, name = 'shop') => {
    const worker = { isSelf: true, name, persistenceScope: scopesOf(folder)[0] };
    const fake = await FakeExplorer.start({ workers: [worker] });
    fakes.push(fake);
    ports.push(fake.port);
    return fake;
  };
  const isStatus = async (expected: DevServerStatus) =>
    await eventually(() => {
      assert.deepEqual(source.status, expected);
      assert.deepEqual(told.at(-1), expected);
    });

  it('is told when one comes, with its port, and when it goes', async () => {
    listen();
    assert.deepEqual(source.status, { devServer: 'none' });
    const fake = await start();
    register('shop');
    await isStatus({ devServer: 'running', port: fake.port });
    await fake.stop();
    rmSync(join(registry, 'shop'));
    await isStatus({ devServer: 'none' });
    assert.equal(told.length, 2);
  });

  it('is told without a port where none of ours answers, and with it once one does', async () => {
    register('shop');
    listen();
    await isStatus({ devServer: 'unknownPort' });
    const fake = await start();
    await isStatus({ devServer: 'running', port: fake.port });
  });

  it('is not taken from a heartbeat that has stopped, nor from another project of the same name', async () => {
    register('shop', 120);
    await start('/elsewhere');
    listen();
    await eventually(() => assert.ok((fakes[0]?.received.length ?? 0) > 0));
    register('shop');
    await eventually(() => assert.ok((fakes[0]?.received.length ?? 0) > 1));
    assert.deepEqual([source.status, told], [{ devServer: 'none' }, []]);
  });

  it('is none where the server was killed and left its registration behind', async () => {
    const dead = await FakeRuntime.start();
    await dead.stop();
    mkdirSync(registry, { recursive: true });
    writeFileSync(join(registry, 'shop'), JSON.stringify({ debugPortAddress: dead.address, instanceId: 'a' }));
    await start('/elsewhere');
    listen();
    await eventually(() => assert.ok((fakes[0]?.received.length ?? 0) > 0));
    assert.deepEqual([source.status, told], [{ devServer: 'none' }, []]);
  });

  it('is none again when the heartbeat does not come', async () => {
    // Stale at 90 seconds; it must be seen before that.
    register('shop', 85);
    listen();
    await isStatus({ devServer: 'unknownPort' });
    await isStatus({ devServer: 'none' });
  });

  it('is asked again when the project changes, and watched by nobody before somebody listens', async () => {
    const fake = await start(local.folder, 'renamed');
    assert.deepEqual(fake.received, []);
    listen();
    await isStatus({ devServer: 'running', port: fake.port });
    const before = fake.received.length;
    source.update(source.project);
    await eventually(() => assert.ok(fake.received.length > before));
  });

  it('costs no request for heartbeats alone', async () => {
    const fake = await start();
    register('shop');
    listen();
    await isStatus({ devServer: 'running', port: fake.port });
    // What it asked when the server came is asked by then.
    const before = await eventually(async () => {
      const { length } = fake.received;
      await new Promise((resolve) => setTimeout(resolve, 150));
      assert.equal(fake.received.length, length);
      return length;
    });
    const now = Date.now() / 1000;
    for (let i = 0; i < 3; i++) {
      utimesSync(join(registry, 'shop'), now + i, now + i);
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    assert.equal(fake.received.length, before);
  });
});
