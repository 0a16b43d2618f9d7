import assert from 'node:assert/strict';
import { join } from 'node:path';
import { distinctLabels } from '../../src/local/distinctLabels.ts';

describe('labels of projects', () => {
  const at = (projectFolder: string, label = 'shop', stateFolder = join(projectFolder, '.wrangler', 'state')) => ({
    projectFolder,
    stateFolder,
    label,
  });
  const labels = (...projects: ReturnType<typeof at>[]) => distinctLabels(projects).map(({ label }) => label);

  it('are names, with the folder where two have the same', () => {
    assert.deepEqual(labels(at('/w/shop'), at('/w/worktrees/x'), at('/w/blog', 'blog')), [
      'shop (shop)',
      'shop (worktrees/x)',
      'blog',
    ]);
    assert.deepEqual(labels(at('/w'), at('/w/worktrees/x')), ['shop (w)', 'shop (worktrees/x)']);
  });

  it('are short, but tell all apart', () => {
    assert.deepEqual(labels(at('/w/a/b/c/d'), at('/w/e/f/g/h')), ['shop (c/d)', 'shop (g/h)']);
    assert.deepEqual(labels(at('/w/a/b/c/d'), at('/w/e/b/c/d')), ['shop (a/b/c/d)', 'shop (e/b/c/d)']);
  });

  it('name the folder of the data where only that differs', () => {
    const label = 'shop · state';
    assert.deepEqual(labels(at('/w', label, '/w/one/state'), at('/w', label, '/w/two/state')), [
      'shop · state (one/state)',
      'shop · state (two/state)',
    ]);
  });
});
