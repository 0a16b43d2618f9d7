import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isKvError } from '../../src/core/base/errors.ts';
import { type KvEntry, nowSeconds } from '../../src/core/entry/entry.ts';
import type { KvStore } from '../../src/core/store/store.ts';
import { eventually } from '../support/eventually.ts';
import { KvWorker } from '../support/kvWorker.ts';
import { type LocalFolder, localFolder } from '../support/localFolder.ts';
import { wrangler, writeProject } from '../support/wrangler.ts';
import { everyMetadata, oddKeys } from './kvStore.contract.ts';

const ID = '0123456789abcdef0123456789abcdef';
const text = (value: string): Uint8Array => new Uint8Array(Buffer.from(value));
const byKey = (a: KvEntry, b: KvEntry): number => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key));

async function dump(store: KvStore): Promise<KvEntry[]> {
  const all: KvEntry[] = [];
  for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
    const page = await store.list({ limit: 300, ...(cursor !== undefined && { cursor }) });
    for await (const entry of store.getMany(page.keys.map((key) => key.name))) all.push(entry);
    assert.deepEqual(
      all.slice(-page.keys.length).map(({ key, value: _, ...about }) => ({ name: key, ...about })),
      page.keys,
    );
    cursor = page.cursor;
  }
  return all;
}

/** Equal byte for byte; tells the keys that differ instead of megabytes of difference. */
function assertSame(actual: readonly KvEntry[], expected: Iterable<KvEntry>): void {
  const wanted = [...expected].sort(byKey);
  assert.deepEqual(
    actual.map((entry) => entry.key),
    wanted.map((entry) => entry.key),
  );
  actual.forEach((entry, i) => {
    const other = wanted[i];
    assert.ok(other && Buffer.compare(entry.value, other.value) === 0, `value of ${JSON.stringify(entry.key)}`);
    assert.deepEqual({ ...entry, value: '' }, { ...other, value: '' });
  });
}

/* One story in order: each test goes on with the data of the one before. */
describe('local KV together with wrangler and Workers', () => {
  const later = nowSeconds() + 86_400;
  let local: LocalFolder;
  let store: KvStore;
  /** What must be there. */
  const model = new Map<string, KvEntry>();
  const remember = (entry: KvEntry): KvEntry => {
    model.set(entry.key, entry);
    return entry;
  };

  before(() => {
    local = localFolder();
    writeProject(local.folder, { KV: ID });
    store = local.source.store(ID);
  });
  after(() => local.dispose());

  it('reads 500 keys that wrangler and a Worker wrote', async () => {
    const million = new Uint8Array(1024 * 1024).map((_, i) => (i * 7) >> 2);
    const byWrangler: KvEntry[] = [
      ...oddKeys.map((key, i) => ({ key, value: text(`odd ${i}`) })),
      { key: 'value:empty', value: new Uint8Array() },
      { key: 'value:binary', value: Uint8Array.from({ length: 256 }, (_, i) => 255 - i) },
      { key: 'value:million', value: million },
      { key: 'value:unicode', value: text('ünï 🦊 \ufeff\r\n') },
      ...Array.from({ length: 400 }, (_, i) => ({
        key: `user:${i}`,
        value: text(JSON.stringify({ id: i })),
        ...(i % 3 === 0 && { metadata: { role: i % 2 ? 'admin' : 'guest', at: i } }),
        ...(i % 5 === 0 && { expiration: later + i }),
      })),
    ];
    const file = byWrangler.map(({ value, ...rest }) => ({
      ...rest,
      value: Buffer.from(value).toString('base64'),
      base64: true,
    }));
    writeFileSync(join(local.folder, 'bulk.json'), JSON.stringify(file));
    const put = await wrangler(local.folder, 'kv', 'bulk', 'put', 'bulk.json', '--binding', 'KV', '--local');
    assert.equal(put.code, 0, put.stderr + put.stdout);
    byWrangler.forEach(remember);

    const byWorker: KvEntry[] = everyMetadata.map((metadata, i) => ({
      key: `metadata:${i}`,
      value: text('v'),
      metadata,
    }));
    for (let i = 0; model.size + byWorker.length < 500; i++) {
      byWorker.push({ key: `worker:${i}`, value: text(`${i}`), expiration: 2_147_483_647 });
    }
    const worker = await KvWorker.start(local.source.state.path, ID);
    try {
      await worker.put(byWorker);
      byWorker.forEach(remember);
      assert.equal(model.size, 500);
      assertSame(await dump(store), model.values());
      assertSame(await worker.dump(), model.values());
    } finally {
      await worker.stop();
    }
    assertSame(await dump(store), model.values());
  });

  it('writes what wrangler and a Worker read, and leaves everything else as it was', async () => {
    await store.put(remember({ key: 'user:1', value: text('edited'), metadata: [1, 'two'], expiration: later }));
    await store.put(remember({ key: 'value:binary', value: Uint8Array.of(0, 255, 0xc3, 0x28, 13, 10) }));
    await store.put(remember({ key: 'a//b', value: new Uint8Array() }));
    await store.put(remember({ key: 'new key 🦊', value: new Uint8Array(1024 * 1024).fill(0xfe), metadata: 0 }));
    const bulk = everyMetadata.map((metadata, i): KvEntry => ({ key: `bulk/${i}`, value: text(`${i}`), metadata }));
    const more = oddKeys.map(
      (key, i): KvEntry => ({ key: `${key}`.slice(0, 200) + i, value: text('more'), expiration: later }),
    );
    const all = [...bulk, ...more].map(remember);
    assert.deepEqual(await store.putMany(all), { done: all.length, skipped: 0, failed: [], cancelled: false });
    await store.delete('user:2');
    model.delete('user:2');
    const gone = ['user:3', 'user:4', '__proto__', 'nul\u0000nul'];
    await store.deleteMany(gone);
    for (const key of gone) model.delete(key);

    const get = (key: string) => wrangler(local.folder, 'kv', 'key', 'get', key, '--binding', 'KV', '--local');
    const [binary, made, listed] = [
      await get('value:binary'),
      await get('new key 🦊'),
      await wrangler(local.folder, 'kv', 'key', 'list', '--binding', 'KV', '--local'),
    ];
    assert.deepEqual(binary.stdout, Buffer.of(0, 255, 0xc3, 0x28, 13, 10));
    assert.ok(made.stdout.equals(Buffer.alloc(1024 * 1024, 0xfe)), made.stderr);
    const keys = JSON.parse(listed.stdout.toString()) as { name: string }[];
    assert.deepEqual(
      keys,
      [...model.values()].sort(byKey).map(({ key, value: _, ...about }) => ({ name: key, ...about })),
    );

    const worker = await KvWorker.start(local.source.state.path, ID);
    try {
      assertSame(await worker.dump(), model.values());
    } finally {
      await worker.stop();
    }
  });

  it('makes a namespace that nobody used before, and a Worker goes on with it', async () => {
    const fresh = local.source.store('fresh');
    await fresh.put({ key: 'ours', value: text('1'), metadata: { a: 1 } });
    await fresh.put({ key: 'replaced', value: text('1'), expiration: later });
    await fresh.put({ key: 'removed', value: text('1') });
    const worker = await KvWorker.start(local.source.state.path, 'fresh');
    try {
      await worker.put([{ key: 'replaced', value: text('2') }]);
      await worker.delete(['removed']);
      const expected: KvEntry[] = [
        { key: 'ours', value: text('1'), metadata: { a: 1 } },
        { key: 'replaced', value: text('2') },
      ];
      assertSame(await worker.dump(), expected);
      assertSame(await dump(fresh), expected);
    } finally {
      await worker.stop();
    }
  });

  it('reads beside a running Worker, refuses to write, and writes again when it has stopped', async () => {
    const worker = await KvWorker.start(local.source.state.path, ID);
    let heard = 0;
    const listener = local.source.onDidChange((change) => {
      if (change.namespace === ID) heard++;
    });
    try {
      await worker.put([remember({ key: 'user:5', value: text('by the Worker') })]);
      await eventually(() => assert.ok(heard > 0));
      assertSame([(await store.get('user:5')) ?? assert.fail()], [model.get('user:5') ?? assert.fail()]);
      const busy = (error: unknown) => isKvError(error, 'busy') && error.message.startsWith('“user:5” was not ');
      await assert.rejects(store.put({ key: 'user:5', value: text('ours') }), busy);
      await assert.rejects(store.delete('user:5'), busy);
      assert.equal((await store.putMany([{ key: 'user:5', value: text('ours') }])).failed[0]?.error.kind, 'busy');
      assertSame(await worker.dump(), model.values());
    } finally {
      listener.dispose();
      await worker.stop();
    }
    await store.put(remember({ key: 'user:5', value: text('ours') }));
    assertSame(await dump(store), model.values());
  });

  it('finds every namespace on disk, whatever its id, and the values of those whose id it cannot know', async () => {
    const odd = ['Ünï', 'a/b', 'a:b*c?', ' lead', 'KV_BINDING'];
    for (const id of odd) {
      const worker = await KvWorker.start(local.source.state.path, id);
      await worker.put([{ key: 'id', value: text(id) }]);
      await worker.stop();
    }
    const namespaces = await local.source.namespaces();
    const read = await Promise.all(
      namespaces.map(async ({ id }) => Buffer.from((await local.source.store(id).get('id'))?.value ?? []).toString()),
    );
    assert.deepEqual(read.filter((id) => id !== '').sort(), [...odd].sort());
    const hidden = namespaces.filter(({ id }) => /^[0-9a-f]{64}$/.test(id));
    assert.equal(hidden.length, 3, 'ids that their folder does not tell');
    const unknown = local.source.store(hidden[0]?.id ?? assert.fail());
    await unknown.put({ key: 'more', value: text('by us') });
    assert.equal(Buffer.from((await unknown.get('more'))?.value ?? []).toString(), 'by us');
  });
});
