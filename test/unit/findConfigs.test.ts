import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { isKvError } from '../../src/core/base/errors.ts';
import { findConfigs, isSkipped } from '../../src/wrangler/findConfigs.ts';

describe('finding wrangler configs', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'kv-find-'));
  });
  afterEach(async () => {
    await rm(root, { recursive: true });
  });

  const files = async (...paths: string[]): Promise<void> => {
    for (const path of paths) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), '');
    }
  };
  const names = (found: readonly string[]): string[] => found.map((path) => relative(root, path).split(sep).join('/'));

  it('finds nested ones, in a fixed order, as wrangler prefers them within a folder', async () => {
    await files(
      'wrangler.toml',
      'packages/b/wrangler.toml',
      'packages/b/wrangler.json',
      'packages/b/wrangler.jsonc',
      'packages/a/workers/deep/wrangler.jsonc',
      'build/wrangler.toml',
      '.config/wrangler.toml',
      'other/wrangler.yaml',
      'other/Wrangler.toml.bak',
    );
    assert.deepEqual(names((await findConfigs([root])).configs), [
      'wrangler.toml',
      '.config/wrangler.toml',
      'build/wrangler.toml',
      'packages/a/workers/deep/wrangler.jsonc',
      'packages/b/wrangler.json',
      'packages/b/wrangler.jsonc',
      'packages/b/wrangler.toml',
    ]);
  });

  it('skips installed and generated folders, but not one that was asked for', async () => {
    await files(
      'node_modules/x/wrangler.toml',
      'a/node_modules/x/wrangler.toml',
      '.git/wrangler.toml',
      '.wrangler/wrangler.toml',
      'dist/shop/wrangler.json',
      'target/CACHEDIR.TAG',
      'target/wrangler.toml',
      'a/wrangler.toml',
    );
    assert.deepEqual(names((await findConfigs([root])).configs), ['a/wrangler.toml']);
    assert.deepEqual(names((await findConfigs([root, join(root, 'dist'), join(root, 'target')])).configs), [
      'a/wrangler.toml',
      'dist/shop/wrangler.json',
      'target/wrangler.toml',
    ]);
  });

  it('gives every file once for folders that overlap', async () => {
    await files('a/wrangler.toml', 'a/b/wrangler.toml');
    const found = await findConfigs([root, join(root, 'a', 'b'), `${join(root, 'a')}${sep}`]);
    assert.deepEqual(names(found.configs), ['a/wrangler.toml', 'a/b/wrangler.toml']);
  });

  it('follows links to a config, not to folders, and takes no folder for a config', async () => {
    await files('real/config.toml', 'sub/x');
    await symlink(root, join(root, 'sub', 'loop'));
    await symlink(join(root, 'real', 'config.toml'), join(root, 'sub', 'wrangler.toml'));
    await symlink(join(root, 'nothing'), join(root, 'real', 'wrangler.toml'));
    await mkdir(join(root, 'real', 'wrangler.json'));
    assert.deepEqual(names((await findConfigs([root])).configs), ['sub/wrangler.toml']);
  });

  it('goes on past a folder that cannot be read and tells of it', async () => {
    await files('a/wrangler.toml', 'locked/wrangler.toml', 'z/wrangler.toml');
    const unreadable: string[] = [];
    const found = await findConfigs([root, join(root, 'missing')], {
      onUnreadable: (folder) => unreadable.push(folder),
      read: async (folder) => {
        if (folder.endsWith('locked')) throw Object.assign(new Error('EACCES'), { code: 'EACCES' });
        return await readdir(folder, { withFileTypes: true });
      },
    });
    assert.deepEqual(names(found.configs), ['a/wrangler.toml', 'z/wrangler.toml']);
    assert.deepEqual(names(unreadable).sort(), ['locked', 'missing']);
  });

  it('tells of a .wrangler that cannot be looked into, unless a config beside it has a row that does', async () => {
    await files('bare/.wrangler/state/x', 'own/.wrangler/state/x', 'own/wrangler.toml', 'new/.wrangler/tmp/x');
    const unreadable: string[] = [];
    const found = await findConfigs([root], {
      onUnreadable: (folder) => unreadable.push(folder),
      look: async (path) => {
        if (!path.includes(join('new', '.wrangler'))) throw Object.assign(new Error('EACCES'), { code: 'EACCES' });
        return await stat(path);
      },
    });
    assert.deepEqual(names(unreadable), ['bare/.wrangler']);
    assert.deepEqual([names(found.configs), found.stateRoots], [['own/wrangler.toml'], []]);
  });

  it('reads a bounded number of folders at once', async () => {
    await files(...Array.from({ length: 60 }, (_, index) => `p${index}/wrangler.toml`));
    let open = 0;
    let most = 0;
    const found = await findConfigs([root], {
      read: async (folder) => {
        most = Math.max(most, ++open);
        const entries = await readdir(folder, { withFileTypes: true });
        open--;
        return entries;
      },
    });
    assert.equal(found.configs.length, 60);
    assert.ok(most > 1 && most <= 16, `${most} at once`);
  });

  it('finds Vite roots, pointers to generated configs and kept state on the same way, and tells as it goes', async () => {
    await files(
      'app/vite.config.ts',
      'app/.wrangler/deploy/config.json',
      'app/worker/wrangler.jsonc',
      'plain/.wrangler/state/v3/kv/x',
      'hidden/wrangler.toml',
      'file/.wrangler/state/v3/kv',
    );
    const told: string[] = [];
    const found = await findConfigs([root], {
      onFound: (folder) => told.push(folder),
      isExcluded: (path) => path === join(root, 'hidden'),
    });
    assert.deepEqual(names(found.configs), ['app/worker/wrangler.jsonc']);
    assert.deepEqual(names(found.viteConfigs), ['app/vite.config.ts']);
    assert.deepEqual(names(found.redirects), ['app/.wrangler/deploy/config.json']);
    assert.deepEqual(names(found.stateRoots), ['plain']);
    assert.deepEqual(names(told).sort(), ['app', 'app/worker', 'plain']);
  });

  it('would pass over what lies in an installed folder, and no other', () => {
    const skipped = (path: string) => isSkipped(join(root, path), [root, join(root, 'dist')]);
    assert.deepEqual(
      ['a/wrangler.toml', 'node_modules/a/wrangler.toml', 'dist/wrangler.json', '../elsewhere/wrangler.toml'].map(
        skipped,
      ),
      [false, true, false, true],
    );
  });

  it('stops when cancelled', async () => {
    await files('a/b/c/wrangler.toml');
    const controller = new AbortController();
    await assert.rejects(
      findConfigs([root], {
        signal: controller.signal,
        read: async (folder) => {
          controller.abort();
          return await readdir(folder, { withFileTypes: true });
        },
      }),
      (error) => isKvError(error, 'cancelled'),
    );
  });
});
