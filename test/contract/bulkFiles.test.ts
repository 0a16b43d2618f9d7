import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KvEntry } from '../../src/core/entry.ts';
import { nowSeconds } from '../../src/core/entry.ts';
import type { KvStore } from '../../src/core/store.ts';
import { BulkFile, readKeyFile } from '../../src/core/transfer/files/bulkFile.ts';
import { bulkFormats } from '../../src/core/transfer/files/bulkFormat.ts';
import { exportEntries } from '../../src/core/transfer/files/exportEntries.ts';
import { putEntries } from '../../src/core/transfer/putEntries.ts';
import { selectedEntries } from '../../src/core/transfer/selection.ts';
import { compareUtf8 } from '../../src/core/utf8Order.ts';
import { awkwardEntries } from '../support/awkwardEntries.ts';
import { type LocalFolder, localFolder } from '../support/localFolder.ts';
import { wrangler, writeProject } from '../support/wrangler.ts';

const ID = '0123456789abcdef0123456789abcdef';
const everything = { keys: [], prefixes: [''] };

async function dump(store: KvStore): Promise<KvEntry[]> {
  const entries: KvEntry[] = [];
  for await (const { value, ...rest } of selectedEntries(store, everything)) {
    entries.push({ ...rest, value: new Uint8Array(value) });
  }
  return entries;
}

describe('bulk files of local KV', function () {
  this.timeout(60_000);
  const entries = awkwardEntries(500, nowSeconds() + 86_400).sort((a, b) => compareUtf8(a.key, b.key));
  const done = { done: 500, skipped: 0, failed: [], cancelled: false };
  let local: LocalFolder;
  before(async () => {
    local = localFolder();
    writeProject(local.folder, { KV: ID, OTHER: 'other' });
    assert.deepEqual(await local.source.store('from').putMany(entries), done);
  });
  after(() => local.dispose());

  for (const format of bulkFormats) {
    it(`carry 500 awkward entries as ${format} into another store`, async () => {
      const place = { path: join(local.folder, `all-${format}.${format}`), format };
      if (format === 'folder') place.path = join(local.folder, 'all');
      const exported = await exportEntries(selectedEntries(local.source.store('from'), everything), place);
      assert.equal(exported.done, 500);
      const file = await BulkFile.open(place.path);
      const to = local.source.store(`to-${format}`);
      assert.deepEqual(await putEntries((signal) => file.entries(signal), to, {}), done);
      assert.deepEqual(await dump(to), entries);
    });
  }

  it('are not needed to copy them from store to store', async () => {
    const from = local.source.store('from');
    const to = local.source.store('copy');
    assert.deepEqual(await putEntries((signal) => selectedEntries(from, everything, signal), to, {}), done);
    assert.deepEqual(await dump(to), entries);
  });

  it('are taken by wrangler, but for those that the export names', async () => {
    const path = join(local.folder, 'for-wrangler.json');
    const from = local.source.store('from');
    const all = await exportEntries(selectedEntries(from, everything), { path, format: 'json' });
    const put = (): ReturnType<typeof wrangler> =>
      wrangler(local.folder, 'kv', 'bulk', 'put', path, '--binding', 'KV', '--local');
    assert.ok(all.notForWrangler.length > 0);
    assert.notEqual((await put()).code, 0);
    const named = new Set(all.notForWrangler);
    const keys = entries.map(({ key }) => key).filter((key) => !named.has(key));
    const some = await exportEntries(selectedEntries(from, { keys, prefixes: [] }), { path, format: 'json' });
    assert.deepEqual(some.notForWrangler, []);
    const result = await put();
    assert.equal(result.code, 0, result.stderr + result.stdout);
    assert.deepEqual(
      await dump(local.source.store(ID)),
      entries.filter(({ key }) => !named.has(key)),
    );
  });

  it('may be what wrangler prints: bulk get to import, key list to delete', async () => {
    const value = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
    const other = local.source.store('other');
    await other.putMany([
      { key: 'a', value: value('ünï 🦊'), metadata: { a: 1 } },
      { key: '__proto__x', value: value('') },
    ]);
    const list = join(local.folder, 'list.json');
    const listed = await wrangler(local.folder, 'kv', 'key', 'list', '--binding', 'OTHER', '--local');
    writeFileSync(list, listed.stdout);
    assert.deepEqual(await readKeyFile(list), ['__proto__x', 'a']);
    const keys = join(local.folder, 'keys.json');
    writeFileSync(keys, JSON.stringify(['a', '__proto__x', 'gone']));
    assert.deepEqual(await readKeyFile(keys), ['a', '__proto__x', 'gone']);
    const got = await wrangler(local.folder, 'kv', 'bulk', 'get', keys, '--binding', 'OTHER', '--local');
    const values = join(local.folder, 'values.json');
    writeFileSync(values, got.stdout);
    const file = await BulkFile.open(values);
    const read: [string, string][] = [];
    for await (const entry of file.entries()) read.push([entry.key, Buffer.from(entry.value).toString()]);
    assert.deepEqual(read, [
      ['a', 'ünï 🦊'],
      ['__proto__x', ''],
    ]);
    assert.deepEqual(file.leftOut, { expired: [], missing: ['gone'] });
  });
});
