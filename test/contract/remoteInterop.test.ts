import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import { compareUtf8 } from '../../src/core/keys/utf8Order.ts';
import { readEntries } from '../../src/core/store/readEntries.ts';
import type { KvStore } from '../../src/core/store/store.ts';
import { type Remote, startRemote } from '../support/cloudflare/remote.ts';
import { HastyTiming } from '../support/hastyTiming.ts';
import { wrangler, writeProject } from '../support/wrangler.ts';
import { everyMetadata, oddKeys } from './kvStore.contract.ts';

const text = (value: string): Uint8Array => new Uint8Array(Buffer.from(value));
const LATER = 2_000_000_000;

/* One story in order: each test goes on with the data of the one before. */
describe('remote KV together with wrangler --remote', () => {
  let remote: Remote;
  let folder: string;
  let store: KvStore;
  const timing = new HastyTiming();
  const model = new Map<string, KvEntry>();
  const environment: Record<string, string> = {};

  const run = async (...args: string[]) => {
    const result = await wrangler(folder, ...args, '--remote');
    assert.equal(result.code, 0, `${args.join(' ')}\n${result.stderr}${result.stdout}`);
    return result.stdout;
  };
  const remember = (entry: KvEntry): KvEntry => {
    model.set(entry.key, entry);
    return entry;
  };
  const sorted = (): KvEntry[] => [...model.values()].sort((a, b) => compareUtf8(a.key, b.key));
  const dump = async (): Promise<KvEntry[]> => {
    const all: KvEntry[] = [];
    for await (const entry of readEntries(store, undefined)) all.push(entry);
    return all;
  };

  before(async () => {
    remote = await startRemote({ timing });
    folder = mkdtempSync(join(tmpdir(), 'cloudflare-kv-'));
    const namespace = remote.server.createNamespace('interop');
    writeProject(folder, { KV: namespace.id });
    store = remote.source.store(namespace.id);
    const given = {
      CLOUDFLARE_API_BASE_URL: remote.server.baseUrl,
      CLOUDFLARE_API_TOKEN: remote.token.text,
      CLOUDFLARE_ACCOUNT_ID: remote.server.account.id,
    };
    for (const [name, value] of Object.entries(given)) {
      environment[name] = process.env[name] ?? '';
      process.env[name] = value;
    }
  });
  after(async () => {
    for (const [name, value] of Object.entries(environment)) {
      if (value === '') delete process.env[name];
      else process.env[name] = value;
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    await remote.stop();
    assert.deepEqual([remote.server.violations, remote.server.strays], [[], []]);
  });

  it('reads what wrangler wrote: many at once, and one from a file', async () => {
    const entries: KvEntry[] = [
      ...oddKeys.map((key, i) => ({ key, value: text(`odd ${i}`) })),
      { key: 'empty', value: new Uint8Array() },
      { key: 'binary', value: Uint8Array.from({ length: 256 }, (_, i) => 255 - i) },
      { key: 'bom', value: text('\ufefftext') },
      ...Array.from({ length: 150 }, (_, i) => ({
        key: `user:${i}`,
        value: text(JSON.stringify({ id: i })),
        ...(i % 3 === 0 && { metadata: { at: i } }),
        ...(i % 5 === 0 && { expiration: LATER + i }),
      })),
    ];
    const items = entries.map(({ value, ...rest }) => ({
      ...rest,
      value: Buffer.from(value).toString('base64'),
      base64: true,
    }));
    writeFileSync(join(folder, 'bulk.json'), JSON.stringify(items));
    await run('kv', 'bulk', 'put', 'bulk.json', '--binding', 'KV');
    entries.forEach(remember);
    const picture = {
      key: 'picture',
      value: Uint8Array.from({ length: 5000 }, (_, i) => i * 7),
      metadata: { type: 'x' },
    };
    writeFileSync(join(folder, 'picture'), picture.value);
    const from = ['--path', join(folder, 'picture'), '--metadata', '{"type":"x"}', '--expiration', `${LATER}`];
    await run('kv', 'key', 'put', 'picture', '--binding', 'KV', ...from);
    remember({ ...picture, expiration: LATER });
    await run('kv', 'key', 'put', 'text', 'line\nline', '--binding', 'KV');
    remember({ key: 'text', value: text('line\nline') });
    assert.deepEqual(await dump(), sorted());
    for (const key of ['picture', 'text', 'a//b']) assert.deepEqual(await store.get(key), model.get(key));
  });

  it('writes what wrangler reads', async () => {
    await store.put(
      remember({ key: 'binary', value: Uint8Array.of(0, 255, 0xc3, 0x28, 13, 10), metadata: [1, 'two'] }),
    );
    await store.put(remember({ key: 'text', value: text('ours\r\n'), expiration: LATER }));
    await store.putMany(everyMetadata.map((metadata, i) => remember({ key: `m${i}`, value: text(`${i}`), metadata })));
    await store.delete('user:1');
    await store.deleteMany(['user:2', 'user:3', '__proto__']);
    for (const key of ['user:1', 'user:2', 'user:3', '__proto__']) model.delete(key);

    assert.deepEqual(await run('kv', 'key', 'get', 'binary', '--binding', 'KV'), Buffer.of(0, 255, 0xc3, 0x28, 13, 10));
    const listed: unknown = JSON.parse((await run('kv', 'key', 'list', '--binding', 'KV')).toString());
    assert.deepEqual(
      listed,
      sorted().map(({ key, value: _, ...about }) => ({ name: key, ...about })),
    );
    assert.deepEqual(await dump(), sorted());
  });

  it('sees the same namespaces, and keys that wrangler deleted are gone', async () => {
    const made = await remote.source.create('made by us');
    const listed: { id: string; title: string }[] = JSON.parse(
      (await wrangler(folder, 'kv', 'namespace', 'list')).stdout.toString(),
    );
    assert.ok(listed.some(({ id, title }) => id === made.id && title === 'made by us'));
    writeFileSync(join(folder, 'keys.json'), JSON.stringify(['m0', 'm1']));
    await run('kv', 'bulk', 'delete', 'keys.json', '--binding', 'KV', '--force');
    for (const key of ['m0', 'm1']) model.delete(key);
    // Within a minute of our own write, "as before" would be taken for an old answer.
    timing.pass(61_000);
    assert.deepEqual(await dump(), sorted());
  });
});
