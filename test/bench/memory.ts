import assert from 'node:assert/strict';
import { CloudflareApi } from '../../src/cloudflare/cloudflareApi.ts';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import { matcherOf } from '../../src/core/search/matcherOf.ts';
import { searchKeys, searchValues } from '../../src/core/search/search.ts';
import { listKeys } from '../../src/core/store/listKeys.ts';
import type { KvStore } from '../../src/core/store/store.ts';
import { startServerProcess } from '../support/cloudflare/serverProcess.ts';
import { localFolder } from '../support/localFolder.ts';
import { type Bench, type Figure, MB } from './figure.ts';
import { heapUsed } from './heap.ts';
import { memoryFolder } from './memoryFolder.ts';

const KEYS = 20_000;
const METADATA_BYTES = 1000;
const AGAIN = 4;
const NAMESPACES = 100;
/** Of each namespace: two pages, so that all of them fit into five minutes of requests. */
const SEARCHED_KEYS = 2000;
/** The first hundred keys of each, whose values are read. */
const READ_PREFIX = 'made:up:0000000';
/** What was seen of the newest keys is kept, in a bounded number. */
const MOST_KEPT = 15e6;
const MOST_GROWTH = 2e6;

async function listed(store: KvStore): Promise<void> {
  let count = 0;
  for await (const page of listKeys(store, undefined)) count += page.length;
  assert.equal(count, KEYS);
}

/** What one listing leaves behind, and what more of them leave. */
async function listings(store: KvStore, where: string): Promise<Figure> {
  // What is loaded on first use is not kept of the keys.
  await store.list({ limit: 10 });
  const before = await heapUsed();
  await listed(store);
  const once = await heapUsed();
  for (let i = 0; i < AGAIN; i++) await listed(store);
  const often = await heapUsed();
  const numbers = { keptBytes: once - before, growthBytes: often - once };
  return {
    work: `20,000 ${where} keys listed with 1 kB of metadata, then ${AGAIN} times more`,
    mustReach: `under ${MB(MOST_KEPT)} kept, and no more by doing it again`,
    measured: `${MB(numbers.keptBytes)} kept, ${MB(numbers.growthBytes)} more`,
    ok: numbers.keptBytes < MOST_KEPT && numbers.growthBytes < MOST_GROWTH,
    numbers,
  };
}

async function searches(stores: readonly KvStore[]): Promise<Figure> {
  const matcher = matcherOf({ text: 'nowhere' });
  const search = async (store: KvStore): Promise<void> => {
    let [keys, values] = [0, 0];
    for await (const { searched } of searchKeys(store, undefined, matcher)) keys += searched;
    for await (const { searched } of searchValues(store, READ_PREFIX, matcher)) values += searched;
    assert.deepEqual([keys, values], [SEARCHED_KEYS, 100]);
  };
  try {
    const before = await heapUsed();
    const kept: number[] = [];
    for (const half of [stores.slice(0, NAMESPACES / 2), stores.slice(NAMESPACES / 2)]) {
      for (const store of half) await search(store);
      kept.push((await heapUsed()) - before);
    }
    const [halfBytes = 0, allBytes = 0] = kept;
    const numbers = { keptBytes: allBytes, growthBytes: allBytes - halfBytes };
    return {
      work: `${NAMESPACES} namespaces of an account searched, in ${SEARCHED_KEYS.toLocaleString('en')} keys with 1 kB of metadata and 100 values each`,
      mustReach: `under ${MB(MOST_KEPT)} kept, and no more by the second half of them`,
      measured: `${MB(numbers.keptBytes)} kept, ${MB(numbers.growthBytes)} by the second half`,
      ok: numbers.keptBytes < MOST_KEPT && numbers.growthBytes < MOST_GROWTH,
      numbers,
    };
  } finally {
    matcher.dispose();
  }
}

async function ofAccount(): Promise<Figure[]> {
  const server = await startServerProcess();
  try {
    const makeUp = (title: string, keys: number) =>
      server.command({ checks: false, makeUp: { title, keys, metadataBytes: METADATA_BYTES } });
    await makeUp('listed', KEYS);
    for (let i = 0; i < NAMESPACES; i++) await makeUp(`searched ${i}`, SEARCHED_KEYS);
    const { listed: list, ...others } = (await server.command({})).namespaces;
    const api = new CloudflareApi({ configs: () => [] });
    const source = api.source(server.baseUrl, { id: server.accountId, name: 'bench' }, async () => server.token);
    const stores = Object.entries(others).flatMap(([title, id]) =>
      title.startsWith('searched') ? source.store(id) : [],
    );
    assert.equal(stores.length, NAMESPACES);
    const figures = [await listings(source.store(list ?? assert.fail()), 'remote'), await searches(stores)];
    source.dispose();
    return figures;
  } finally {
    await server.stop();
  }
}

async function ofProject(): Promise<Figure> {
  const local = localFolder({}, memoryFolder);
  try {
    const store = local.source.store('KV');
    const metadata = 'm'.repeat(METADATA_BYTES);
    await store.putMany(
      Array.from({ length: KEYS }, (_, i): KvEntry => ({ key: `key-${i}`, value: new Uint8Array(1), metadata })),
    );
    return await listings(store, 'local');
  } finally {
    local.dispose();
  }
}

/** What stays of keys that nobody looks at any more. */
export const memory: Bench = async () => [await ofProject(), ...(await ofAccount())];
