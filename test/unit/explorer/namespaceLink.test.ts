import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { nowSeconds } from '../../../src/core/entry/entry.ts';
import type { Witness } from '../../../src/local/explorer/canary.ts';
import { DevServers } from '../../../src/local/explorer/devServers.ts';
import { scopesOf } from '../../../src/local/explorer/identity.ts';
import { NamespaceApi } from '../../../src/local/explorer/namespaceApi.ts';
import { NamespaceLink } from '../../../src/local/explorer/namespaceLink.ts';
import type { ServedProject } from '../../../src/local/serving/ownership.ts';
import { Serving } from '../../../src/local/serving/serving.ts';
import { silentSystem } from '../../../src/local/serving/system.ts';
import { StateFolder } from '../../../src/local/stateFolder.ts';
import { FakeExplorer, type FakeExplorerOptions, fail } from '../../support/fakeExplorer.ts';

const ID = 'KV';

describe('the way to a dev server', () => {
  let folder: string;
  let state: StateFolder;
  let fakes: FakeExplorer[];
  let servers: DevServers;
  let registry: string;
  let project: ServedProject;
  /** Where the entries of a server are seen; by default in those files that the first one is said to use. */
  let isSeen: Witness;
  let changes: number;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cloudflare-kv-'));
    state = new StateFolder(folder);
    mkdirSync(state.databases, { recursive: true });
    writeFileSync(state.filesOf(ID).database, '');
    fakes = [];
    changes = 0;
    project = { folders: [folder], names: ['shop'], namespaces: [ID], ports: [] };
    isSeen = async (key, value) => fakes.slice(0, 1).some((fake) => fake.entry(ID, key)?.value.equals(value));
    registry = join(folder, 'registry');
    mkdirSync(registry);
    servers = new DevServers({
      ports: () => fakes.map(({ port }) => port),
      usualPorts: [],
      registry,
      system: silentSystem,
    });
  });
  afterEach(async () => {
    servers.dispose();
    await Promise.all(fakes.map((fake) => fake.stop()));
    rmSync(folder, { recursive: true });
  });

  const own = (rest: Record<string, unknown> = {}) => ({
    isSelf: true,
    name: 'shop',
    persistenceScope: scopesOf(folder)[0],
    bindings: { kv: [{ id: ID }] },
    ...rest,
  });
  const start = async (options: FakeExplorerOptions = {}): Promise<FakeExplorer> => {
    const fake = await FakeExplorer.start({ workers: [own()], namespaces: [ID], ...options });
    fakes.push(fake);
    return fake;
  };
  const link = (id = ID, files = state.filesOf(id)) =>
    new NamespaceLink(id, async () => files, {
      servers,
      project: () => project,
      serving: new Serving({ servers, state, project: () => project }),
      witness: () => isSeen,
      onDidChange: () => changes++,
    });
  const register = (name: string, instanceId: string) =>
    writeFileSync(join(registry, name), JSON.stringify({ debugPortAddress: '127.0.0.1:1', instanceId }));
  const reasonOf = async (from: NamespaceLink) => {
    const found = await from.connect();
    return found instanceof NamespaceApi ? 'open' : found.reason;
  };
  /** What a port said is believed for 50 ms. */
  const answersAge = () => wait(60);
  const isClean = (fake: FakeExplorer) =>
    assert.deepEqual(
      [...fake.namespaces.values()].flatMap((one) => [...one]),
      [],
    );

  it('is proved by an entry seen in the very file, once, and leaves nothing behind', async () => {
    const fake = await start();
    register('shop', 'first');
    const own = link();
    const [a, b] = await Promise.all([own.connect(), own.connect()]);
    assert.ok(a instanceof NamespaceApi && a === b);
    assert.deepEqual(
      fake.calls.map((call) => call.replace(/canary-\w+/, 'canary')),
      [
        'GET /local/workers',
        'PUT /storage/kv/namespaces/KV/bulk',
        'DELETE /storage/kv/namespaces/KV/values/cloudflare-kv-canary',
      ],
    );
    const [item] = JSON.parse(fake.received[1]?.body.toString() ?? '[]');
    assert.ok(item.expiration >= nowSeconds() + 60 && item.expiration < nowSeconds() + 90);
    isClean(fake);
    await own.connect();
    assert.equal(fake.received.length, 3);
    assert.deepEqual([own.isProved, changes], [true, 1]);
  });

  it('is proved anew for another run of the server, and for another file', async () => {
    const fake = await start();
    register('shop', 'first');
    const own = link();
    const proofs = () => fake.calls.filter((call) => call.startsWith('DELETE')).length;
    await own.connect();
    register('shop', 'second');
    assert.equal(await reasonOf(own), 'open');
    assert.equal(proofs(), 2);
    const { database } = state.filesOf(ID);
    writeFileSync(`${database}.new`, '');
    rmSync(database);
    writeFileSync(database, '');
    await own.connect();
    assert.ok(proofs() >= 2);
    rmSync(database);
    isSeen = async () => false;
    assert.equal(await reasonOf(own), 'elsewhere');
    assert.equal(own.isProved, false);
  });

  it('is closed where a server of the project keeps its data elsewhere, and does not ask it again at once', async () => {
    const fake = await start();
    isSeen = async () => false;
    const own = link();
    assert.deepEqual(await own.connect(), { reason: 'elsewhere', port: fake.port });
    isClean(fake);
    const { length } = fake.received;
    assert.equal(await reasonOf(own), 'elsewhere');
    assert.ok(fake.received.slice(length).every(({ method }) => method === 'GET'));
    assert.equal(await own.mayOpenSoon(), false);
  });

  it('finds the right one of several servers of a project', async () => {
    const first = await start();
    const second = await start();
    isSeen = async (key) => second.entry(ID, key) !== undefined;
    const found = await link().connect();
    assert.ok(found instanceof NamespaceApi);
    assert.equal(found.server.address.port, second.port);
    isClean(first);
    isClean(second);
  });

  it('leaves servers of other projects alone, also those that have a Worker of the same name', async () => {
    const fake = await start({ workers: [own({ persistenceScope: scopesOf('/elsewhere')[0] })] });
    assert.equal(await reasonOf(link()), 'unknownPort');
    await answersAge();
    fake.workers = [own({ isSelf: false }), own({ persistenceScope: undefined, name: 'other' })];
    assert.equal(await reasonOf(link()), 'unknownPort');
    assert.ok(fake.received.every(({ method }) => method === 'GET'));
  });

  it('goes by the name of the Worker where a server tells no folder, and by namespaces where it tells nothing', async () => {
    const fake = await start({ workers: [own({ persistenceScope: undefined })] });
    assert.equal(await reasonOf(link()), 'open');
    fake.workers = [];
    await answersAge();
    assert.equal(await reasonOf(link()), 'open');
    project = { ...project, namespaces: ['other'] };
    assert.equal(await reasonOf(link()), 'unknownPort');
  });

  it('finds the namespaces of a second config where the server of the first keeps them', async () => {
    const scope = { persistenceScope: scopesOf(folder)[0] };
    await start({ workers: [own(), { isSelf: true, name: 'b', ...scope, bindings: { kv: [{ id: 'of b' }] } }] });
    isSeen = async (key) => fakes[0]?.entry('of b', key) !== undefined;
    assert.ok(!existsSync(state.filesOf('of b').database));
    assert.equal(await reasonOf(link('of b')), 'open');
  });

  it('makes no namespace that neither the server nor the disk knows', async () => {
    const fake = await start();
    assert.deepEqual(await link('typo').connect(), { reason: 'unknownNamespace', port: fake.port });
    assert.ok(!fake.namespaces.has('typo'));
    const { database } = state.filesOf('on disk');
    mkdirSync(dirname(database), { recursive: true });
    writeFileSync(database, '');
    isSeen = async (key) => fake.entry('on disk', key) !== undefined;
    assert.equal(await reasonOf(link('on disk')), 'open');
  });

  it('takes a namespace that an old server does not know for what it is', async () => {
    const fake = await start({ isOld: true });
    const { database } = state.filesOf('on disk');
    writeFileSync(database, '');
    assert.equal(await reasonOf(link('on disk')), 'unknownNamespace');
    const found = await link().connect();
    assert.ok(found instanceof NamespaceApi);
    assert.equal(found.hasBulk, false);
    isClean(fake);
  });

  it('needs an id that can be part of an address, and one that wrangler keeps values for', async () => {
    await start();
    const hash = state.filesOf(ID);
    assert.equal(await reasonOf(link('c77084323b2d81f5', hash)), 'unknownId');
    for (const id of ['.', '..', '\ud800']) assert.equal(await reasonOf(link(id)), 'unknownId');
    assert.equal(await reasonOf(link('.hidden')), 'fault');
  });

  it('says what stands on the ports that were tried', async () => {
    const fake = await start();
    fake.interfere = (_, response) => {
      response.end('hello');
      return true;
    };
    const own = link();
    const unusable = [{ port: fake.port, kind: 'plain' }];
    assert.deepEqual(await own.connect(), { reason: 'unknownPort', unusable });
    // Nobody is registered, so a server may be starting.
    assert.equal(await own.mayOpenSoon(), true);
  });

  it('never leaves its entry behind: not when looking for it fails, nor when deleting fails at first', async () => {
    const fake = await start();
    isSeen = async () => {
      throw new Error('locked');
    };
    assert.equal(await reasonOf(link()), 'fault');
    isClean(fake);
    isSeen = async () => true;
    let fails = 2;
    fake.interfere = ({ method }, response) => {
      if (method !== 'DELETE' || fails-- <= 0) return false;
      fail(response, 500, 10_000, 'busy');
      return true;
    };
    assert.equal(await reasonOf(link()), 'open');
    isClean(fake);
  });

  it('hands on the key of an entry that it could not delete', async () => {
    const fake = await start();
    fake.interfere = ({ method }, response) => {
      if (method !== 'DELETE') return false;
      response.destroy();
      return true;
    };
    const own = link();
    assert.equal(await reasonOf(own), 'open');
    const keys = own.takeLeftovers();
    assert.deepEqual(keys, [...(fake.namespaces.get(ID)?.keys() ?? [])]);
    assert.deepEqual(own.takeLeftovers(), []);
    own.keepLeftovers(keys);
    assert.deepEqual(own.takeLeftovers(), keys);
  });

  it('knows no way when the server fails at the first write, or goes', async () => {
    const fake = await start();
    fake.interfere = ({ method }, response) => {
      if (method !== 'PUT') return false;
      fail(response, 500, 10_000, 'disk full');
      return true;
    };
    assert.equal(await reasonOf(link()), 'failing');
    fake.interfere = ({ method }, response) => {
      if (method === 'GET') return false;
      response.destroy();
      return true;
    };
    assert.equal(await reasonOf(link()), 'unknownPort');
  });

  it('may be open soon while a server starts or ends, but not without end', async () => {
    const clock = performance.now;
    let later = 0;
    performance.now = () => clock.call(performance) + later;
    try {
      const own = link();
      assert.equal(await reasonOf(own), 'unknownPort');
      assert.equal(await own.mayOpenSoon(), true);
      later = 16_000;
      assert.equal(await own.mayOpenSoon(), false);
      later = 80_000;
      assert.equal(await own.mayOpenSoon(), true);
      register('shop', 'just started');
      assert.equal(await own.mayOpenSoon(), true);
      await start();
      assert.equal(await reasonOf(own), 'open');
      own.forget();
      later += 4000;
      assert.equal(await own.mayOpenSoon(), true);
    } finally {
      performance.now = clock;
    }
  });

  it('forgets a server that did not answer, and tells', async () => {
    await start();
    const own = link();
    await own.connect();
    own.forget();
    own.forget();
    assert.deepEqual([own.isProved, changes], [false, 2]);
  });
});
