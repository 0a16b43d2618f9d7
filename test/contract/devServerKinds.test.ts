import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isKvError } from '../../src/core/base/errors.ts';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import { DevServers } from '../../src/local/explorer/devServers.ts';
import type { LocalSource } from '../../src/local/localSource.ts';
import { LocalSources } from '../../src/local/localSources.ts';
import { readWranglerConfig } from '../../src/wrangler/readConfig.ts';
import { DevServer, registryIn, writeDevProject } from '../support/devServer.ts';

const entry = (key: string): KvEntry => {
  return { key, value: new Uint8Array(Buffer.from(key)), metadata: { key }, expiration: 2_000_000_000 };
};

/* Real servers of the less usual kinds, all started at once. */
describe('dev servers of all kinds', function () {
  this.timeout(120_000);
  let folder: string;
  const open: LocalSources[] = [];
  const at = (name: string): string => join(folder, name);

  /** The sources of a window that shows these projects and knows this server's port. */
  const openWindow = async (server: DevServer, projects: string[], stateFolders: string[] = []) => {
    const servers = new DevServers({
      ports: () => [server.port],
      usualPorts: [],
      registry: registryIn(folder),
      patience: { singleMs: 1000, bulkMs: 1000 },
    });
    const sources = new LocalSources({ servers });
    open.push(sources);
    const configs = await Promise.all(projects.map((name) => readWranglerConfig(join(at(name), 'wrangler.jsonc'))));
    sources.update({ workspaceFolders: [folder], configs, stateFolders });
    return sources.sources;
  };
  const first = (sources: readonly LocalSource[]): LocalSource => sources[0] ?? assert.fail();

  let two: DevServer;
  let elsewhere: DevServer;
  let closed: DevServer;
  before(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'cloudflare-kv-')));
    writeDevProject(at('a'), { name: 'a', bindings: { ONE: 'one' } });
    writeDevProject(at('b'), { name: 'b', bindings: { TWO: 'two' } });
    writeDevProject(at('moved'), { name: 'moved', bindings: { KV: 'kv' } });
    writeDevProject(at('closed'), { name: 'closed', bindings: { KV: 'kv' } });
    const env = { WRANGLER_REGISTRY_PATH: registryIn(folder) };
    [two, elsewhere, closed] = await Promise.all([
      DevServer.start(folder, { env, args: ['-c', 'a/wrangler.jsonc', '-c', 'b/wrangler.jsonc'] }),
      DevServer.start(at('moved'), { env, args: ['--persist-to', at('persisted')] }),
      DevServer.start(at('closed'), { env: { ...env, X_LOCAL_EXPLORER: 'false' } }),
    ]);
  });
  after(async () => {
    for (const sources of open) sources.dispose();
    await Promise.all([two, elsewhere, closed].map((server) => server?.kill()));
    rmSync(folder, { recursive: true, force: true });
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

  it('whose wrangler was killed go on, and are found by what they bind', async () => {
    const before = first(await openWindow(two, ['a']));
    await before.store('one').put(entry('before'));
    await two.killWrangler();
    await before.store('one').put(entry('remembered'));
    const anew = first(await openWindow(two, ['a']));
    await anew.store('one').put(entry('anew'));
    const keys = (await anew.store('one').list({ prefix: '' })).keys.map(({ name }) => name);
    assert.deepEqual(keys, ['anew', 'before', 'one', 'remembered']);
    assert.equal((await two.fetch('/')).status, 200);
  });

  it('with --persist-to are used for that folder, and never for the one beside the config', async () => {
    const [beside, persisted] = await openWindow(elsewhere, ['moved'], [at('persisted')]);
    assert.ok(beside && persisted);
    await persisted.store('kv').put(entry('persisted'));
    await beside.store('kv').put(entry('beside'));
    assert.deepEqual((await persisted.store('kv').list({})).keys.length, 1);
    assert.deepEqual(await beside.store('kv').get('beside'), entry('beside'));
    assert.equal(await beside.store('kv').get('persisted'), undefined);
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
