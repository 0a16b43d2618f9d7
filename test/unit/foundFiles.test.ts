import assert from 'node:assert/strict';
import { join } from 'node:path';
import { isWithin } from '../../src/core/base/paths.ts';
import { NOTHING, union, without } from '../../src/wrangler/foundFiles.ts';

describe('what was found in a workspace', () => {
  const at = (...parts: string[]): string => join('/w', ...parts);
  const found = {
    configs: [at('a', 'wrangler.toml'), at('a', 'deep', 'wrangler.json'), at('ab', 'wrangler.toml')],
    viteConfigs: [at('a', 'vite.config.ts')],
    redirects: [at('a', '.wrangler', 'deploy', 'config.json'), at('c', '.wrangler', 'deploy', 'config.json')],
    stateRoots: [at('a'), at('c')],
  };

  it('is without all that lay in a folder that is gone, and nothing else', () => {
    assert.deepEqual(
      without(found, (path) => isWithin(path, at('a'))),
      {
        configs: [at('ab', 'wrangler.toml')],
        viteConfigs: [],
        redirects: [at('c', '.wrangler', 'deploy', 'config.json')],
        stateRoots: [at('c')],
      },
    );
  });

  it('is joined with more of it, each path once and in order', () => {
    assert.deepEqual(
      union({ ...NOTHING, stateRoots: [at('c'), at('b')] }, { ...NOTHING, stateRoots: [at('a'), at('c')] }),
      {
        ...NOTHING,
        stateRoots: [at('a'), at('b'), at('c')],
      },
    );
  });

  it('stand in the order of a search, however they were found', () => {
    const configs = ['/w/wrangler.json', '/w/wrangler.toml', '/w/app/wrangler.toml'];
    const [all, first] = [union({ ...NOTHING, configs }, NOTHING), union(NOTHING, { ...NOTHING, configs })];
    assert.deepEqual([all.configs, first.configs], [configs, configs]);
    const later = union({ ...NOTHING, configs: [configs[2] ?? ''] }, { ...NOTHING, configs: configs.slice(0, 2) });
    assert.deepEqual(later.configs, configs);
  });
});
