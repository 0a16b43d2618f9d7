import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DevServers } from '../../../src/local/explorer/devServers.ts';
import { readRegistration, readRegistry, registryFolder } from '../../../src/local/explorer/registry.ts';

describe('the registry of dev servers', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'cloudflare-kv-'));
  });
  afterEach(() => rmSync(home, { recursive: true }));

  it('lies where wrangler puts it', () => {
    const config = join(home, '.config', '.wrangler', 'registry');
    assert.equal(registryFolder({}, home, 'linux'), config);
    assert.equal(registryFolder({ XDG_CONFIG_HOME: '/x' }, home, 'linux'), join('/x', '.wrangler', 'registry'));
    assert.equal(registryFolder({}, home, 'darwin'), join(home, 'Library', 'Preferences', '.wrangler', 'registry'));
    assert.equal(registryFolder({ APPDATA: '/a' }, home, 'win32'), join('/a', 'xdg.config', '.wrangler', 'registry'));
    assert.equal(registryFolder({ WRANGLER_REGISTRY_PATH: '/r' }, home, 'linux'), '/r');
    mkdirSync(join(home, '.wrangler'));
    assert.equal(registryFolder({}, home, 'linux'), join(home, '.wrangler', 'registry'));
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
