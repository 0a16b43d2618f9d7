import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DevRegistry } from '../../../src/local/explorer/devRegistry.ts';
import { DevServers } from '../../../src/local/explorer/devServers.ts';
import { readRegistration, readRegistry, registryPlaces } from '../../../src/local/explorer/registry.ts';
import { eventually } from '../../support/eventually.ts';

describe('the registry of dev servers', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'cloudflare-kv-'));
  });
  afterEach(() => rmSync(home, { recursive: true }));

  it('lies where wrangler puts it, and where the Vite plugin does', () => {
    const at = (env: NodeJS.ProcessEnv, platform: NodeJS.Platform) => registryPlaces(env, home, platform);
    const places = (config: string) => ({
      folders: [join(config, '.wrangler', 'registry')],
      versions: join(config, 'cloudflare', 'dev-registry'),
    });
    assert.deepEqual(at({}, 'linux'), places(join(home, '.config')));
    assert.deepEqual(at({ XDG_CONFIG_HOME: '/x' }, 'linux'), places('/x'));
    assert.deepEqual(at({}, 'darwin'), places(join(home, 'Library', 'Preferences')));
    assert.deepEqual(at({ APPDATA: '/a' }, 'win32'), places(join('/a', 'xdg.config')));
    const { versions } = places(join(home, '.config'));
    assert.deepEqual(at({ WRANGLER_REGISTRY_PATH: '/r' }, 'linux'), { folders: ['/r'], versions });
    // The plugin goes by no folder of old times.
    mkdirSync(join(home, '.wrangler'));
    const inHome = join(home, '.wrangler', 'registry');
    assert.deepEqual(at({}, 'linux'), { folders: [inHome], versions });
    assert.deepEqual(at({ CLOUDFLARE_DEV_REGISTRY_PATH: '/c' }, 'linux'), { folders: ['/c', inHome] });
    const both = { CLOUDFLARE_DEV_REGISTRY_PATH: '/c', WRANGLER_REGISTRY_PATH: '/c' };
    assert.deepEqual(at(both, 'linux'), { folders: ['/c'] });
  });

  it('is read and watched in every version, those that come later and those that nobody knows included', async () => {
    const versions = join(home, 'cloudflare', 'dev-registry');
    const registry = new DevRegistry({ folders: [join(home, 'registry')], versions });
    let events = 0;
    const watch = registry.watch(() => events++);
    const names = async () => (await registry.all()).map(({ name }) => name).sort();
    const write = async (folder: string, name: string) => {
      mkdirSync(folder, { recursive: true });
      await eventually(async () => {
        const before = events;
        writeFileSync(join(folder, name), JSON.stringify({ instanceId: folder }));
        await eventually(() => assert.ok(events > before), 500);
      });
    };
    try {
      assert.deepEqual(await names(), []);
      await write(join(versions, 'v5'), 'shop');
      await write(join(versions, 'v12'), 'shop');
      await write(join(home, 'registry'), 'jobs');
      mkdirSync(join(versions, 'other'));
      writeFileSync(join(versions, 'other', 'no-version'), '{}');
      writeFileSync(join(versions, 'v7'), '{}');
      assert.deepEqual(await names(), ['jobs', 'shop', 'shop']);
      assert.equal((await registry.named('shop')).length, 2);
      rmSync(join(versions, 'v5'), { recursive: true });
      await eventually(async () => assert.deepEqual(await names(), ['jobs', 'shop']));
      await write(join(versions, 'v5'), 'again');
    } finally {
      watch.dispose();
    }
  });

  it('tells each run of a server apart, and when it counts as gone', async () => {
    const write = (name: string, json: unknown, secondsAgo: number) => {
      writeFileSync(join(home, name), typeof json === 'string' ? json : JSON.stringify(json));
      const at = Date.now() / 1000 - secondsAgo;
      utimesSync(join(home, name), at, at);
    };
    write('shop', { debugPortAddress: '127.0.0.1:1', instanceId: 'a' }, 80);
    write('stale', { debugPortAddress: '127.0.0.1:2', instanceId: 'b' }, 100);
    write('old', { debugPortAddress: '127.0.0.1:3' }, 280);
    write('broken', '{', 0);
    write('list', '[]', 0);
    mkdirSync(join(home, 'folder'));
    const found = new Map((await readRegistry(home)).map((registration) => [registration.name, registration]));
    assert.deepEqual([...found.keys()].sort(), ['old', 'shop', 'stale']);
    const isFresh = (name: string) => (found.get(name)?.freshUntil ?? 0) > Date.now();
    assert.deepEqual([isFresh('shop'), isFresh('stale'), isFresh('old')], [true, false, true]);
    const before = found.get('shop')?.instance;
    write('shop', { debugPortAddress: '127.0.0.1:9', instanceId: 'a' }, 0);
    assert.notEqual((await readRegistration(home, 'shop'))?.instance, before);
  });

  it('is empty where there is none, and leads to no other file', async () => {
    assert.deepEqual(await readRegistry(join(home, 'missing')), []);
    writeFileSync(join(home, 'secret'), '{}');
    mkdirSync(join(home, 'registry'));
    for (const name of ['../secret', '', '..', join(home, 'secret')]) {
      assert.equal(await readRegistration(join(home, 'registry'), name), undefined);
    }
  });
});

describe('the ports that are asked', () => {
  it('are those of the setting, those of the project, and those that wrangler and frameworks take by themselves', async () => {
    let asked: readonly number[] = [];
    class Asked extends DevServers {
      override async findAt(ports: readonly number[]) {
        asked = ports;
        return { servers: [], unusable: [] };
      }
    }
    const servers = new Asked({ ports: () => [9001], registry: join(tmpdir(), 'missing') });
    await servers.find([9002]);
    servers.dispose();
    // wrangler, Vite, Vite's preview, Astro, Nuxt and Next.
    for (const port of [9001, 9002, 8787, 5173, 4173, 4321, 3000]) assert.ok(asked.includes(port), String(port));
  });
});
