import assert from 'node:assert/strict';
import { chmod, lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isKvError } from '../../src/core/base/errors.ts';
import { addBinding, writeConfig } from '../../src/wrangler/writeConfig.ts';

describe('writing a wrangler config', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kv-config-'));
    path = join(folder, 'wrangler.toml');
    await writeFile(path, 'name = "x"\r\n');
  });
  afterEach(() => rm(folder, { recursive: true }));

  const text = () => readFile(path, 'utf8');

  it('adds a binding and says whether there was anything to do', async () => {
    assert.equal(await addBinding(path, { binding: 'A' }), true);
    assert.equal(await text(), 'name = "x"\r\n\r\n[[kv_namespaces]]\r\nbinding = "A"\r\n');
    const { ino } = await stat(path);
    assert.equal(await addBinding(path, { binding: 'A' }), false);
    assert.equal((await stat(path)).ino, ino, 'not written again');
    assert.deepEqual(await readdir(folder), ['wrangler.toml']);
  });

  it('keeps the permissions and the byte order mark', async function () {
    if (process.platform === 'win32') this.skip();
    await writeFile(path, '\uFEFFname = "x"\n');
    await chmod(path, 0o664);
    await addBinding(path, { binding: 'A' });
    assert.equal((await stat(path)).mode & 0o777, 0o664);
    assert.equal((await text()).startsWith('\uFEFFname'), true);
  });

  it('writes the file that a link leads to', async function () {
    if (process.platform === 'win32') this.skip();
    const link = join(folder, 'link.toml');
    await symlink('wrangler.toml', link);
    await addBinding(link, { binding: 'A' });
    assert.equal((await lstat(link)).isSymbolicLink(), true);
    assert.match(await text(), /binding = "A"/);
  });

  it('leaves a file alone that was changed meanwhile', async () => {
    const editing = writeConfig(path, async (before) => {
      await writeFile(path, 'name = "other"\n');
      return `${before}# more\n`;
    });
    await assert.rejects(editing, (error) => isKvError(error, 'conflict') && error.message.includes('wrangler.toml'));
    assert.equal(await text(), 'name = "other"\n');
    assert.deepEqual(await readdir(folder), ['wrangler.toml']);
  });

  it('leaves a file alone that cannot be edited, read or decoded', async () => {
    await writeFile(path, 'name = \n');
    await assert.rejects(addBinding(path, { binding: 'A' }), (error) => isKvError(error, 'invalidInput'));
    assert.equal(await text(), 'name = \n');
    await writeFile(path, Buffer.from('name = "\xE4"\n', 'latin1'));
    await assert.rejects(
      addBinding(path, { binding: 'A' }),
      (error) => isKvError(error, 'invalidInput') && error.message.includes('UTF-8'),
    );
    assert.deepEqual(await readFile(path), Buffer.from('name = "\xE4"\n', 'latin1'));
    const missing = join(folder, 'wrangler.json');
    await assert.rejects(addBinding(missing, { binding: 'A' }), (error) => isKvError(error, 'notFound'));
    await assert.rejects(
      writeConfig(folder, () => ''),
      (error) => isKvError(error, 'server') && !error.message.includes('EISDIR'),
    );
    assert.deepEqual(await readdir(folder), ['wrangler.toml']);
  });
});
