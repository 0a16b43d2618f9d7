import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { commandNames } from '../../src/ids.ts';

const root = join(import.meta.dirname, '..', '..');

/** What each folder of `src` may import from, besides itself. A file is named where not its whole folder is meant. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  core: [],
  wrangler: ['core'],
  local: ['core', 'wrangler'],
  // Both backends name their namespaces by the bindings of the configs.
  cloudflare: ['core', 'wrangler'],
  // Jobs in an account are made over its API.
  inside: ['core', 'cloudflare'],
  // The workspace's folders and configs become local sources.
  projects: ['core', 'wrangler', 'local', 'settings.ts'],
  fs: ['core', 'ids.ts', 'settings.ts'],
  tree: ['core', 'ids.ts', 'settings.ts', 'fs/kvUri.ts', 'ui/contextKey.ts', 'ui/markdown.ts'],
  ui: ['core', 'ids.ts', 'settings.ts', 'fs/kvUri.ts'],
  // Signing in proves a credential by asking Cloudflare.
  auth: ['core', 'cloudflare', 'ids.ts', 'settings.ts', 'fs/kvUri.ts'],
  // Commands edit configs, and take the services as a type; so does help inside code.
  commands: ['core', 'wrangler', 'inside', 'fs', 'tree', 'ui', 'auth', 'pages', 'ids.ts', 'settings.ts', 'services.ts'],
  language: ['core', 'wrangler', 'fs', 'tree', 'ui', 'auth', 'ids.ts', 'settings.ts', 'services.ts'],
  // Pages are drawn from what the services know; what runs in them is looked at below.
  pages: ['core', 'inside', 'fs', 'tree', 'ui', 'auth', 'ids.ts', 'settings.ts', 'services.ts'],
};
/** The rooms of `core`, from the ground up: each may import from those before it. */
const rooms = [
  'base',
  'text',
  'code',
  'entry',
  'keys',
  'space',
  'store',
  'cost',
  'usage',
  'change',
  'transfer',
  'search',
  'check',
];
const withoutVscode = ['core', 'wrangler', 'local', 'cloudflare', 'inside'];

interface Import {
  readonly from: string;
  /** A file of `src`, or the name of a package. */
  readonly to: string;
  /** Gone when the code runs. */
  readonly isType: boolean;
}

const IMPORT = /(?:^|\n)(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|\bimport\('([^']+)'\)/g;

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, 'src', file), 'utf8');
  return [...text.matchAll(IMPORT)].map(([, type, fixed, dynamic]) => {
    const name = fixed ?? dynamic ?? '';
    const to = name.startsWith('.') ? normalize(join(dirname(file), name)) : name;
    return { from: file, to, isType: type !== undefined };
  });
}

const files = globSync('**/*.ts', { cwd: join(root, 'src') }).map((file) => relative('.', file));
const imports = files.flatMap(importsOf);
const folderOf = (file: string): string => (file.includes('/') ? file.slice(0, file.indexOf('/')) : '');

describe('the layers of the sources', () => {
  it('are all there is', () => {
    assert.ok(imports.length > 100);
    const folders = new Set(files.map(folderOf).filter((folder) => folder !== ''));
    assert.deepEqual(
      [...folders].filter((folder) => !(folder in arrows)),
      [],
    );
    assert.deepEqual(
      // What the package gives to other extensions lies beside its manifest.
      imports.filter(({ to }) => to.endsWith('.ts') && !files.includes(to) && to !== '../api.d.ts'),
      [],
    );
  });

  it('import along the arrows only', () => {
    const wrong = imports.filter(({ from, to }) => {
      const allowed = arrows[folderOf(from)];
      if (!to.endsWith('.ts') || allowed === undefined || folderOf(from) === folderOf(to)) return false;
      return !allowed.includes(to) && !allowed.includes(folderOf(to));
    });
    assert.deepEqual(
      wrong.map(({ from, to }) => `${from} → ${to}`),
      [],
    );
  });

  it('let no room of core import from one above it', () => {
    const roomOf = (file: string): string => file.split('/')[1] ?? '';
    const inCore = files.filter((file) => file.startsWith('core/'));
    assert.deepEqual(
      inCore.filter((file) => !rooms.includes(roomOf(file))),
      [],
    );
    const wrong = imports.filter(
      ({ from, to }) =>
        from.startsWith('core/') && to.startsWith('core/') && rooms.indexOf(roomOf(to)) > rooms.indexOf(roomOf(from)),
    );
    assert.deepEqual(
      wrong.map(({ from, to }) => `${from} → ${to}`),
      [],
    );
  });

  it('leave what runs in a page with nothing but what it is shown', () => {
    const inPage = imports.filter(({ from }) => /^pages\/(webview|shared)\//.test(from));
    assert.ok(inPage.length > 10);
    const wrong = inPage.filter(({ from, to }) => {
      const isWithin =
        to.startsWith('pages/shared/') || (from.startsWith('pages/webview/') && to.startsWith('pages/webview/'));
      const isLibrary = from.startsWith('pages/webview/') && ['@observablehq/plot', 'd3-hierarchy'].includes(to);
      return !isWithin && !isLibrary;
    });
    assert.deepEqual(
      wrong.map(({ from, to }) => `${from} → ${to}`),
      [],
    );
    const reaching = imports.filter(
      ({ from, to }) => to.startsWith('pages/webview/') && !from.startsWith('pages/webview/'),
    );
    assert.deepEqual(
      reaching.map(({ from, to }) => `${from} → ${to}`),
      [],
    );
  });

  it('leave writing to the one way to write', () => {
    const mayWrite = ['core/change/', 'core/store/', 'local/', 'cloudflare/'];
    const writers = files.filter((file) => {
      const text = readFileSync(join(root, 'src', file), 'utf8');
      // A store comes from the registry's `writer`, and is written by these.
      return /\.(putMany|deleteMany)\(|\bsources\.writer\(/.test(text);
    });
    assert.deepEqual(
      writers.filter((file) => !mayWrite.some((folder) => file.startsWith(folder))),
      ['createChanges.ts'],
    );
  });

  it('leave the ids of commands to the file of ids', () => {
    const id = new RegExp(`'(?:_cloudflareKv\\.|cloudflareKv\\.(?:${commandNames.join('|')})')`);
    assert.deepEqual(
      [...files].sort().filter((file) => id.test(readFileSync(join(root, 'src', file), 'utf8'))),
      // The core knows no ids but those of its own ways out.
      ['core/text/wayOut.ts', 'ids.ts'],
    );
  });

  it('leave telling VS Code of context keys to what tells changes only', () => {
    assert.deepEqual(
      files.filter((file) => readFileSync(join(root, 'src', file), 'utf8').includes("'setContext'")),
      ['ui/contextKey.ts'],
    );
  });

  it('leave VS Code to those that face it', () => {
    const wrong = imports.filter(({ from, to }) => to === 'vscode' && withoutVscode.includes(folderOf(from)));
    assert.deepEqual(
      wrong.map(({ from }) => from),
      [],
    );
  });

  it('leave reading the files of a project to what knows whether the workspace is trusted', () => {
    const readers = imports.filter(({ to }) => to === 'wrangler/readProjectText.ts').map(({ from }) => folderOf(from));
    assert.deepEqual([...new Set(readers)].sort(), ['projects', 'wrangler']);
  });

  it('have no file that imports itself by way of others', () => {
    const edges = Map.groupBy(
      imports.filter(({ isType }) => !isType),
      ({ from }) => from,
    );
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' → '));
      if (path.includes(file) || done.has(file)) return;
      for (const { to } of edges.get(file) ?? []) visit(to, [...path, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    assert.deepEqual(cycles, []);
  });
});
