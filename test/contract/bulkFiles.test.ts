import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type KvEntry, nowSeconds } from '../../src/core/entry/entry.ts';
import { compareUtf8 } from '../../src/core/keys/utf8Order.ts';
import { selectedEntries } from '../../src/core/store/selection.ts';
import type { KvStore } from '../../src/core/store/store.ts';
import { BulkFile, readKeyFile } from '../../src/core/transfer/files/bulkFile.ts';
import { type BulkFormat, bulkFormats } from '../../src/core/transfer/files/bulkFormat.ts';
import { exportEntries } from '../../src/core/transfer/files/exportEntries.ts';
import { awkwardEntries } from '../support/awkwardEntries.ts';
import { type Remote, startRemote } from '../support/cloudflare/remote.ts';
import { HastyTiming } from '../support/hastyTiming.ts';
import { type LocalFolder, localFolder } from '../support/localFolder.ts';
import { assertEntries, dump, everything, Transfers } from '../support/transfers.ts';
import { type WranglerResult, wrangler, writeProject } from '../support/wrangler.ts';

/** What `wrangler kv bulk get` asks for at once at most. */
const MOST_AT_ONCE = 100;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** `undefined` where the bytes are no text. */
function textOf(value: Uint8Array): string | undefined {
  try {
    return utf8.decode(value);
  } catch {
    return undefined;
  }
}

async function collect(entries: AsyncIterable<KvEntry>): Promise<KvEntry[]> {
  const all: KvEntry[] = [];
  for await (const entry of entries) all.push(entry);
  return all;
}

describe('bulk files', () => {
  const entries = awkwardEntries(500, nowSeconds() + 86_400).sort((a, b) => compareUtf8(a.key, b.key));
  /** Without what only base64 can carry. */
  const texts = entries.flatMap(({ key, value }) => {
    const text = textOf(value);
    return text === undefined ? [] : [{ key, value, text }];
  });
  const done = { done: 500, skipped: 0, failed: [], cancelled: false };
  const transfers = new Transfers();
  const environment: Record<string, string | undefined> = {};
  let local: LocalFolder;
  let remote: Remote;
  let made = 0;
  /** Filled with all entries. */
  let account: KvStore;
  let files: KvStore;
  /** Empty at first, and how wrangler is told of it. */
  let bound: Readonly<Record<'local' | 'remote', { readonly store: KvStore; readonly binding: readonly string[] }>>;

  before(async () => {
    local = localFolder();
    remote = await startRemote({ timing: new HastyTiming() });
    const { id } = remote.server.createNamespace('bound');
    writeProject(local.folder, { KV: id });
    const binding = ['--binding', 'KV'];
    bound = {
      local: { store: local.source.store(id), binding: [...binding, '--local'] },
      remote: { store: remote.source.store(id), binding: [...binding, '--remote'] },
    };
    [files, account] = [local.source.store('from'), remote.source.store(remote.server.createNamespace('from').id)];
    assert.deepEqual(await files.putMany(entries), done);
    assert.deepEqual(await account.putMany(entries), done);
    const given = {
      CLOUDFLARE_API_BASE_URL: remote.server.baseUrl,
      CLOUDFLARE_API_TOKEN: remote.token.text,
      CLOUDFLARE_ACCOUNT_ID: remote.server.account.id,
    };
    for (const [name, value] of Object.entries(given)) {
      environment[name] = process.env[name];
      process.env[name] = value;
    }
  });
  after(async () => {
    for (const [name, value] of Object.entries(environment)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    transfers.dispose();
    local?.dispose();
    await remote?.stop();
    assert.deepEqual([remote.server.violations, remote.server.strays], [[], []]);
  });

  const fresh = (): KvStore => remote.source.store(remote.server.createPlainNamespace(`n${made++}`).id);
  const pathOf = (name: string): string => join(local.folder, name);
  const exported = async (from: KvStore, format: BulkFormat, keys?: readonly string[]) => {
    const path = pathOf(format === 'folder' ? `export-${made++}` : `export-${made++}.${format}`);
    const selection = keys ? { keys, prefixes: [] } : everything;
    return { path, ...(await exportEntries(selectedEntries(from, selection), { path, format })) };
  };
  const imported = async (path: string, to: KvStore) => {
    const file = await BulkFile.open(path);
    return { file, outcome: await transfers.put((signal) => file.entries(signal), to) };
  };
  const run = (...args: string[]): Promise<WranglerResult> => wrangler(local.folder, 'kv', ...args);

  for (const [at, format] of bulkFormats.entries()) {
    const [from, to] = at % 2 === 0 ? ['an account', 'files'] : ['files', 'an account'];
    it(`carry 500 awkward entries as ${format} from ${from} to ${to}`, async () => {
      const { path, done: count } = await exported(from === 'files' ? files : account, format);
      assert.equal(count, 500);
      const target = to === 'files' ? local.source.store(`to-${format}`) : fresh();
      assert.deepEqual((await imported(path, target)).outcome, done);
      assertEntries(await dump(target), entries);
    });
  }

  it('may be one object of keys and values', async () => {
    // By hand: an object would put names that look like numbers first, and lose `__proto__`.
    const object = (contentOf: (item: (typeof texts)[number]) => unknown): string =>
      `{${texts.map((item) => `${JSON.stringify(item.key)}:${JSON.stringify(contentOf(item))}`).join(',')}}`;
    for (const [name, text] of [
      ['plain', object((item) => item.text)],
      ['got', object((item) => ({ value: item.text }))],
    ] as const) {
      const path = pathOf(`${name}.json`);
      writeFileSync(path, text);
      const to = local.source.store(`object-${name}`);
      assert.equal((await imported(path, to)).outcome.done, texts.length);
      assertEntries(
        await dump(to),
        texts.map(({ key, value }) => ({ key, value })),
      );
    }
  });

  for (const side of ['local', 'remote'] as const) {
    it(`are taken by wrangler --${side}, but for those that the export names`, async () => {
      const from = side === 'local' ? files : account;
      const all = await exported(from, 'json');
      const named = new Set(all.notForWrangler);
      const wanted = entries.filter(({ key }) => !named.has(key));
      assert.deepEqual(
        all.notForWrangler,
        entries.filter(({ metadata }) => metadata !== undefined && typeof metadata !== 'object').map(({ key }) => key),
      );
      const put = (path: string) => run('bulk', 'put', path, ...bound[side].binding);
      const keys = wanted.map(({ key }) => key);
      const some = await exported(from, 'json', keys);
      assert.deepEqual(some.notForWrangler, []);
      const result = await put(some.path);
      assert.equal(result.code, 0, result.stderr + result.stdout);
      assertEntries(await dump(bound[side].store), wanted);
      if (side === 'local') assert.notEqual((await put(all.path)).code, 0);
    });

    it(`may be what wrangler --${side} gets`, async () => {
      const from = side === 'local' ? files : account;
      // Wrangler loses a key `__proto__` in the object that it prints.
      const some = texts.filter(({ key }) => key !== '__proto__').slice(0, MOST_AT_ONCE - 1);
      const { store, binding } = bound[side];
      await store.putMany(await collect(from.getMany(some.map(({ key }) => key))));
      const keys = pathOf(`keys-${side}.json`);
      writeFileSync(keys, JSON.stringify([...some.map(({ key }) => key), 'gone']));
      const got = await run('bulk', 'get', keys, ...binding);
      const values = pathOf(`values-${side}.json`);
      writeFileSync(values, got.stdout);
      const to = local.source.store(`got-${side}`);
      const { file, outcome } = await imported(values, to);
      assert.equal(outcome.done, some.length, got.stderr);
      assert.deepEqual(file.leftOut, { expired: [], missing: ['gone'] });
      assertEntries(
        await dump(to),
        some.map(({ key, value }) => ({ key, value })),
      );
    });
  }

  it('of keys to delete may be what wrangler lists', async () => {
    const { store, binding } = bound.local;
    await store.putMany(entries.slice(0, 50));
    const listed = pathOf('list.json');
    writeFileSync(listed, (await run('key', 'list', ...binding)).stdout);
    assert.deepEqual(
      await readKeyFile(listed),
      (await dump(store)).map(({ key }) => key),
    );
  });
});
