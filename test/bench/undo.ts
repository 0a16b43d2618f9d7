import assert from 'node:assert/strict';
import type { KeyChange } from '../../src/core/change/keyChange.ts';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import { readEntries } from '../../src/core/store/readEntries.ts';
import type { KvStore } from '../../src/core/store/store.ts';
import { localFolder } from '../support/localFolder.ts';
import { Transfers } from '../support/transfers.ts';
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
  readonly transfers: Transfers;
}

/** Does something to 10,000 keys; the id of its journal. */
type Story = (target: Target) => Promise<string | undefined>;

const remove: Story = async ({ store, transfers }) => {
  const steps = async function* (): AsyncGenerator<KeyChange> {
    for (const { key } of entries(0, COUNT, 'old')) yield { key, decide: () => 'delete' };
  };
  const operation = { kind: 'delete', namespace: { source: 'bench', id: 'bench' }, label: 'bench' } as const;
  const { done, undo } = await transfers.changes(store).run(operation, steps());
  assert.equal(done, COUNT);
  return undo;
};

/** Most of the keys exist already. */
const importOver: Story = async ({ store, transfers }) => {
  const source = async function* () {
    yield* entries(APART, COUNT + APART, 'new');
  };
  const { done, undo } = await transfers.import(source, store);
  assert.equal(done, COUNT);
  return undo;
};

/** Adds, changes and removes keys. */
const sync: Story = async ({ store, other, transfers }) => {
  await other.putMany(entries(APART, COUNT, 'new'));
  const { outcome, undo } = await transfers.sync(other, store);
  assert.equal(outcome.done, COUNT);
  return undo;
};

async function tell(name: string, story: Story): Promise<Figure> {
  const local = localFolder({}, memoryFolder);
  const transfers = new Transfers();
  try {
    const store = local.source.store('target');
    await store.putMany(entries(0, COUNT, 'old'));
    const before = await stateOf(store);
    assert.equal(before.length, COUNT);
    const id = await story({ store, other: local.source.store('other'), transfers });
    assert.ok(id);
    const changed = entry(COUNT / 2, 'changed since');
    await store.put(changed);

    const { ms: took, result } = await timed(() => transfers.undo(id, store));

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
    transfers.dispose();
  }
}

/** Value, metadata and expiration of local keys. */
export const undo: Bench = async () => [
  await tell('a delete of', remove),
  await tell('an import over', importOver),
  await tell('a sync of', sync),
];
