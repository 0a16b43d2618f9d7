import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import type { KvEntry, KvKeyInfo } from '../../src/core/entry/entry.ts';
import { listKeys } from '../../src/core/store/listKeys.ts';
import type { KvStore } from '../../src/core/store/store.ts';
import { localFolder } from '../support/localFolder.ts';
import { wrangler, writeProject } from '../support/wrangler.ts';
import { type Bench, type Figure, medianOf, ms, timed, times } from './figure.ts';

const MANY = 100_000;
const FEW = 1000;

const entry = (i: number): KvEntry => ({
  key: `user:${String(i).padStart(6, '0')}:profile`,
  value: new Uint8Array([i & 255]),
  metadata: { role: i % 7 === 0 ? 'admin' : 'guest', version: i },
});

async function fill(store: KvStore, count: number): Promise<void> {
  const { done } = await store.putMany(Array.from({ length: count }, (_, i) => entry(i)));
  assert.equal(done, count);
}

async function listAll(store: KvStore): Promise<KvKeyInfo[]> {
  const keys: KvKeyInfo[] = [];
  for await (const page of listKeys(store, undefined)) keys.push(...page);
  return keys;
}

/** The same rows by SQLite alone, in this thread. */
function listAlone(file: string): void {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const rows = database.prepare('SELECT key, expiration, metadata FROM _mf_entries ORDER BY key').all();
    assert.equal(rows.length, MANY);
  } finally {
    database.close();
  }
}

/** The first page of a large and of a small namespace, and a whole listing against wrangler's on the same data. */
export const localList: Bench = async (): Promise<readonly Figure[]> => {
  const local = localFolder();
  try {
    writeProject(local.folder, { MANY: 'many', FEW: 'few' });
    const many = local.source.store('many');
    const few = local.source.store('few');
    await fill(many, MANY);
    await fill(few, FEW);

    const firstOfMany = await medianOf(15, () => many.list({}));
    const firstOfFew = await medianOf(15, () => few.list({}));

    const ours = await medianOf(5, () => listAll(many));
    const args = ['kv', 'key', 'list', '--binding', 'MANY', '--local'];
    const theirs = [
      await timed(() => wrangler(local.folder, ...args)),
      await timed(() => wrangler(local.folder, ...args)),
    ].sort((a, b) => a.ms - b.ms)[0];
    assert.ok(theirs);
    assert.deepEqual(await listAll(many), JSON.parse(theirs.result.stdout.toString()));
    const ratio = theirs.ms / ours;
    const alone = await medianOf(5, async () => listAlone(local.source.state.filesOf('many').database));
    const overAlone = ours / alone;
    return [
      {
        work: 'first 1,000 of 100,000 local keys, handle open',
        mustReach: 'under 50 ms, at most 2 × that of 1,000',
        measured: `${ms(firstOfMany)}, ${times(firstOfMany / firstOfFew)}`,
        ok: firstOfMany < 50 && firstOfMany <= 2 * firstOfFew,
        numbers: { firstOfManyMs: firstOfMany, firstOfFewMs: firstOfFew },
      },
      {
        work: 'list 100,000 local keys with metadata',
        mustReach: '≥ 20 × wrangler kv key list, at most 3 × the query in SQLite alone',
        measured: `${times(ratio)} (${ms(ours)}, wrangler ${ms(theirs.ms)}), ${times(overAlone)} SQLite (${ms(alone)})`,
        ok: ratio >= 20 && overAlone <= 3,
        numbers: { oursMs: ours, wranglerMs: theirs.ms, sqliteMs: alone },
      },
    ];
  } finally {
    local.dispose();
  }
};
