import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isKvError } from '../../src/core/base/errors.ts';
import type { Memento } from '../../src/core/base/memento.ts';
import { fullName } from '../../src/core/store/names.ts';
import { SourceRegistry } from '../../src/core/store/sourceRegistry.ts';
import type { DevServerStatus } from '../../src/core/store/store.ts';
import { DevServers } from '../../src/local/explorer/devServers.ts';
import type { LocalSource } from '../../src/local/localSource.ts';
import { LocalSources } from '../../src/local/localSources.ts';
import { silentSystem } from '../../src/local/serving/system.ts';
import { localSourceId } from '../../src/local/stateFolder.ts';
import type { ConfigBinding, WranglerConfig } from '../../src/wrangler/config.ts';
import { FakeRuntime } from '../support/fakeRuntime.ts';

const entry = { key: 'k', value: new Uint8Array(1) };

describe('local sources', () => {
  let workspace: string;
  let sources: LocalSources;
  beforeEach(() => {
    workspace = realpathSync(mkdtempSync(join(tmpdir(), 'cloudflare-kv-')));
    sources = new LocalSources();
  });
  afterEach(() => {
    sources.dispose();
    rmSync(workspace, { recursive: true, force: true, maxRetries: 10 });
  });

  const config = (folder: string, bindings: ConfigBinding[], more: Partial<WranglerConfig> = {}): WranglerConfig => ({
    path: join(workspace, folder, 'wrangler.jsonc'),
    folder: join(workspace, folder),
    bindings,
    ...more,
  });
  const update = (configs: WranglerConfig[], stateFolders: string[] = []): readonly LocalSource[] => {
    sources.update({ workspaceFolders: [workspace], configs, stateFolders });
    return sources.sources;
  };
  const only = (configs: WranglerConfig[]): LocalSource => update(configs)[0] ?? assert.fail();
  const summary = async (source: LocalSource) =>
    (await source.namespaces()).map(({ id, title, note, bindings }) => [id, title, note, bindings.length]);

  it('say what is wrong with a folder in its row, which there is for that alone too', async () => {
    const at = (folder: string) => join(workspace, folder);
    const denied = { message: 'There is no permission.', isFolder: true };
    sources.update({
      workspaceFolders: [workspace],
      configs: [config('shop', [])],
      problems: [
        { folder: at('shop'), path: join(at('shop'), 'vite.config.ts'), line: 3, message: 'computed' },
        { folder: at('locked'), path: at('locked'), ...denied },
      ],
    });
    assert.deepEqual(
      sources.sources.map(({ label, problems }) => [label, problems]),
      [
        ['shop', [{ path: join(at('shop'), 'vite.config.ts'), line: 3, message: 'computed' }]],
        ['locked', [{ path: at('locked'), ...denied }]],
      ],
    );
    update([config('shop', [])]);
    assert.deepEqual(
      sources.sources.map(({ label, problems }) => [label, problems]),
      [['shop', []]],
    );
  });

  it('stand as in the file explorer: by workspace folder, and then what lies in a folder after it', () => {
    const at = (folder: string): string => join(workspace, folder);
    const names = ['acme-feature', 'acme/packages', 'acme', 'other', 'acme-feature/a', 'acme.old'];
    sources.update({
      workspaceFolders: [at('acme'), at('acme-feature')],
      configs: names.map((name) => config(name, [], { name: name.replace('/', '_') })),
    });
    assert.deepEqual(
      sources.sources.map(({ label }) => label),
      ['acme', 'acme_packages', 'acme-feature', 'acme-feature_a', 'acme.old', 'other'],
    );
  });

  it('have an id that follows from the real folder and the place of the state below it', () => {
    const hash = (text: string) => `local-${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
    const expected = hash(`${workspace}\0.wrangler/state`);
    assert.equal(localSourceId(workspace, join(workspace, '.wrangler', 'state')), expected);
    assert.match(expected, /^local-[0-9a-f]{16}$/);
    const link = join(workspace, 'link');
    symlinkSync(workspace, link);
    assert.equal(localSourceId(link, join(link, '.wrangler', 'state')), expected);
    assert.equal(localSourceId(workspace, join(workspace, '..', 'shared')), hash(`${workspace}\0../shared`));
  });

  it('are one for each folder of configs, named as the Worker, else as the folder', () => {
    const found = update([
      config('', [], { name: 'shop' }),
      config('packages/api', []),
      { ...config('packages/api', []), path: join(workspace, 'packages/api/wrangler.toml') },
    ]);
    assert.deepEqual(
      found.map((source) => source.label),
      ['shop', 'api'],
    );
  });

  it('are told apart by their folder, wherever one of their namespaces is named, where two have one name', async () => {
    const bindings = [{ name: 'CACHE', id: 'cache' }];
    const named = { name: 'shop' };
    const found = update([config('', bindings, named), config('worktrees/x', bindings, named)]);
    const registry = new SourceRegistry([sources], () => undefined);
    const names = found.map(async ({ id }) => fullName(await registry.describe({ source: id, id: 'cache' })));
    const own = workspace.slice(workspace.lastIndexOf('/') + 1);
    assert.deepEqual(await Promise.all(names), [`CACHE (local, shop (${own}))`, 'CACHE (local, shop (worktrees/x))']);
    registry.dispose();
  });

  it('ask for a folder above them the ports that all their configs name, and for their own folder those of its own', async () => {
    const asked = new Set<number>();
    class Asked extends DevServers {
      override async find(ports: readonly number[]) {
        for (const port of ports) asked.add(port);
        return await this.findAt([]);
      }
    }
    const registry = join(workspace, 'registry');
    const servers = new Asked({
      system: silentSystem,
      registry,
      patience: { singleMs: 0, bulkMs: 0 },
    });
    sources.dispose();
    sources = new LocalSources({ servers });
    // Nothing says which of them runs.
    const runtime = await FakeRuntime.start();
    mkdirSync(registry);
    const app = (name: string, devPort: number): WranglerConfig => {
      writeFileSync(join(registry, name), JSON.stringify({ debugPortAddress: runtime.address }));
      return config(join('apps', name), [{ name: 'KV', id: 'kv' }], { name, devPort });
    };
    const found = update([app('one', 8801), app('two', 8802)], [join(workspace, '.wrangler', 'state')]);
    const portsOf = async (source: LocalSource | undefined): Promise<number[]> => {
      asked.clear();
      await assert.rejects(source?.store('kv').put(entry) ?? assert.fail(), (error) => isKvError(error, 'busy'));
      return [...asked].sort();
    };
    assert.deepEqual(await portsOf(found[2]), [8801, 8802]);
    assert.deepEqual(await portsOf(found[1]), [8802]);
    servers.dispose();
    await runtime.stop();
  });

  it('show in a folder of the setting what the project binds whose dev server keeps its data there', async () => {
    const configs = [
      config('', [{ name: 'SESSIONS', id: 'sessions' }], { name: 'shop' }),
      config('packages/moved', [{ name: 'MOVED', id: 'moved' }], { name: 'moved' }),
    ];
    const folder = join(workspace, 'packages', 'persisted');
    const kept = new Map<string, unknown>();
    const memory: Memento = {
      get: <T>(key: string) => kept.get(key) as T | undefined,
      update: async (key, value) => void kept.set(key, structuredClone(value)),
    };
    sources.dispose();
    sources = new LocalSources({ memory });
    const [, moved, before] = update(configs, [folder]);
    assert.ok(moved && before);
    assert.deepEqual(
      [before.label, await summary(before)],
      ['shop · persisted', [['sessions', 'SESSIONS', undefined, 1]]],
    );
    const serve = (value: DevServerStatus): void => {
      Object.defineProperty(moved, 'status', { value, configurable: true });
      sources.serversChanged();
    };
    let changes = 0;
    before.onDidChange(() => changes++);
    serve({ devServer: 'elsewhere', port: 8787, folder });
    serve({ devServer: 'elsewhere', port: 8787, folder });
    assert.equal(changes, 1);
    const [, , after] = sources.sources;
    assert.ok(after === before, 'it is the same source');
    const shown = ['moved · persisted', [['moved', 'MOVED', undefined, 1]]];
    assert.deepEqual([after.label, await summary(after)], shown);
    // The server has stopped.
    serve({ devServer: 'none' });
    assert.deepEqual([after.label, await summary(after)], shown);

    // After a restart, with no server.
    sources.dispose();
    sources = new LocalSources({ memory });
    const [, , restarted] = update(configs, [folder]);
    assert.deepEqual([restarted?.label, restarted && (await summary(restarted))], shown);
    // Its project is gone from the workspace.
    const [, left] = update(configs.slice(0, 1), [folder]);
    assert.deepEqual([left?.id, left && (await summary(left))], [before.id, [['sessions', 'SESSIONS', undefined, 1]]]);

    kept.set('stateFolderUsers', [['x'], 7, { a: 1 }]);
    sources.dispose();
    sources = new LocalSources({ memory });
    assert.equal(update(configs, [folder]).length, 3, 'what is kept under the name may be anything');
  });

  it('show what dev uses for each binding before anything is on disk', async () => {
    const source = only([
      config('', [
        { name: 'PLAIN', id: 'plain' },
        { name: 'PREVIEW', id: 'production', previewId: 'preview' },
        { name: 'AUTO' },
        { name: 'REMOTE', id: 'remote', remote: true },
        { name: 'PLAIN', id: 'plain', environment: 'staging' },
        { name: 'SAME', id: 'plain', environment: 'production' },
      ]),
    ]);
    assert.deepEqual(await summary(source), [
      ['plain', 'PLAIN, SAME', undefined, 3],
      ['preview', 'PREVIEW', 'preview', 1],
      ['AUTO', 'AUTO', undefined, 1],
      ['remote', 'REMOTE', 'remote in dev', 1],
    ]);
    const [plain, preview, auto, remote] = await source.namespaces();
    assert.deepEqual(plain?.bindings[1], {
      name: 'PLAIN',
      config: join(workspace, 'wrangler.jsonc'),
      field: 'id',
      environment: 'staging',
    });
    assert.deepEqual(
      [preview, auto, remote].map((namespace) => namespace?.bindings[0]?.field),
      ['preview_id', 'name', 'id'],
    );
    assert.equal(remote?.bindings[0]?.remote, true);
    assert.equal(plain?.source, source.id);
  });

  it('show what lies on disk besides, under the best name known', async () => {
    const configs = [
      config('', [{ name: 'CACHE', id: 'production', previewId: 'preview' }]),
      config('other', [{ name: 'USERS', id: 'users' }]),
    ];
    const source = only(configs);
    for (const id of ['production', 'users', 'stray', 'odd/id']) await source.store(id).put(entry);
    const listed = await summary(source);
    assert.deepEqual(listed[0], ['preview', 'CACHE', 'preview', 1]);
    const hash = listed.find(([id]) => /^[0-9a-f]{64}$/.test(String(id)))?.[0];
    assert.ok(hash, 'an id that its folder does not tell');
    assert.deepEqual(
      listed.slice(1).sort(),
      [
        ['production', 'CACHE', 'not used by wrangler dev', 0],
        [hash, hash, 'only on disk, id unknown', 0],
        ['stray', 'stray', 'only on disk', 0],
        ['users', 'USERS', 'only on disk', 0],
      ].sort(),
    );
    assert.deepEqual(await source.store(String(hash)).get('k'), entry);
  });

  it('know the id of a namespace, or say that they do not, and never make one of a hash', async () => {
    const source = only([config('', [{ name: 'BOUND', id: 'b'.repeat(64) }])]);
    mkdirSync(join(source.state.kv, 'c'.repeat(64), 'blobs'), { recursive: true });
    for (const id of ['plain', 'odd/id', 'c'.repeat(64)]) await source.store(id).put(entry);
    const unknown = (await source.namespaces()).filter(({ isIdUnknown }) => isIdUnknown);
    const hash = unknown[0]?.id ?? assert.fail();
    assert.equal(unknown.length, 1);
    const ids = ['plain', 'b'.repeat(64), 'c'.repeat(64), hash];
    assert.deepEqual(
      ids.map((id) => source.isIdUnknown(id)),
      [false, false, false, true],
    );
    const store = source.store(hash);
    assert.deepEqual(await store.get('k'), entry);
    await store.delete('k');
    assert.equal(await store.get('k'), undefined);
    rmSync(join(workspace, '.wrangler'), { recursive: true, maxRetries: 10 });
    await assert.rejects(store.put(entry), /“k” was not written: its database is gone, and only a hash/);
    assert.deepEqual(
      (await store.putMany([entry])).failed.map(({ error }) => error.kind),
      ['unsupported'],
    );
    assert.equal((await source.namespaces()).length, 1);
    assert.equal(existsSync(join(workspace, '.wrangler')), false);
  });

  it('show a folder without a config once wrangler has kept state in it', async () => {
    assert.deepEqual(update([]), []);
    mkdirSync(join(workspace, '.wrangler', 'state', 'v3', 'kv'), { recursive: true });
    assert.equal(only([]).label, workspace.slice(workspace.lastIndexOf('/') + 1));
  });

  it('take further state folders along with the bindings of the config above them', async () => {
    const configs = [config('', [], { name: 'root' }), config('app', [{ name: 'KV', id: 'kv' }], { name: 'app' })];
    const found = update(configs, [join(workspace, 'app', 'shared-state'), '/elsewhere/state']);
    assert.deepEqual(
      found.map((source) => source.label),
      ['root', 'app', 'app · shared-state', 'elsewhere · state'],
    );
    assert.deepEqual(await summary(found[2] ?? assert.fail()), [['kv', 'KV', undefined, 1]]);
    assert.equal(new Set(found.map((source) => source.id)).size, 4);
  });

  it('tell wrangler the folder in which it finds what is shown, or nothing', () => {
    for (const place of ['usual/v3/kv', 'proxy/kv', 'bare']) {
      mkdirSync(join(workspace, place, 'miniflare-KVNamespaceObject'), { recursive: true });
    }
    const flagsOf = (folder: string): unknown => {
      const stateFolder = join(workspace, folder);
      const source = update([], [stateFolder]).find(({ project }) => project.stateFolder === stateFolder);
      return (source ?? assert.fail()).wranglerFlags;
    };
    const usual = ['--local', '--persist-to', join(workspace, 'usual')];
    for (const folder of ['usual', 'usual/v3', 'usual/v3/kv']) assert.deepEqual(flagsOf(folder), usual);
    assert.deepEqual(flagsOf('to-come'), ['--local', '--persist-to', join(workspace, 'to-come')]);
    for (const folder of ['proxy', 'proxy/kv', 'bare']) assert.equal(flagsOf(folder), undefined);
  });

  it('pass the problem of a config on, with what could be read', async () => {
    const source = only([
      config('', [{ name: 'KV', id: 'kv' }], { problem: { message: 'A comma is missing.', line: 3 } }),
    ]);
    assert.deepEqual(source.problems, [
      { path: join(workspace, 'wrangler.jsonc'), message: 'A comma is missing.', line: 3 },
    ]);
    assert.equal((await source.namespaces()).length, 1);
  });

  it('stay the same objects, tell what changed, and are disposed when their folder is gone', async () => {
    let shown = false;
    void sources.shown.then(() => {
      shown = true;
    });
    const came: number[] = [];
    sources.onDidChange(() => came.push(sources.sources.length));
    const first = only([config('', [{ name: 'A' }])]);
    await sources.shown;
    assert.ok(shown);
    const changes: unknown[] = [];
    first.onDidChange((change) => changes.push(change));
    assert.equal(only([config('', [{ name: 'A' }])]), first);
    assert.deepEqual(changes, []);
    assert.equal(only([config('', [{ name: 'B' }], { name: 'renamed' })]), first);
    assert.deepEqual(changes, [{}]);
    assert.equal(first.label, 'renamed');
    assert.deepEqual(await summary(first), [['B', 'B', undefined, 1]]);
    update([]);
    assert.deepEqual(came, [1, 0]);
    first.changed();
    assert.deepEqual(changes, [{}]);
  });

  describe('made in slices', () => {
    const many = (count: number, name = 'p'): WranglerConfig[] =>
      Array.from({ length: count }, (_, i) => config(`${name}${i}`, []));
    const findings = (configs: WranglerConfig[]) => ({ workspaceFolders: [workspace], configs });

    it('show nothing of the new before all of it is made', async () => {
      update([config('old', [])]);
      let isFired = false;
      sources.onDidChange(() => {
        isFired = true;
      });
      const [old] = sources.sources;
      const updated = sources.updateInSlices(findings(many(300)));
      assert.deepEqual([sources.sources, isFired], [[old], false]);
      await updated;
      assert.deepEqual([sources.sources.length, isFired], [300, true]);
    });

    it('give way to newer findings, and say so only when those are shown', async () => {
      const older = sources.updateInSlices(findings(many(500)));
      const newer = sources.updateInSlices(findings(many(400, 'q')));
      await older;
      assert.equal(sources.sources.length, 400);
      await newer;
      assert.ok(sources.sources.every(({ label }) => label.startsWith('q')));
    });

    it('give way to an update at once', async () => {
      const older = sources.updateInSlices(findings(many(500)));
      update(many(3));
      await older;
      assert.equal(sources.sources.length, 3);
    });

    it('come to nothing when all is disposed', async () => {
      const updated = sources.updateInSlices(findings(many(500)));
      sources.dispose();
      await updated;
      assert.deepEqual(sources.sources, []);
    });
  });
});
