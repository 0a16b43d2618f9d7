import assert from 'node:assert/strict';
import { blobsFolderName, databaseHash, isBrokenInMiniflare } from '../../src/local/naming.ts';

/* Observed on disk with wrangler 4.86 and 4.164. */
describe('names of local KV files', () => {
  const databases: [id: string, hash: string][] = [
    ['aaaa1111bbbb2222cccc3333dddd4444', 'c77084323b2d81f54fd1abe2a59de7d93f3d274e61f9fa6bf5cdb18ea73dba04'],
    ['0123456789abcdef0123456789abcdef', '8261cfe8323dd703d3e553434db498fec63d9a7e7ae8a23f047ef589d503196c'],
    ['Ünï', '52f894f8679b7f7a33ec31f9114971c2b26034b8dbd7a292edaffdd0b0faa6f6'],
  ];
  for (const [id, hash] of databases) {
    it(`names the database of ${id}`, () => assert.equal(databaseHash(id), hash));
  }

  const folders: [id: string, folder: string][] = [
    ['0123456789abcdef0123456789abcdef', '0123456789abcdef0123456789abcdef'],
    ['..', '__'],
    ['.', '_'],
    ['con', '_'],
    ['CON', '_'],
    ['nul.txt', '_'],
    ['com1', '_'],
    ['console', 'console'],
    ['a/b', 'a_b'],
    ['a\\b', 'a_b'],
    ['../../x', '______x'],
    ['a/../b', 'a____b'],
    ['a:b*c?', 'a_b_c_'],
    [' lead', '_lead'],
    ['trail  ', 'trail__'],
    ['%2e', '%2e'],
    ['trail.', 'trail.'],
    ['Ünï', 'Ünï'],
    ['🦊', '🦊'],
    ['\u0001\u0085', '__'],
    ['x'.repeat(300), 'x'.repeat(255)],
  ];
  for (const [id, folder] of folders) {
    it(`names the folder of values of ${JSON.stringify(id).slice(0, 30)}`, () => {
      assert.equal(blobsFolderName(id), folder);
    });
  }

  it('knows the ids for which Miniflare keeps no values', () => {
    for (const id of ['..a..', '.a']) assert.equal(isBrokenInMiniflare(id), true, id);
    for (const id of ['.', '..', '../../x', 'a.b', 'KV']) assert.equal(isBrokenInMiniflare(id), false, id);
  });
});
