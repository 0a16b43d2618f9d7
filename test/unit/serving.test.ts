import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isKvError } from '../../src/core/base/errors.ts';
import { linuxFileSystem, sharesLocks } from '../../src/local/serving/fileSystems.ts';
import { type ServedProject, startedFor } from '../../src/local/serving/ownership.ts';
import { isServer, linuxProcesses, type ServerProcess } from '../../src/local/serving/processes.ts';
import { eventually } from '../support/eventually.ts';
import { FakeExplorer } from '../support/fakeExplorer.ts';
import { FakeRuntime } from '../support/fakeRuntime.ts';
import { type LocalFolder, localFolder } from '../support/localFolder.ts';

const entry = { key: 'k', value: new Uint8Array(1) };

describe('who serves a state folder', () => {
  let folder: string;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'cloudflare-kv-')));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  describe('by the table of mounts', () => {
    it('is judged by the innermost mount, and by the newest of one place', async () => {
      const table = join(folder, 'mounts');
      writeFileSync(
        table,
        'overlay / overlay rw 0 0\nhost /code 9p rw 0 0\nhost /my\\040code virtiofs rw 0 0\n/dev/a /code/deep ext4 rw 0 0\nx /code fuse.bindfs rw 0 0\n',
      );
      const kind = linuxFileSystem(table);
      assert.deepEqual(await Promise.all(['/code/a/b', '/code/deep/x', '/my code/x', '/codeshop', '/'].map(kind)), [
        'fuse.bindfs',
        'ext4',
        'virtiofs',
        'overlay',
        'overlay',
      ]);
      assert.equal(await linuxFileSystem(join(folder, 'none'))('/code'), undefined);
      assert.deepEqual(
        ['ext4', 'overlay', undefined, 'fuse', 'fuse.bindfs', '9p', 'virtiofs', 'drvfs'].map(sharesLocks),
        [true, true, true, false, false, false, false, false],
      );
    });

    it('is judged by the mount that a link leads into', async () => {
      const table = join(folder, 'mounts');
      mkdirSync(join(folder, 'host'));
      symlinkSync(join(folder, 'host'), join(folder, 'shop'));
      writeFileSync(table, `overlay / overlay rw 0 0\nhost ${folder}/host virtiofs rw 0 0\n`);
      assert.equal(await linuxFileSystem(table)(join(folder, 'shop', '.wrangler', 'state')), 'virtiofs');
    });
  });

  describe('by its processes', () => {
    /** A process as `/proc` shows it. */
    const write = (pid: number, comm: string, [parent, group]: [number, number], links: string[], line = '') => {
      const own = join(folder, 'proc', String(pid));
      mkdirSync(join(own, 'fd'), { recursive: true });
      writeFileSync(join(own, 'comm'), `${comm}\n`);
      writeFileSync(join(own, 'stat'), `${pid} (a) b) S ${parent} ${group} 0 0`);
      writeFileSync(join(own, 'cmdline'), line.replaceAll(' ', '\0'));
      symlinkSync(join(folder, 'shop'), join(own, 'cwd'));
      for (const [index, link] of links.entries()) symlinkSync(link, join(own, 'fd', String(index)));
    };
    const listen = (...sockets: [port: number, inode: number][]) => {
      mkdirSync(join(folder, 'proc', 'net'), { recursive: true });
      const lines = sockets.map(
        ([port, inode]) => `   0: 0100007F:${port.toString(16)} 00000000:0000 0A 0:0 00:0 0 0 0 ${inode} 1 x`,
      );
      writeFileSync(join(folder, 'proc', 'net', 'tcp'), ['  sl  local_address', ...lines].join('\n'));
    };

    it('is told with folder, ports and command line, also after its wrangler was killed', async () => {
      const databases = (name: string) => join(folder, name, 'v3', 'kv', 'miniflare-KVNamespaceObject');
      write(10, 'node', [2, 10], ['socket:[1]'], 'node wrangler dev');
      write(11, 'workerd', [10, 10], ['socket:[2]', 'socket:[9]']);
      const inUse = [join(databases('state'), 'metadata.sqlite'), databases('state')];
      const before = Array.from({ length: 8 }, () => '/dev/null');
      write(
        12,
        'workerd',
        [10, 10],
        ['socket:[7]', ...inUse, ...before, 'socket:[5]'],
        'workerd --debug-port=127.0.0.1:0',
      );
      write(21, 'workerd', [1, 20], ['socket:[3]']);
      write(22, 'workerd', [1, 20], [databases('other')]);
      write(30, 'bash', [2, 30], ['socket:[4]']);
      listen([8787, 1], [8788, 2], [5173, 3], [9999, 4], [40_001, 5], [40_000, 7]);
      const found = await linuxProcesses(join(folder, 'proc'))();
      assert.deepEqual(found, [
        {
          kvFolders: [join(folder, 'state', 'v3', 'kv')],
          ports: [8787, 8788, 40_000, 40_001],
          programPorts: [8787],
          debugPorts: [40_001],
          folder: join(folder, 'shop'),
          words: ['node', 'wrangler', 'dev'],
        },
        { kvFolders: [join(folder, 'other', 'v3', 'kv')], ports: [5173], programPorts: [], debugPorts: [], words: [] },
      ]);
      assert.deepEqual(await linuxProcesses(join(folder, 'nothing'))(), []);
    });

    it('is for the project whose config or folder it was started with, not for one around that', async () => {
      const project: ServedProject = { folders: ['/repo'], names: [], namespaces: [], ports: [] };
      const neighbours = [{ folder: '/repo/apps/one', names: ['one'] }];
      const started = async (start: string, ...words: string[]): Promise<boolean> => {
        const one = { folder: start, words, kvFolders: [], ports: [], debugPorts: [] };
        return (await startedFor({ ...project, neighbours }, [one])).has(one);
      };
      assert.ok(await started('/repo', 'dev'));
      assert.ok(await started('/repo/src', 'dev'));
      assert.ok(await started('/elsewhere', 'dev', '--config=/repo/wrangler.toml'));
      assert.ok(await started('/repo/apps/one', 'dev', '-c', '../../wrangler.toml', '-c', 'wrangler.toml'));
      assert.ok(!(await started('/repo/apps/one/src', 'dev')));
      assert.ok(!(await started('/repo', 'dev', '--cwd', 'apps/one')));
      assert.ok(!(await started('/repository', 'dev')));
    });

    it('is a server, and no run of tests or other command, by its program alone', () => {
      const isOne = (line: string): boolean => isServer({ words: line.split(' ') });
      const servers = [
        'vite',
        'node /w/app/node_modules/.bin/vite',
        'node /w/vitest/node_modules/vite/bin/vite.js --port 3000',
        'node /w/app/node_modules/.pnpm/vite@7.1.0/node_modules/vite/bin/vite.js',
        'node wrangler dev',
        'node /w/vite/node_modules/wrangler/wrangler-dist/cli.js dev --persist-to ../vitest',
        'astro dev',
      ];
      const others = [
        'node /w/my-vite-app/node_modules/vitest/vitest.mjs',
        'node /w/vite/node_modules/.bin/vitest dev',
        'node /w/app/node_modules/.pnpm/vitest@3.2.0_vite@7.1.0/node_modules/vitest/vitest.mjs',
        'node (vitest)',
        'node /w/vite/node_modules/.bin/wrangler kv key list --cwd ../vite',
        'node /w/my-vite-app/server.js',
      ];
      assert.deepEqual(
        servers.filter((line) => !isOne(line)),
        [],
      );
      assert.deepEqual(others.filter(isOne), []);
    });

    it('is for the project that is reached through a link, and not for a neighbour through another', async () => {
      mkdirSync(join(folder, 'disk', 'shop', 'apps', 'one'), { recursive: true });
      mkdirSync(join(folder, 'configs'));
      const shop = join(folder, 'shop');
      symlinkSync(join(folder, 'disk', 'shop'), shop);
      symlinkSync(join(folder, 'configs', 'x.toml'), join(folder, 'disk', 'shop', 'wrangler.toml'));
      const neighbours = [
        { folder: join(shop, 'apps', 'one'), names: [] },
        { folder: join(folder, 'configs'), names: [] },
      ];
      const project: ServedProject = { folders: [shop], names: [], namespaces: [], ports: [], neighbours };
      const started = async (start: string, ...words: string[]): Promise<boolean> => {
        const one = { folder: join(folder, start), words, kvFolders: [], ports: [], debugPorts: [] };
        return (await startedFor(project, [one])).has(one);
      };
      assert.ok(await started('disk/shop'));
      assert.ok(await started('disk/shop/src'));
      assert.ok(await started('.', '--cwd', 'disk/shop'));
      assert.ok(await started('.', '-c', 'disk/shop/wrangler.toml'));
      assert.ok(await started('.', '-c=shop/wrangler.toml'));
      assert.ok(!(await started('disk/shop/apps/one')));
      assert.ok(!(await started('disk/shop', '--cwd=apps/one')));
      assert.ok(!(await started('disk')));
    });
  });

  describe('and so whether it is written', () => {
    let local: LocalFolder;
    let fake: FakeExplorer | undefined;
    let runtime: FakeRuntime;
    let fileSystem: string;
    let processes: ServerProcess[];
    beforeEach(async () => {
      fileSystem = 'ext4';
      processes = [];
      runtime = await FakeRuntime.start();
      local = localFolder({}, tmpdir(), {
        ports: () => (fake ? [fake.port] : []),
        system: { processes: async () => processes, fileSystemOf: async () => fileSystem },
      });
      const config = { path: join(local.folder, 'wrangler.toml'), folder: local.folder, name: 'shop', bindings: [] };
      local.source.update({ ...local.source.project, configs: [config] });
    });
    afterEach(async () => {
      local.dispose();
      await Promise.all([runtime.stop(), fake?.stop()]);
      fake = undefined;
    });
    const register = () => {
      mkdirSync(join(local.folder, 'registry'), { recursive: true });
      const text = JSON.stringify({ debugPortAddress: runtime.address, instanceId: 'a' });
      writeFileSync(join(local.folder, 'registry', 'shop'), text);
    };
    const put = async () => await local.source.store('kv').put(entry);
    const isRefused = (text: RegExp) => (error: unknown) => isKvError(error, 'busy') && text.test(error.message);

    it('is not where a Worker of the project is registered and runs on an unknown port', async () => {
      register();
      await assert.rejects(put(), isRefused(/its port is unknown/));
    });

    it('is not where Vite, which may register anywhere, keeps its data elsewhere, though no registry knows it', async () => {
      processes = [
        { kvFolders: ['/kept/v3/kv'], ports: [], debugPorts: [], folder: local.folder, words: ['node', 'vite'] },
      ];
      local.source.update({ ...local.source.project, mayBeVite: true });
      await assert.rejects(put(), isRefused(/keeps its data in \/kept\..* without persistState\.$/));
      processes = [];
      // What was seen of the processes counts for a moment.
      await eventually(put);
    });

    it('is where the Worker that is registered is that of another project with its name', async () => {
      register();
      processes = [
        { kvFolders: ['/w/v3/kv'], ports: [runtime.port], debugPorts: [], folder: '/elsewhere', words: ['dev'] },
      ];
      await put();
    });

    it('is, without a port being asked, where every server that runs is of somebody else', async () => {
      let isAsked = false;
      const others = localFolder({}, tmpdir(), {
        ports: () => {
          isAsked = true;
          return [];
        },
        system: { processes: async () => processes, fileSystemOf: async () => fileSystem },
      });
      mkdirSync(join(others.folder, 'registry'));
      const run = (instanceId: string) =>
        writeFileSync(
          join(others.folder, 'registry', 'another-name'),
          JSON.stringify({ debugPortAddress: runtime.address, instanceId }),
        );
      run('theirs');
      processes = [
        { kvFolders: ['/w/v3/kv'], ports: [runtime.port], debugPorts: [], folder: '/elsewhere', words: ['dev'] },
      ];
      await others.source.store('kv').put(entry);
      assert.equal(isAsked, false);
      // One that was started for this project, under that name.
      run('ours');
      processes = [
        { kvFolders: ['/data/v3/kv'], ports: [runtime.port], debugPorts: [], folder: others.folder, words: ['dev'] },
      ];
      await assert.rejects(others.source.store('kv').put(entry), isRefused(/keeps its data in \/data\. /));
      others.dispose();
    });

    it('is not where its server keeps its data elsewhere and has no Explorer to tell', async () => {
      register();
      processes = [
        {
          kvFolders: ['/data/v3/kv'],
          ports: [runtime.port],
          debugPorts: [],
          folder: local.folder,
          words: ['wrangler', 'dev'],
        },
      ];
      await assert.rejects(put(), isRefused(/keeps its data in \/data\. /));
    });

    it('is where tests of the project run, on data of their own', async () => {
      mkdirSync(join(local.folder, 'registry'));
      const path = join(local.folder, 'registry', 'another-name');
      writeFileSync(path, JSON.stringify({ debugPortAddress: runtime.address, instanceId: 'a' }));
      processes = [
        {
          kvFolders: ['/tmp/miniflare-x/kv'],
          ports: [runtime.port],
          debugPorts: [runtime.port],
          folder: realpathSync(local.folder),
          words: ['node', '/w/my-vite-app/node_modules/vitest/vitest.mjs'],
        },
      ];
      await put();
    });

    it('is not, through a link, where its server keeps its data elsewhere, under whatever name', async () => {
      const linked = join(folder, 'shop');
      symlinkSync(local.folder, linked);
      const opened = localFolder({ projectFolder: linked, stateFolder: join(linked, '.wrangler', 'state') }, tmpdir(), {
        ports: () => [],
        system: { processes: async () => processes, fileSystemOf: async () => fileSystem },
      });
      const config = { path: join(linked, 'wrangler.toml'), folder: linked, name: 'shop', bindings: [] };
      opened.source.update({ ...opened.source.project, configs: [config] });
      mkdirSync(join(opened.folder, 'registry'));
      processes = [
        {
          kvFolders: ['/data/v3/kv'],
          ports: [runtime.port],
          debugPorts: [runtime.port],
          folder: realpathSync(local.folder),
          words: ['wrangler', 'dev'],
        },
      ];
      for (const name of ['shop', 'another-name']) {
        const path = join(opened.folder, 'registry', name);
        writeFileSync(path, JSON.stringify({ debugPortAddress: runtime.address, instanceId: name }));
        await assert.rejects(opened.source.store('kv').put(entry), isRefused(/keeps its data in \/data\. /));
        rmSync(path);
      }
      opened.dispose();
    });

    it('tells the project whose data its server uses, also where that is reached through a link', async () => {
      const other = join(folder, 'other');
      mkdirSync(join(other, '.wrangler', 'state', 'v3', 'kv'), { recursive: true });
      const linked = join(folder, 'linked');
      symlinkSync(other, linked);
      local.source.update({ ...local.source.project, neighbours: [{ folder: linked, names: [] }] });
      fake = await FakeExplorer.start({ workers: [{ isSelf: true, name: 'shop' }], namespaces: [] });
      register();
      processes = [
        {
          kvFolders: [join(other, '.wrangler', 'state', 'v3', 'kv')],
          ports: [fake.port],
          debugPorts: [],
          folder: local.folder,
          words: ['wrangler', 'dev'],
        },
      ];
      await assert.rejects(put(), isRefused(new RegExp(linked)));
    });

    it('is not where a Worker without a name runs on an unknown port, for a project that may be its own', async () => {
      mkdirSync(join(local.folder, 'registry'));
      const path = join(local.folder, 'registry', '0a1b2c3d-0000-4000-8000-0123456789ab');
      writeFileSync(path, JSON.stringify({ debugPortAddress: runtime.address, instanceId: 'a' }));
      await put();
      local.source.update({ ...local.source.project, configs: [] });
      await assert.rejects(put(), isRefused(/its port is unknown/));
    });

    it('is as ever where the server that was registered is gone', async () => {
      register();
      await runtime.stop();
      await put();
    });

    it('is not on a file system without locks while anything hints at a server, and is otherwise', async () => {
      fileSystem = 'virtiofs';
      await put();
      writeFileSync(`${local.source.state.lock}-wal`, '');
      await assert.rejects(put(), isRefused(/file system there \(virtiofs\)/));
      utimesSync(`${local.source.state.lock}-wal`, 1, 1);
      fileSystem = '9p';
      await put();
    });

    it('is through a server in a container, which calls the folder otherwise', async () => {
      fileSystem = 'fuse.bindfs';
      const worker = {
        isSelf: true,
        name: 'shop',
        persistenceScope: 'of another path',
        bindings: { kv: [{ id: 'kv' }] },
      };
      fake = await FakeExplorer.start({ workers: [worker], namespaces: ['kv'] });
      await assert.rejects(put(), isRefused(/keeps its data in another folder/));
    });
  });
});
