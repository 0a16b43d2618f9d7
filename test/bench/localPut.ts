import assert from 'node:assert/strict';
import { closeSync, existsSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import { newBlobId } from '../../src/local/sqlite/blobs.ts';
import { type LocalFolder, localFolder } from '../support/localFolder.ts';
import { wrangler, writeProject } from '../support/wrangler.ts';
import { type Bench, type Figure, median, ms, timed, times } from './figure.ts';

const COUNT = 10_000;
const ROUNDS = 11;
const MEMORY = '/dev/shm';

const entries: readonly KvEntry[] = Array.from({ length: COUNT }, (_, i) => ({
  key: `session:${i}`,
  value: new Uint8Array(Buffer.from(JSON.stringify({ id: i, name: `user ${i}`, roles: ['guest'] }))),
}));

/** The least that any way of writing has to do: one file per value, as the format has it. */
function createFiles(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const { value } of entries) {
    const descriptor = openSync(join(folder, newBlobId()), 'wx', 0o644);
    writeSync(descriptor, value);
    closeSync(descriptor);
  }
}

/**
 * Several rounds, each in fresh places. A disk may turn ten times slower for some seconds, so each round compares the
 * two kinds of work done one right after the other, in turns the one and the other first; the medians count. What a
 * round made stays until the last one: a disk that is told of freed blocks lets the next work wait for it.
 */
async function oursAndFiles(local: LocalFolder): Promise<{ oursMs: number; filesMs: number; overFiles: number }> {
  const rounds: { ours: number; files: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const create = async () => (await timed(async () => createFiles(join(local.folder, `files-${round}`)))).ms;
    const put = async () => {
      const { ms: took, result } = await timed(() => local.source.store(`ours-${round}`).putMany(entries));
      assert.equal(result.done, COUNT);
      return took;
    };
    if (round % 2 === 0) {
      const files = await create();
      rounds.push({ files, ours: await put() });
    } else {
      const ours = await put();
      rounds.push({ files: await create(), ours });
    }
  }
  return {
    oursMs: median(rounds.map(({ ours }) => ours)),
    filesMs: median(rounds.map(({ files }) => files)),
    overFiles: median(rounds.map(({ ours, files }) => ours / files)),
  };
}

async function byWrangler(local: LocalFolder): Promise<number> {
  writeProject(local.folder, { KV: 'theirs' });
  const items = entries.map(({ key, value }) => ({ key, value: Buffer.from(value).toString() }));
  writeFileSync(join(local.folder, 'bulk.json'), JSON.stringify(items));
  const { ms: took, result } = await timed(() =>
    wrangler(local.folder, 'kv', 'bulk', 'put', 'bulk.json', '--binding', 'KV', '--local'),
  );
  assert.equal(result.code, 0, result.stderr);
  return took;
}

async function measure(parent: string) {
  const local = localFolder({}, parent);
  try {
    const numbers = await oursAndFiles(local);
    return { ...numbers, wranglerMs: await byWrangler(local) };
  } finally {
    local.dispose();
  }
}

/** 10,000 values in one call, against `wrangler kv bulk put` of the same and against creating the files alone. */
export const localPut: Bench = async () => {
  const figures: Figure[] = [];
  if (existsSync(MEMORY)) {
    const numbers = await measure(MEMORY);
    const ratio = numbers.wranglerMs / numbers.oursMs;
    figures.push({
      work: 'put 10,000 local keys, memory file system',
      mustReach: '≥ 60 × wrangler kv bulk put',
      measured: `${times(ratio)} (${ms(numbers.oursMs)}, wrangler ${ms(numbers.wranglerMs)})`,
      ok: ratio >= 60,
      numbers,
    });
  }
  const numbers = await measure(tmpdir());
  const ratio = numbers.wranglerMs / numbers.oursMs;
  figures.push({
    work: 'put 10,000 local keys, disk',
    mustReach: 'within 1.5 × of creating the files, ≥ 5 × wrangler',
    measured: `${times(numbers.overFiles)} the files (${ms(numbers.oursMs)}, ${ms(numbers.filesMs)}), ${times(ratio)} wrangler (${ms(numbers.wranglerMs)})`,
    ok: numbers.overFiles <= 1.5 && ratio >= 5,
    numbers,
  });
  return figures;
};
