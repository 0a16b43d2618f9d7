import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { type LocalFolder, localFolder } from '../support/localFolder.ts';

describe('removing a local namespace', () => {
  let local: LocalFolder;
  beforeEach(() => {
    local = localFolder();
  });
  afterEach(() => local.dispose());

  const put = (id: string, key: string) => local.source.store(id).put({ key, value: Buffer.from(key) });

  it('takes its database and values and leaves the others', async () => {
    await put('first', 'a');
    await put('first', 'b');
    await put('second', 'c');
    const files = local.source.state.filesOf('first');
    await local.source.store('first').list({});
    await local.source.remove('first');
    assert.deepEqual(readdirSync(files.blobs), []);
    assert.ok(!existsSync(files.database));
    assert.deepEqual(
      (await local.source.namespaces()).map(({ id }) => id),
      ['second'],
    );
    assert.equal((await local.source.store('second').list({})).keys.length, 1);
  });

  it('leaves the values of another namespace in a shared folder alone', async () => {
    // Both ids have the same folder of values once sanitised.
    await put('a/b', 'mine');
    await put('a:b', 'theirs');
    await local.source.remove('a/b');
    assert.equal(Buffer.from((await local.source.store('a:b').get('theirs'))?.value ?? []).toString(), 'theirs');
  });

  it('is nothing for a namespace that was never written, and can be written again afterwards', async () => {
    await local.source.remove('never');
    await put('again', 'a');
    await local.source.remove('again');
    await put('again', 'b');
    assert.deepEqual(
      (await local.source.store('again').list({})).keys.map(({ name }) => name),
      ['b'],
    );
  });
});
