import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NewFolders } from '../../src/wrangler/newFolders.ts';

describe('new folders', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'kv-new-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('are told once each, without files, what lies in another, and what a search passes over', async () => {
    for (const folder of ['made/inner', 'made-too', 'node_modules/some', 'dist']) {
      mkdirSync(join(root, folder), { recursive: true });
    }
    writeFileSync(join(root, 'file.txt'), '');
    const { promise, resolve } = Promise.withResolvers<readonly string[]>();
    const folders = new NewFolders(() => [root], resolve);
    const created = ['made/inner', 'made', 'made-too', 'made', 'file.txt', 'gone', 'node_modules/some', 'dist'];
    for (const path of created) folders.add(join(root, path));
    assert.deepEqual(
      [...(await promise)].sort(),
      ['made', 'made-too'].map((path) => join(root, path)),
    );
    folders.dispose();
  });
});
