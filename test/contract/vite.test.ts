import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { isKvError } from '../../src/core/base/errors.ts';
import type { DevServerStatus } from '../../src/core/store/store.ts';
import { DevServers } from '../../src/local/explorer/devServers.ts';
import { type RegistryPlaces, registryPlaces } from '../../src/local/explorer/registry.ts';
import type { LocalSource } from '../../src/local/localSource.ts';
import { LocalSources } from '../../src/local/localSources.ts';
import { type ServerSystem, serverSystem, silentSystem } from '../../src/local/serving/system.ts';
import { findConfigs } from '../../src/wrangler/findConfigs.ts';
import { ProjectReader } from '../../src/wrangler/projectReader.ts';
import {
  buildWithVite,
  DevServer,
  registryEnv,
  registryIn,
  writeDevProject,
  writeViteConfig,
} from '../support/devServer.ts';
import { eventually } from '../support/eventually.ts';

/** Passes requests for `/jobs` to the auxiliary Worker; any other reads or writes a key. */
const script = (binding: string): string => `export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith('/jobs/') && env.JOBS) return await env.JOBS.fetch(request);
    const key = pathname.split('/').at(-1);
    if (request.method !== 'PUT') return new Response(await env.${binding}.get(key));
    await env.${binding}.put(key, await request.text());
    return new Response();
  },
};`;

/* One story in order, so that one server serves it all. */
describe('a Vite app with an auxiliary Worker', () => {
  let folder: string;
  let vite: DevServer;
  let sources: LocalSources;
  const reader = new ProjectReader();
  const app = (): string => join(folder, 'apps', 'web');

  before(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'cloudflare-kv-')));
    const worker = join(app(), 'worker');
    writeDevProject(worker, { name: 'shop', bindings: { KV: 'kv' }, script: script('KV') });
    writeDevProject(join(app(), 'jobs'), { name: 'jobs', bindings: { QUEUE: 'queue' }, script: script('QUEUE') });
    // What is configured by code can be known only when it is built.
    writeViteConfig(
      app(),
      `{
        configPath: './worker/wrangler.jsonc',
        config: () => ({
          services: [{ binding: 'JOBS', service: 'jobs' }],
          kv_namespaces: [{ binding: 'CODED', id: 'coded' }],
        }),
        auxiliaryWorkers: [
          { configPath: './jobs/wrangler.jsonc', config: () => ({ kv_namespaces: [{ binding: 'LATE', id: 'late' }] }) },
        ],
      }`,
    );
    mkdirSync(join(app(), 'src'));
    writeFileSync(join(app(), 'package.json'), '{ "type": "module" }');
    vite = await DevServer.startVite(app());
    const registry = registryIn(app());
    // Its port is nowhere named: it is found by its process, or by the port where the system does not tell.
    const ports = (): number[] => (process.platform === 'linux' ? [] : [vite.port]);
    sources = new LocalSources({ servers: new DevServers({ ports, usualPorts: [], registry }) });
  });
  after(async () => {
    sources?.dispose();
    await vite?.kill();
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  });

  /** The only row, after the workspace was searched anew. */
  const discovered = async (): Promise<LocalSource> => {
    reader.forgetAll();
    const found = await findConfigs([folder]);
    const { stateRoots } = found;
    sources.update({ workspaceFolders: [folder], configs: await reader.read(found), stateRoots });
    const [source, ...others] = sources.sources;
    assert.deepEqual(others, []);
    return source ?? assert.fail('no row');
  };
  const worker = async (path: string, value?: string): Promise<string> => {
    const reply = await vite.fetch(path, value === undefined ? {} : { method: 'PUT', body: value });
    assert.equal(reply.status, 200, vite.output);
    return await reply.text();
  };
  const textOf = async (source: LocalSource, id: string, key: string): Promise<string | undefined> => {
    const entry = await source.store(id).get(key);
    return entry && Buffer.from(entry.value).toString();
  };

  it('shows in one row what both Workers have written', async () => {
    await worker('/greeting', 'hello');
    await worker('/jobs/next', 'sweep');
    const source = await discovered();
    assert.equal(relative(folder, source.state.path), join('apps', 'web', '.wrangler', 'state'));
    assert.deepEqual(source.problems, []);
    assert.equal(await textOf(source, 'kv', 'greeting'), 'hello');
    assert.equal(await textOf(source, 'queue', 'next'), 'sweep');
  });

  it('is written where its Workers look', async () => {
    const source = await discovered();
    await source.store('kv').put({ key: 'greeting', value: Buffer.from('hello from here') });
    await source.store('queue').put({ key: 'next', value: Buffer.from('rest') });
    assert.equal(await worker('/greeting'), 'hello from here');
    assert.equal(await worker('/jobs/next'), 'rest');
    await source.store('kv').delete('greeting');
    assert.equal(await worker('/greeting'), '');
  });

  it('is known by the address that it printed, and complains of nothing that it was asked', async () => {
    const source = await discovered();
    const watching = source.onDidChangeStatus(() => {});
    await eventually(() => assert.deepEqual(source.status, { devServer: 'running', port: vite.port }));
    watching.dispose();
    assert.doesNotMatch(vite.output, /exception|Forbidden/);
  });

  it('has the bindings that only its build tells, those of the auxiliary Worker too', async () => {
    const titles = async (): Promise<string[]> => (await (await discovered()).namespaces()).map(({ title }) => title);
    const before = await titles();
    assert.deepEqual([before.includes('CODED'), before.includes('LATE')], [false, false]);
    await buildWithVite(app());
    assert.deepEqual([...(await titles())].sort(), ['CODED', 'KV', 'LATE', 'QUEUE']);
  });
});

describe('a Vite app that keeps its data elsewhere', () => {
  let folder: string;
  let vite: DevServer;
  let sources: LocalSources;

  before(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'cloudflare-kv-')));
    const app = join(folder, 'apps', 'web');
    writeDevProject(app, { name: 'shop', bindings: { KV: 'kv' }, script: script('KV') });
    writeViteConfig(app, `{ persistState: { path: '../kept' } }`);
    mkdirSync(join(app, 'src'), { recursive: true });
    writeFileSync(join(app, 'package.json'), '{ "type": "module" }');
    vite = await DevServer.startVite(app);
    const ports = (): number[] => (process.platform === 'linux' ? [] : [vite.port]);
    sources = new LocalSources({ servers: new DevServers({ ports, usualPorts: [], registry: registryIn(app) }) });
  });
  after(async () => {
    sources?.dispose();
    await vite?.kill();
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  });

  it('is read and written there, through its server', async () => {
    await vite.fetch('/greeting', { method: 'PUT', body: 'hello' });
    const reader = new ProjectReader();
    const found = await findConfigs([folder]);
    const { stateFolders } = await reader.vite(found);
    const configs = await reader.read(found);
    sources.update({ workspaceFolders: [folder], configs, statePlaces: stateFolders });
    const [source, ...others] = sources.sources;
    assert.ok(source);
    assert.deepEqual([others, relative(folder, source.state.path)], [[], join('apps', 'kept')]);
    const store = source.store('kv');
    assert.equal(Buffer.from((await store.get('greeting'))?.value ?? []).toString(), 'hello');
    await store.put({ key: 'greeting', value: Buffer.from('hello from here') });
    assert.equal(await (await vite.fetch('/greeting')).text(), 'hello from here');
  });
});

describe('a Vite app that keeps its data where only its code tells', () => {
  let folder: string;
  let vite: DevServer | undefined;
  let sources: LocalSources;
  let source: LocalSource;
  const app = (): string => join(folder, 'app');
  const start = async (env: Readonly<Record<string, string>>): Promise<DevServer> => {
    vite = await DevServer.startVite(app(), env);
    return vite;
  };

  beforeEach(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'cloudflare-kv-')));
    writeDevProject(app(), { name: 'shop', bindings: { KV: 'kv' }, script: script('KV') });
    writeViteConfig(app(), '{ persistState: (() => ({ path: "./kept" }))() }');
    writeFileSync(join(app(), 'package.json'), '{ "type": "module" }');
  });
  afterEach(async () => {
    sources?.dispose();
    await vite?.kill();
    vite = undefined;
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  });

  /** A window with this registry, and these ports in its setting. */
  const openWindow = async (
    registry: RegistryPlaces,
    { ports = [], system = serverSystem() }: { ports?: readonly number[]; system?: ServerSystem } = {},
  ): Promise<void> => {
    const servers = new DevServers({ ports: () => ports, usualPorts: [], registry, system });
    sources = new LocalSources({ servers });
    const found = await findConfigs([folder]);
    const reader = new ProjectReader();
    const { roots } = await reader.vite(found);
    sources.update({ workspaceFolders: [folder], configs: await reader.read(found), viteRoots: roots });
    source = sources.sources[0] ?? assert.fail('no row');
  };
  const isRefused = (text: RegExp) => async () => {
    const isBusy = (error: unknown) => isKvError(error, 'busy') && text.test(error.message);
    await assert.rejects(source.store('kv').put({ key: 'k', value: Buffer.from('lost') }), isBusy);
    assert.equal(await source.store('kv').get('k'), undefined);
  };

  it('is seen where the plugin itself registers it, and not written elsewhere', async () => {
    const config = join(folder, 'config');
    await openWindow(registryPlaces({ XDG_CONFIG_HOME: config }, folder, process.platform));
    const told: DevServerStatus[] = [];
    source.onDidChangeStatus((status) => told.push(status));
    // Empty is as good as absent, and hides those of the machine.
    const { port } = await start({ XDG_CONFIG_HOME: config, ...registryEnv('') });
    const isLinux = process.platform === 'linux';
    const elsewhere = { devServer: 'elsewhere', port, isVite: true, folder: join(app(), 'kept') } as const;
    await eventually(() => assert.deepEqual(told.at(-1), isLinux ? elsewhere : { devServer: 'unknownPort' }));
    await isRefused(isLinux ? /keeps its data in .*kept.* without persistState/ : /its port is unknown/)();
  });

  it('is asked where no registry knows it: by its process, or by its port', async () => {
    const { port } = await start({});
    const registry = { folders: [join(folder, 'nowhere')] };
    if (process.platform === 'linux') {
      await openWindow(registry);
      await isRefused(/keeps its data in .*kept/)();
      sources.dispose();
    }
    await openWindow(registry, { ports: [port], system: silentSystem });
    await isRefused(/keeps its data in another folder.* without persistState/)();
  });
});

describe('a Vite app whose config says more than where its data lies', () => {
  let folder: string;
  let vite: DevServer | undefined;
  let sources: LocalSources | undefined;
  afterEach(async () => {
    sources?.dispose();
    await vite?.kill();
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  });

  it('is written where its Worker will look', async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'cloudflare-kv-')));
    const app = join(folder, 'app');
    writeDevProject(join(app, 'worker'), { name: 'shop', bindings: { KV: 'kv' }, script: script('KV') });
    renameSync(join(app, 'worker', 'wrangler.jsonc'), join(app, 'worker', 'wrangler.dev.jsonc'));
    writeFileSync(
      join(app, 'wrangler.jsonc'),
      '{ "name": "shop", "kv_namespaces": [{ "binding": "KV", "id": "prod" }] }',
    );
    mkdirSync(join(app, 'tests'));
    writeFileSync(join(app, 'package.json'), '{ "type": "module" }');
    const options = "{ configPath: './worker/wrangler.dev.jsonc', persistState: { path: './kept' } }";
    const before = "test: { root: './tests', include: ['src/*'] }";
    writeViteConfig(app, options, { before, after: "optimizeDeps: { exclude: ['**/nothing'] }" });
    const servers = new DevServers({ ports: () => [], usualPorts: [], registry: registryIn(app) });
    sources = new LocalSources({ servers });
    const found = await findConfigs([folder]);
    const reader = new ProjectReader();
    const { stateFolders, roots, hints } = await reader.vite(found);
    const configs = await reader.read(found);
    sources.update({ workspaceFolders: [folder], configs, statePlaces: stateFolders, viteRoots: roots });
    const [source, ...others] = sources.sources;
    assert.ok(source);
    assert.deepEqual([others, hints, relative(folder, source.state.path)], [[], [], join('app', 'kept')]);
    const [namespace, ...more] = await source.namespaces();
    assert.ok(namespace);
    assert.deepEqual([namespace.id, more], ['kv', []]);
    await source.store(namespace.id).put({ key: 'greeting', value: Buffer.from('hello from here') });
    vite = await DevServer.startVite(app);
    assert.equal(await (await vite.fetch('/greeting')).text(), 'hello from here');
  });
});
