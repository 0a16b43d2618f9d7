import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isKvError } from '../../src/core/base/errors.ts';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import { DevServers } from '../../src/local/explorer/devServers.ts';
import type { LocalSource } from '../../src/local/localSource.ts';
import { LocalSources } from '../../src/local/localSources.ts';
import { serverSystem, silentSystem } from '../../src/local/serving/system.ts';
import { readWranglerConfig } from '../../src/wrangler/readConfig.ts';
import { DevServer, registryEnv, registryIn, writeDevProject } from '../support/devServer.ts';
import { eventually } from '../support/eventually.ts';

const entry = (key: string): KvEntry => {
  return { key, value: new Uint8Array(Buffer.from(key)), metadata: { key }, expiration: 2_000_000_000 };
};

/* Real servers of the less usual kinds, all started at once. */
describe('dev servers of all kinds', () => {
  let folder: string;
  const open: LocalSources[] = [];
  const at = (name: string): string => join(folder, name);

  /** The sources of a window that shows these projects and knows this server's port. */
  const openWindow = async (
    server: DevServer | undefined,
    projects: string[],
    stateFolders: string[] = [],
    system = serverSystem(),
    workspace = folder,
  ) => {
    const servers = new DevServers({
      ports: () => (server ? [server.port] : []),
      usualPorts: [],
      system,
      registry: registryIn(folder),
      // A server may be slow to answer when many tests share few processors.
      patience: { singleMs: 30_000, bulkMs: 30_000 },
    });
    const sources = new LocalSources({ servers });
    open.push(sources);
    const configs = await Promise.all(projects.map((name) => readWranglerConfig(join(at(name), 'wrangler.jsonc'))));
    sources.update({ workspaceFolders: [workspace], configs, stateFolders });
    return sources.sources;
  };
  const isBusy = (text: string) => (error: unknown) => isKvError(error, 'busy') && error.message.includes(text);
  const readWith = async (source: LocalSource | undefined, id: string, key: string) => await source?.store(id).get(key);
  const first = (sources: readonly LocalSource[]): LocalSource => sources[0] ?? assert.fail();

  let two: DevServer;
  let elsewhere: DevServer;
  let closed: DevServer;
  let inMonorepo: DevServer;
  let secure: DevServer;
  /** Their Workers have names that their configs do not have. */
  let misnamed: DevServer[];
  before(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'cloudflare-kv-')));
    writeDevProject(at('a'), { name: 'a', bindings: { ONE: 'one' } });
    writeDevProject(at('b'), { name: 'b', bindings: { TWO: 'two' } });
    writeDevProject(at('moved'), { name: 'moved', bindings: { KV: 'kv' } });
    writeDevProject(at('closed'), { name: 'closed', bindings: { KV: 'kv' } });
    writeDevProject(at('repo/apps/one'), { name: 'app-one', bindings: { KV: 'kv' } });
    writeDevProject(at('repo/apps/two'), { name: 'app-two', bindings: { KV: 'other' } });
    writeDevProject(at('secure'), { name: 'secure', bindings: { KV: 'kv' } });
    writeDevProject(at('nameless'), { bindings: { KV: 'kv' }, more: { name: undefined } });
    writeDevProject(at('staged'), { name: 'staged', bindings: { KV: 'kv' }, more: { env: { staging: {} } } });
    const env = registryEnv(registryIn(folder));
    [two, elsewhere, closed, inMonorepo, secure, ...misnamed] = await Promise.all([
      DevServer.start(folder, { env, args: ['-c', 'a/wrangler.jsonc', '-c', 'b/wrangler.jsonc'] }),
      DevServer.start(at('moved'), { env, args: ['--persist-to', at('persisted')] }),
      DevServer.start(at('closed'), { env: { ...env, X_LOCAL_EXPLORER: 'false' } }),
      DevServer.start(at('repo/apps/one'), { env, args: ['--persist-to', '../../.wrangler/state'] }),
      DevServer.start(at('secure'), { env, args: ['--local-protocol', 'https'] }),
      DevServer.start(at('nameless'), { env, args: ['--persist-to', at('nameless-data')] }),
      DevServer.start(at('staged'), { env, args: ['--persist-to', at('staged-data'), '--env', 'staging'] }),
    ]);
  });
  after(async () => {
    for (const sources of open) sources.dispose();
    await Promise.all([two, elsewhere, closed, inMonorepo, secure, ...misnamed].map((server) => server?.kill()));
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  });

  it('of several configs keep all namespaces with the first one, and are written there', async () => {
    const [a] = await openWindow(two, ['a', 'b']);
    assert.ok(a);
    for (const id of ['one', 'two']) {
      await a.store(id).put(entry(id));
      assert.deepEqual(await a.store(id).get(id), entry(id));
    }
    const listed = (await a.namespaces()).map(({ title }) => title);
    assert.deepEqual(listed, ['ONE', 'TWO']);
  });

  it('of several configs are never bypassed by a write beside the second one', async () => {
    for (const system of [serverSystem(), silentSystem]) {
      const [, b] = await openWindow(two, ['a', 'b'], [], system);
      const refused = isBusy(
        `the dev server on port ${two.port} runs this Worker with the data of another project, ${at('a')}`,
      );
      await assert.rejects(b?.store('two').put(entry('k')) ?? assert.fail(), refused);
      assert.equal(await readWith(b, 'two', 'k'), undefined);
    }
    const [b] = await openWindow(undefined, ['b']);
    await assert.rejects(b?.store('two').put(entry('k')) ?? assert.fail(), isBusy(`keeps its data in ${at('a')}`));
    // Ports and processes were asked, and no server has heard anything that it complains of.
    assert.doesNotMatch(two.output + elsewhere.output, /error|exception/i);
  });

  it('whose wrangler was killed go on, and are found by what they bind', async () => {
    const before = first(await openWindow(two, ['a']));
    await before.store('one').put(entry('before'));
    await two.killWrangler();
    await before.store('one').put(entry('remembered'));
    const b = first(await openWindow(two, ['b']));
    await assert.rejects(b.store('two').put(entry('beside')), isBusy(`keeps its data in ${at('a')}`));
    const anew = first(await openWindow(two, ['a']));
    await anew.store('one').put(entry('anew'));
    const keys = (await anew.store('one').list({ prefix: '' })).keys.map(({ name }) => name);
    assert.deepEqual(keys, ['anew', 'before', 'one', 'remembered']);
    assert.equal((await two.fetch('/')).status, 200);
  });

  it('with --persist-to are used for that folder, and the one beside the config is written by nobody', async () => {
    const [beside, persisted] = await openWindow(elsewhere, ['moved'], [at('persisted')]);
    assert.ok(beside && persisted);
    await persisted.store('kv').put(entry('persisted'));
    assert.deepEqual((await persisted.store('kv').list({})).keys.length, 1);
    const refused = isBusy(`the dev server on port ${elsewhere.port} keeps its data in ${at('persisted')}`);
    await assert.rejects(beside.store('kv').put(entry('beside')), refused);
    await assert.rejects(beside.store('kv').delete('beside'), refused);
    assert.equal(await readWith(beside, 'kv', 'beside'), undefined);
    const { failed } = await beside.store('kv').putMany([entry('k'), entry('l')]);
    assert.deepEqual(
      failed.map(({ error }) => [refused(error), error.stateFolder]),
      [
        [true, at('persisted')],
        [true, at('persisted')],
      ],
    );
  });

  it('with --persist-to are known without their port, by the registry and their processes', async () => {
    const [beside, persisted] = await openWindow(undefined, ['moved'], [at('persisted')]);
    assert.ok(beside && persisted);
    await assert.rejects(beside.store('kv').put(entry('beside')), isBusy(`keeps its data in ${at('persisted')}`));
    await persisted.store('kv').put(entry('found'));
    assert.deepEqual(await readWith(persisted, 'kv', 'found'), entry('found'));
    const told: unknown[] = [];
    beside.onDidChangeStatus((status) => told.push(status));
    const status = { devServer: 'elsewhere', port: elsewhere.port, folder: at('persisted') };
    await eventually(() => assert.deepEqual(told, [status]));
  });

  it('with --persist-to are told as well where the system does not tell of processes', async () => {
    const beside = first(await openWindow(elsewhere, ['moved'], [], silentSystem));
    await assert.rejects(
      beside.store('kv').put(entry('beside')),
      isBusy(`the dev server on port ${elsewhere.port} keeps its data in another folder`),
    );
    const unknown = first(await openWindow(undefined, ['moved'], [], silentSystem));
    await assert.rejects(unknown.store('kv').put(entry('beside')), isBusy('its port is unknown'));
  });

  it('whose Workers have other names than their configs are not bypassed by the first write', async () => {
    for (const name of ['nameless', 'staged']) {
      for (const [system, text] of [
        [serverSystem(), `keeps its data in ${at(`${name}-data`)}`],
        [silentSystem, 'its port is unknown'],
      ] as const) {
        const beside = first(await openWindow(undefined, [name], [], system));
        await assert.rejects(beside.store('kv').put(entry('beside')), isBusy(text));
        assert.equal(await readWith(beside, 'kv', 'beside'), undefined);
      }
    }
  });

  it('in a monorepo are found for the state folder above them, whichever way it is known', async () => {
    const root = at('repo');
    const state = join(root, '.wrangler', 'state');
    const apps = ['repo/apps/one', 'repo/apps/two'];
    for (const [system, server] of [
      [serverSystem(), undefined],
      [silentSystem, inMonorepo],
    ] as const) {
      const named = (await openWindow(server, apps, [state], system)).find(({ state: { path } }) => path === state);
      await named?.store('kv').put(entry('named'));
      assert.deepEqual(await readWith(named, 'kv', 'named'), entry('named'));
      const inRoot = (await openWindow(server, apps, [], system, root)).find(({ state: { path } }) => path === state);
      await inRoot?.store('kv').put(entry('stray'));
      assert.deepEqual(await readWith(inRoot, 'kv', 'stray'), entry('stray'));
    }
    const [one, other] = await openWindow(undefined, apps);
    await assert.rejects(one?.store('kv').put(entry('k')) ?? assert.fail(), isBusy(`keeps its data in ${state}`));
    await other?.store('other').put(entry('nobody serves it'));
    assert.ok(await readWith(other, 'other', 'nobody serves it'));
  });

  it('over https are used as any other', async () => {
    for (const server of [undefined, secure]) {
      const source = first(await openWindow(server, ['secure']));
      await source.store('kv').put(entry('secure'));
      await source.store('kv').putMany([entry('more')]);
      assert.equal((await source.store('kv').list({})).keys.length, 2);
    }
  });

  it('without their Explorer are left alone, with the reason', async () => {
    const source = first(await openWindow(closed, ['closed']));
    const isRefused = (error: unknown) =>
      isKvError(error, 'busy') && error.message.includes(`Port ${closed.port}`) && error.message.includes('X_LOCAL');
    await assert.rejects(source.store('kv').put(entry('k')), isRefused);
    const { failed } = await source.store('kv').putMany([entry('k'), entry('l')]);
    assert.deepEqual(
      failed.map(({ key, error }) => [key, isRefused(error)]),
      [
        ['k', true],
        ['l', true],
      ],
    );
  });
});
