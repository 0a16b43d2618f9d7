import assert from 'node:assert/strict';
import { join } from 'node:path';
import { BackupStore } from '../../src/core/change/undo/backup.ts';
import { backUpKeys } from '../../src/core/change/undo/keysBackup.ts';
import { restore } from '../../src/core/change/undo/restore.ts';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import { readEntries } from '../../src/core/store/readEntries.ts';
import type { KvStore } from '../../src/core/store/store.ts';
import { planPut, putEntries } from '../../src/core/transfer/putEntries.ts';
import { planSync, Sync } from '../../src/core/transfer/sync.ts';
import { localFolder } from '../support/localFolder.ts';
import { type Bench, type Figure, ms, timed } from './figure.ts';
import { memoryFolder } from './memoryFolder.ts';

const COUNT = 10_000;
/** As many of the keys are only on one side of an import or a sync. */
const APART = 2000;

/** `edition` makes another value, other metadata and another expiration. */
const entry = (i: number, edition: string): KvEntry => ({
  key: `session:${String(i).padStart(5, '0')}`,
  value: new Uint8Array(Buffer.from(JSON.stringify({ edition, id: i, roles: ['guest'] }))),
  ...(i % 5 !== 0 && { metadata: { edition, version: i } }),
  ...(i % 3 !== 0 && { expiration: 2_000_000_000 + i + edition.length }),
});

const entries = (from: number, to: number, edition: string): KvEntry[] =>
  Array.from({ length: to - from }, (_, i) => entry(from + i, edition));

async function stateOf(store: KvStore): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const { key, value, metadata, expiration } of readEntries(store, undefined)) {
    lines.push(JSON.stringify([key, Buffer.from(value).toString('base64'), metadata, expiration]));
  }
  return lines;
}

interface Target {
  readonly store: KvStore;
  /** With other keys and values, to sync from. */
  readonly other: KvStore;
  readonly backups: BackupStore;
}

/** Does something to 10,000 keys; the id of its backup. */
type Story = (target: Target) => Promise<string | undefined>;

const SUBJECT = { source: 'bench', namespace: 'bench', label: 'bench' };

const remove: Story = async ({ store, backups }) => {
  const keys = entries(0, COUNT, 'old').map(({ key }) => key);
  const { signal } = new AbortController();
  const backup = await backUpKeys(backups, { ...SUBJECT, kind: 'delete' }, store, keys, { signal });
  assert.equal((await store.deleteMany(keys)).done, COUNT);
  return backup?.id;
};

/** Most of the keys exist already. */
const importOver: Story = async ({ store, backups }) => {
  const source = async function* () {
    yield* entries(APART, COUNT + APART, 'new');
  };
  const { undo, existing } = await planPut(source, store, backups, { ...SUBJECT, kind: 'import' });
  assert.equal(existing.count, COUNT - APART);
  assert.equal((await putEntries(source, store, {})).done, COUNT);
  return undo;
};

/** Adds, changes and removes keys. */
const sync: Story = async ({ store, other, backups }) => {
  await other.putMany(entries(APART, COUNT, 'new'));
  const plan = await planSync(other, store, {});
  const syncing = new Sync(other, store, plan, true);
  const backup = await syncing.backUp(backups, SUBJECT, {});
  assert.equal((await syncing.run({})).done, COUNT);
  return backup?.id;
};

async function tell(name: string, story: Story): Promise<Figure> {
  const local = localFolder({}, memoryFolder);
  try {
    const options = { days: 7, megabytes: 100, clock: Date.now };
    const backups = new BackupStore(join(local.folder, 'backups'), options);
    const store = local.source.store('target');
    await store.putMany(entries(0, COUNT, 'old'));
    const before = await stateOf(store);
    assert.equal(before.length, COUNT);
    const id = await story({ store, other: local.source.store('other'), backups });
    assert.ok(id);
    const changed = entry(COUNT / 2, 'changed since');
    await store.put(changed);

    const { ms: took, result } = await timed(() => restore(backups.read(id), store));

    assert.deepEqual(result.changed, [changed.key]);
    assert.deepEqual([result.done, result.failed.length], [COUNT - 1, 1]);
    assert.deepEqual(await store.get(changed.key), changed);
    await store.put(entry(COUNT / 2, 'old'));
    assert.deepEqual(await stateOf(store), before);
    const perSecond = result.done / (took / 1000);
    return {
      work: `undo of ${name} 10,000 local keys, memory file system`,
      mustReach: 'all exactly as before, what was changed since left alone',
      measured: `${ms(took)}, ${Math.round(perSecond).toLocaleString('en')} keys/s: ${result.done.toLocaleString('en')} restored, 1 left alone`,
      ok: true,
      numbers: { ms: took, keysPerSecond: perSecond },
    };
  } finally {
    local.dispose();
  }
}

/** Value, metadata and expiration of local keys. */
export const undo: Bench = async () => [
  await tell('a delete of', remove),
  await tell('an import over', importOver),
  await tell('a sync of', sync),
];
