import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createReadStream, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import type { KvStore } from '../../src/core/store/store.ts';
import { Comparison } from '../../src/core/transfer/comparison.ts';
import { type LocalFolder, localFolder } from '../support/localFolder.ts';
import { wrangler, writeProject } from '../support/wrangler.ts';
import { type Bench, type Figure, MB, ms, timed, times } from './figure.ts';
import { memoryFolder } from './memoryFolder.ts';
import { writeLargeFile } from './transfer/largeFile.ts';
import { inProcess, type Worked } from './transfer/work.ts';

const KEYS = 100_000;
/** wrangler takes most of a minute for these: it is given no more, and compared by the key. */
const WRANGLER_KEYS = 10_000;
const LARGE_BYTES = 2e9;
const MAX_GROWTH_BYTES = 150e6;

const entries: readonly KvEntry[] = Array.from({ length: KEYS }, (_, i) => ({
  key: `user:${String(i).padStart(6, '0')}:profile`,
  value: new Uint8Array(Buffer.from(JSON.stringify({ id: i, name: `user ${i}`, roles: ['guest'] }))),
  metadata: { role: i % 7 === 0 ? 'admin' : 'guest', version: i },
  ...(i % 3 === 0 && { expiration: 2_000_000_000 + i }),
}));

async function assertSame(left: KvStore, right: KvStore): Promise<void> {
  const comparison = new Comparison(left, right);
  for await (const { key, kind } of comparison) assert.fail(`${key}: ${kind}`);
  assert.equal(comparison.counts.same, KEYS);
}

/** Milliseconds for a key. */
const perKey = (took: number, keys: number): number => took / keys;

async function ours(local: LocalFolder): Promise<Record<'export' | 'import', Record<'ndjson' | 'json', Worked>>> {
  const original = local.source.store('original');
  assert.equal((await original.putMany(entries)).done, KEYS);
  const { folder } = local;
  const work = async (direction: 'import' | 'export', format: 'ndjson' | 'json'): Promise<Worked> => {
    const namespace = direction === 'export' ? 'original' : format;
    const worked = await inProcess({ direction, folder, namespace, file: join(folder, `all.${format}`) });
    assert.equal(worked.done, KEYS);
    if (direction === 'import') await assertSame(original, local.source.store(namespace));
    return worked;
  };
  return {
    export: { ndjson: await work('export', 'ndjson'), json: await work('export', 'json') },
    import: { ndjson: await work('import', 'ndjson'), json: await work('import', 'json') },
  };
}

/** `bulk get`, which has no metadata, of some of the keys, and `bulk put` of as many. */
async function byWrangler({ folder }: LocalFolder): Promise<Record<'export' | 'import', number>> {
  const some = entries.slice(0, WRANGLER_KEYS);
  writeProject(folder, { ORIGINAL: 'original', THEIRS: 'theirs' });
  writeFileSync(join(folder, 'keys.json'), JSON.stringify(some.map(({ key }) => key)));
  const items = some.map(({ value, ...rest }) => ({ ...rest, value: Buffer.from(value).toString() }));
  writeFileSync(join(folder, 'some.json'), JSON.stringify(items));
  const bulk = async (...args: string[]) => {
    const { ms: took, result } = await timed(() => wrangler(folder, 'kv', 'bulk', ...args, '--local'));
    assert.equal(result.code, 0, result.stderr);
    return { took, stdout: result.stdout };
  };
  const get = await bulk('get', 'keys.json', '--binding', 'ORIGINAL');
  assert.equal(Object.keys(JSON.parse(get.stdout.toString())).length, WRANGLER_KEYS);
  return { export: get.took, import: (await bulk('put', 'some.json', '--binding', 'THEIRS')).took };
}

async function manyKeys(): Promise<readonly Figure[]> {
  // A disk would take minutes to remove the 300,000 files again.
  const local = localFolder({}, memoryFolder);
  try {
    const worked = await ours(local);
    const wranglerMs = await byWrangler(local);
    return (['export', 'import'] as const).map((direction): Figure => {
      const { ndjson, json } = worked[direction];
      const ratio = perKey(wranglerMs[direction], WRANGLER_KEYS) / perKey(Math.max(ndjson.ms, json.ms), KEYS);
      const growthBytes = Math.max(ndjson.growthBytes, json.growthBytes);
      const command = direction === 'export' ? 'wrangler kv bulk get' : 'wrangler kv bulk put';
      return {
        work: `${direction} 100,000 local keys, NDJSON and JSON, memory file system`,
        mustReach: `≥ 10 × ${command}, by the key; under 150 MB more memory`,
        measured: `${times(ratio)} (${ms(ndjson.ms)} and ${ms(json.ms)}, wrangler ${ms(wranglerMs[direction])} for 10,000), ${MB(growthBytes)}`,
        ok: ratio >= 10 && growthBytes < MAX_GROWTH_BYTES,
        numbers: { ndjsonMs: ndjson.ms, jsonMs: json.ms, wranglerOf10000Ms: wranglerMs[direction], growthBytes },
      };
    });
  } finally {
    local.dispose();
  }
}

async function digestOf(path: string): Promise<string> {
  const digest = createHash('sha256');
  await pipeline(createReadStream(path), digest);
  return digest.digest('hex');
}

async function largeFile(): Promise<readonly Figure[]> {
  const local = localFolder();
  try {
    const { folder } = local;
    const file = join(folder, 'large.ndjson');
    const count = writeLargeFile(file, LARGE_BYTES);
    const digest = await digestOf(file);
    const work = async (direction: 'import' | 'export'): Promise<Figure> => {
      const worked = await inProcess({ direction, folder, namespace: 'large', file });
      assert.equal(worked.done, count);
      const { growthBytes, heapBytes } = worked;
      const perSecond = LARGE_BYTES / (worked.ms / 1000);
      return {
        work: `${direction} one NDJSON of 2 GB, values of 100 kB to 1 MB`,
        mustReach: 'under 150 MB more memory',
        measured: `${MB(growthBytes)} (heap ${MB(heapBytes)} at most), ${ms(worked.ms)}, ${MB(perSecond)}/s`,
        ok: growthBytes < MAX_GROWTH_BYTES,
        numbers: { growthBytes, heapBytes, ms: worked.ms, keys: count },
      };
    };
    const imported = await work('import');
    rmSync(file);
    const exported = await work('export');
    assert.equal(await digestOf(file), digest);
    return [imported, exported];
  } finally {
    local.dispose();
  }
}

/** Bulk files into and out of local namespaces, each in a process of its own whose memory is watched. */
export const files: Bench = async () => [...(await manyKeys()), ...(await largeFile())];
