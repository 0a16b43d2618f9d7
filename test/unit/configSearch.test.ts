import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isKvError } from '../../src/core/base/errors.ts';
import { searchConfigs } from '../../src/wrangler/configSearch.ts';
import { type FoundFiles, findConfigs } from '../../src/wrangler/findConfigs.ts';

describe('a search for wrangler configs', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'kv-search-'));
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

  it('finds in its thread what a walk finds, and tells as it goes', async () => {
    await files(
      'wrangler.jsonc',
      'a/wrangler.toml',
      'a/wrangler.json',
      'a/b/vite.config.ts',
      'node_modules/x/wrangler.toml',
      'c/.wrangler/deploy/config.json',
      'd/.wrangler/state/v3/kv/x',
    );
    const told: FoundFiles[] = [];
    const found = await searchConfigs([root], { onFound: (all) => told.push(all()) });
    assert.deepEqual(found, await findConfigs([root]));
    assert.deepEqual([told.length, told[0]?.configs, told.at(-1)], [5, [join(root, 'wrangler.jsonc')], found]);
  });

  it('passes over what is hidden, by the globs of each folder', async () => {
    await files(
      'a/wrangler.toml',
      'a/old/wrangler.toml',
      'b/wrangler.toml',
      'b/old/wrangler.toml',
      'c/.x/wrangler.toml',
    );
    const [a, b] = [join(root, 'a'), join(root, 'b')];
    const hidden = [
      { folder: a, globs: ['**/old'] },
      { folder: root, globs: ['**/.x/*.toml', 'd'] },
      { folder: b, globs: [] },
    ];
    const found = await searchConfigs([root], { hidden });
    assert.deepEqual(found.configs, [
      join(a, 'wrangler.toml'),
      join(b, 'wrangler.toml'),
      join(b, 'old', 'wrangler.toml'),
    ]);
  });

  it('is kept from nothing by a glob that cannot be read, nor by one that is no negation', async () => {
    await files('a/wrangler.toml', 'old/wrangler.toml', '!b/wrangler.toml');
    const long = 'a'.repeat(70_000);
    const broken = ['', long];
    const unusable: string[] = [];
    const found = await searchConfigs([root], {
      hidden: [
        { folder: root, globs: [...broken, '[', '{', '**/(', '!**/x', 'old'] },
        { folder: join(root, 'a'), globs: ['', '!b'] },
        { folder: root, globs: ['!b'] },
      ],
      onUnusable: (glob) => unusable.push(glob),
    });
    assert.deepEqual(found.configs, [join(root, 'a', 'wrangler.toml')]);
    assert.deepEqual(unusable, broken);
  });

  it('walks no part of a workspace that is hidden there, nor what lies in such a part', async () => {
    await files('out/wrangler.toml', 'a/out/b/wrangler.toml', 'a/c/wrangler.toml');
    const parts = ['out', 'a/out/b', 'a/c'].map((part) => join(root, part));
    const hidden = [{ folder: root, globs: ['**/out'] }];
    assert.deepEqual((await searchConfigs(parts, { hidden, areParts: true })).configs, [
      join(root, 'a/c/wrangler.toml'),
    ]);
    assert.equal((await searchConfigs(parts, { hidden })).configs.length, 3, 'what is asked for as a whole is walked');
  });

  it('tells of a folder that cannot be read, with the code of the system', async () => {
    const missing = join(root, 'missing');
    const unreadable: unknown[] = [];
    const onUnreadable = (folder: string, error: Error) => unreadable.push([folder, Reflect.get(error, 'code')]);
    await searchConfigs([missing], { onUnreadable });
    assert.deepEqual(unreadable, [[missing, 'ENOENT']]);
  });

  it('ends with what else there is when a folder never answers, and names that one', async () => {
    const folders = ['a', 'endless', 'b'].map((name) => join(root, name));
    const unreadable: unknown[] = [];
    const found = await searchConfigs(
      folders,
      { onUnreadable: (folder, error) => unreadable.push([folder, Reflect.get(error, 'code')]) },
      { path: new URL('../fixtures/local/endlessFolderWorker.mjs', import.meta.url), patienceMs: 200 },
    );
    assert.deepEqual(found.configs, [join(root, 'a', 'wrangler.toml'), join(root, 'b', 'wrangler.toml')]);
    assert.deepEqual(unreadable, [[join(root, 'endless'), 'ETIMEDOUT']]);
  });

  it('stops when cancelled, with its thread', async () => {
    const controller = new AbortController();
    const searching = searchConfigs(
      [join(root, 'endless')],
      { signal: controller.signal },
      { path: new URL('../fixtures/local/endlessFolderWorker.mjs', import.meta.url) },
    );
    setImmediate(() => controller.abort());
    await assert.rejects(searching, (error) => isKvError(error, 'cancelled'));
  });

  it('fails when there can be no thread', async () => {
    await assert.rejects(searchConfigs([root], {}, { path: join(root, 'nothing.mjs') }));
  });
});
