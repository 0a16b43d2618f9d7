import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { Pins } from '../../src/core/store/pins.ts';
import { SourceRegistry } from '../../src/core/store/sourceRegistry.ts';
import { LocalSources } from '../../src/local/localSources.ts';
import { SqliteClient } from '../../src/local/sqlite/client.ts';
import { Projects } from '../../src/projects/projects.ts';
import { type RowState, treeItem } from '../../src/tree/treeItems.ts';
import { TreeNodes } from '../../src/tree/treeNodes.ts';
import { searchConfigs } from '../../src/wrangler/configSearch.ts';
import { NOTHING } from '../../src/wrangler/foundFiles.ts';
import { eventually } from '../support/eventually.ts';
import { expectKvError, extension, foreignSource, removeFolder, run, withSettings, workspace } from './support.ts';

describe('local KV as it comes and goes', () => {
  const folder = join(workspace, 'packages', 'coming');
  afterEach(async () => {
    await vscode.workspace.getConfiguration('cloudflareKv.local').update('configs', undefined);
    await removeFolder(folder);
    // What is told of that late would be taken for something about the next test's.
    await showsSoon();
  });

  const write = async (path: string, binding: string) => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    const kv = [{ binding, id: binding.toLowerCase() }];
    await writeFile(join(folder, path), JSON.stringify({ name: 'coming', kv_namespaces: kv }));
  };
  const titles = async () =>
    (await extension().exports.namespaces())
      .filter(({ bindings }) => bindings.some(({ config }) => config.fsPath.startsWith(folder)))
      .map(({ title }) => title);
  const showsSoon = async (...expected: string[]) =>
    await eventually(async () => assert.deepEqual(await titles(), expected));

  /** The projects of the workspace once more, with nothing of what the extension knows. */
  const startProjects = ({
    isFirstInVain = false,
    failing = [],
    secondLookMs,
    report = fail,
    until,
    showsParts = true,
  }: {
    isFirstInVain?: boolean;
    /** Searches that fail, counted from 1. */
    failing?: readonly number[];
    secondLookMs?: number;
    report?: typeof fail;
    /** Until then no search ends. */
    until?: Promise<void>;
    /** Whether what a search has found so far is shown before it ends. */
    showsParts?: boolean;
  } = {}) => {
    const local = new LocalSources({ client: new SqliteClient(dist('sqliteWorker.cjs')) });
    let searches = 0;
    const projects = new Projects(
      local,
      settings,
      report,
      async (folders, options) => {
        if (++searches === 1 && isFirstInVain) return NOTHING;
        if (failing.includes(searches)) throw new Error('no thread');
        const parts = showsParts ? options : { ...options, onFound: () => {} };
        const found = await searchConfigs(folders, parts, { path: dist('configSearchWorker.cjs') });
        await until;
        return found;
      },
      secondLookMs,
    );
    const started = projects.start();
    const dispose = () => {
      started.dispose();
      projects.dispose();
      local.dispose();
    };
    return { local, projects, searches: () => searches, dispose };
  };

  it('is shown with its config, follows it, and goes with the whole project', async () => {
    await write('wrangler.jsonc', 'COMING');
    await run('refresh');
    assert.deepEqual(await titles(), ['COMING']);
    await write('wrangler.jsonc', 'CHANGED');
    await showsSoon('CHANGED');
    await removeFolder(folder);
    // Not only when the config itself is looked for again, which takes many seconds.
    await eventually(async () => assert.deepEqual(await titles(), []), 10_000);
    await write('wrangler.jsonc', 'AGAIN');
    await showsSoon('AGAIN');
  });

  it('is shown and used as soon as it is found, and taken for all that there is once the workspace has been searched', async () => {
    await write('wrangler.jsonc', 'FIRST');
    const ended = Promise.withResolvers<void>();
    const { local, dispose } = startProjects({ until: ended.promise });
    const sources = new SourceRegistry([local], () => undefined);
    try {
      let isAnswered = false;
      const all = sources.namespaces().finally(() => {
        isAnswered = true;
      });
      const unknown = sources.source('local-not-found');
      unknown.catch(() => {});
      const known = sources.source(foreignSource(folder).id);
      const memory: vscode.Memento = { keys: () => [], get: () => undefined, update: async () => {} };
      const nodes = new TreeNodes(sources, new Pins(memory), { groupKeys: true, keyDelimiters: [] });
      await eventually(async () => assert.ok((await nodes.roots()).length > 0));
      assert.equal((await known).label, 'coming');
      assert.equal(isAnswered, false);
      ended.resolve();
      assert.ok((await all).some(({ title }) => title === 'FIRST'));
      await expectKvError(unknown, 'namespaceNotFound');
    } finally {
      ended.resolve();
      sources.dispose();
      dispose();
    }
  });

  it('is found under the names of the setting', async () => {
    await write('wrangler.dev.jsonc', 'NAMED');
    const settings = vscode.workspace.getConfiguration('cloudflareKv.local');
    await settings.update('configs', ['**/wrangler.dev.jsonc']);
    await showsSoon('NAMED');
    await write('wrangler.dev.jsonc', 'RENAMED');
    await showsSoon('RENAMED');
  });

  it('follows a config that Vite names, wherever it lies, and one that comes later', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'cloudflare-kv-'));
    try {
      const named = join(outside, 'wrangler.dev.jsonc');
      const save = async (binding: string) =>
        await writeFile(named, JSON.stringify({ name: 'coming', kv_namespaces: [{ binding, id: 'named' }] }));
      const shows = async (...expected: string[]) =>
        await eventually(async () => {
          const all = (await extension().exports.namespaces()).flatMap(({ bindings }) => bindings);
          const own = all.filter(({ config }) => [named, join(folder, 'wrangler.jsonc')].includes(config.fsPath));
          assert.deepEqual(own.map(({ name }) => name).sort(), expected);
        });
      await write('wrangler.jsonc', 'USUAL');
      const vite = `import { cloudflare } from '@cloudflare/vite-plugin';
        export default { plugins: [cloudflare({ configPath: ${JSON.stringify(named)} })] };`;
      await writeFile(join(folder, 'vite.config.ts'), vite);
      await shows('USUAL');
      await save('NAMED');
      await shows('NAMED');
      await save('RENAMED');
      await shows('RENAMED');
      await rm(named);
      await shows('USUAL');
    } finally {
      await removeFolder(outside);
    }
  });

  it('knows a config outside of the workspace that came between looking for it and watching its folder', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'cloudflare-kv-'));
    const named = join(outside, 'wrangler.dev.jsonc');
    await write('wrangler.jsonc', 'USUAL');
    const vite = `import { cloudflare } from '@cloudflare/vite-plugin';
      export default { plugins: [cloudflare({ configPath: ${JSON.stringify(named)} })] };`;
    await writeFile(join(folder, 'vite.config.ts'), vite);
    // What others are told of these files is no news any more.
    await showsSoon('USUAL');
    const { local, projects, dispose } = startProjects({ showsParts: false });
    // Sources are told of when all has been read, and before anything new is watched.
    local.onDidChange(() => writeFileSync(named, JSON.stringify({ kv_namespaces: [{ binding: 'NAMED', id: 'n' }] })));
    try {
      await eventually(() => {
        const found = projects.configs.find(({ path }) => path === named);
        assert.deepEqual(
          found?.bindings.map(({ name }) => name),
          ['NAMED'],
        );
      });
    } finally {
      dispose();
      await removeFolder(outside);
    }
  });

  it('is left out where files.exclude hides its folder, whether it is searched for or comes by itself', async () => {
    await withSettings({ 'files.exclude': { '**/hidden-part': true } }, async () => {
      await mkdir(folder, { recursive: true });
      await write('hidden-part/wrangler.jsonc', 'HIDDEN');
      await write('shown-part/wrangler.jsonc', 'SHOWN');
      await showsSoon('SHOWN');
      await run('refresh');
      assert.deepEqual(await titles(), ['SHOWN']);
      await rename(join(folder, 'hidden-part'), join(folder, 'other-part'));
      await showsSoon('HIDDEN', 'SHOWN');
    });
  });

  it('has no id to be used where only the hash of one is known', async () => {
    await write('wrangler.jsonc', 'COMING');
    const source = foreignSource(folder);
    await source.store('odd/id').put({ key: 'k', value: Buffer.from('v') });
    const id = (await source.namespaces()).find(({ isIdUnknown }) => isIdUnknown)?.id ?? assert.fail();
    await eventually(async () => {
      assert.ok((await extension().exports.namespaces()).some((one) => one.id === id));
    });
    const namespace = { source: source.id, id };
    const config = vscode.Uri.file(join(folder, 'wrangler.jsonc'));
    await expectKvError(run('copyNamespaceId', { namespace }), 'unsupported', /only its database/);
    await expectKvError(run('copyAsWrangler', { namespace, key: 'k' }), 'unsupported', /only its database/);
    await expectKvError(run('addBinding', { namespace, config, binding: 'X' }), 'unsupported', /only its database/);
    await run('deleteKeys', { namespace, keys: ['k'], confirm: true });
    assert.equal(await source.store(id).get('k'), undefined);
    await removeFolder(join(folder, '.wrangler'));
    await expectKvError(run('putKey', { namespace, key: 'k', value: 'v' }), 'unsupported', /its database is gone/);
  });

  it('is read again alone where a config is saved: the workspace is not searched for it', async () => {
    await write('wrangler.jsonc', 'BEFORE');
    // Whoever watches is told of the new folder before the other projects begin to.
    await showsSoon('BEFORE');
    const { projects, searches, dispose } = startProjects();
    const bound = () =>
      projects.configs.flatMap((config) => (config.folder === folder ? config.bindings.map(({ name }) => name) : []));
    try {
      await projects.searched();
      assert.deepEqual([bound(), searches()], [['BEFORE'], 1]);
      await write('wrangler.jsonc', 'SAVED');
      await eventually(() => assert.deepEqual(bound(), ['SAVED']));
      await write('wrangler.jsonc', 'SAVED_AGAIN');
      await eventually(() => assert.deepEqual(bound(), ['SAVED_AGAIN']));
      assert.equal(searches(), 1);
    } finally {
      dispose();
    }
  });

  it('stays where a later search fails, which is told', async () => {
    await write('wrangler.jsonc', 'STAYS');
    const told: string[] = [];
    const { local, projects, dispose } = startProjects({
      failing: [2],
      report: (what, error) => told.push(`${what}: ${error}`),
    });
    try {
      await projects.searched();
      const before = [local.sources.map(({ id }) => id), projects.configs.map(({ path }) => path)];
      assert.ok(projects.configs.some(({ path }) => path.startsWith(folder)));
      await projects.search();
      assert.deepEqual([local.sources.map(({ id }) => id), projects.configs.map(({ path }) => path)], before);
      assert.deepEqual(told, ['search the workspace for wrangler configs: Error: no thread']);
    } finally {
      dispose();
    }
  });

  it('is hidden by no other entry of files.exclude, broken or not', async () => {
    await withSettings({ 'files.exclude': { '': true, '!**/nothing': true, '**/hidden-part': true } }, async () => {
      await write('shown-part/wrangler.jsonc', 'SHOWN');
      await write('hidden-part/wrangler.jsonc', 'HIDDEN');
      await run('refresh');
      assert.deepEqual(await titles(), ['SHOWN']);
    });
  });

  it('is found where it came while nobody told of it yet, in a workspace without any', async () => {
    await write('wrangler.jsonc', 'UNTOLD');
    await showsSoon('UNTOLD');
    const { projects, searches, dispose } = startProjects({ isFirstInVain: true, secondLookMs: 10 });
    try {
      await eventually(async () => assert.ok(projects.configs.some(({ path }) => path.startsWith(folder))));
      assert.ok(searches() >= 2);
    } finally {
      dispose();
    }
  });

  it('is a row that says what is wrong where a folder cannot be read, and is back by itself when it can', async () => {
    const state = join(folder, '.wrangler', 'state');
    await mkdir(dirname(state), { recursive: true });
    // Nobody can follow it, whatever he may read.
    await symlink('state', state);
    const { local, projects, dispose } = startProjects();
    const registry = new SourceRegistry([local], () => undefined);
    const memory: vscode.Memento = { keys: () => [], get: () => undefined, update: async () => {} };
    const nodes = new TreeNodes(registry, new Pins(memory), { groupKeys: true, keyDelimiters: [] });
    /** The row of the folder, and those below it. */
    const rows = async () => {
      const root = (await nodes.roots()).find((node) => node.kind === 'source' && node.source.label === 'coming');
      return root?.kind === 'source'
        ? [root, ...(await nodes.namespacesOf(root))].map((node) => treeItem(node, plain))
        : [];
    };
    try {
      await projects.searched();
      const [root, row, ...more] = await rows();
      assert.deepEqual([root?.label, more], ['Local · coming', []]);
      assert.equal(row?.label, 'packages/coming/.wrangler/state');
      assert.match(String(row?.description), /link that leads in a circle/);
      assert.match(row?.accessibilityInformation?.label ?? '', /problem/);

      await rm(state);
      await mkdir(join(state, 'v3', 'kv'), { recursive: true });
      await eventually(async () => assert.ok(!(await rows()).some(({ contextValue }) => contextValue === 'problem')));
    } finally {
      registry.dispose();
      dispose();
    }
  });
});

const dist = (name: string): string => join(extension().extensionPath, 'dist', name);
const settings = { stateFolders: [], configs: [], onDidChange: new vscode.EventEmitter<never>().event };
const fail = (what: string, error: unknown): void => assert.fail(`${what}: ${error}`);

const plain: RowState = {
  lastMinute: 'seconds',
  isPinned: () => false,
  isReadOnly: () => false,
  hasCounterpart: () => false,
};
