import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Changes, type RunOptions } from '../../src/core/change/changes.ts';
import { Journals } from '../../src/core/change/journal/journals.ts';
import { realProcesses } from '../../src/core/change/journal/owner.ts';
import type { ChangeKind, KeyChange } from '../../src/core/change/keyChange.ts';
import { KeyLocks } from '../../src/core/change/keyLocks.ts';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import { batchLimits } from '../../src/core/store/batches.ts';
import { localFolder } from '../support/localFolder.ts';
import { type Bench, type Figure, median, ms, timed, times } from './figure.ts';
import { memoryFolder } from './memoryFolder.ts';

const DELETED = 100_000;
const PUT = 10_000;
const SAVED = 200;
const ROUNDS = 3;

const entry = (i: number): KvEntry => ({
  key: `session:${String(i).padStart(6, '0')}`,
  value: new Uint8Array(Buffer.from(JSON.stringify({ id: i, name: `user ${i}`, roles: ['guest'] }))),
});

async function* each(count: number, change: (entry: KvEntry) => KeyChange): AsyncGenerator<KeyChange> {
  for (let i = 0; i < count; i++) yield change(entry(i));
}

/** A local folder with changes to it; `megabytes: 0` keeps nothing. */
function local(parent: string) {
  const folder = localFolder({}, parent);
  const changesWith = (megabytes: number) =>
    new Changes({
      journals: new Journals(
        join(folder.folder, 'journal'),
        join(folder.folder, 'undo'),
        { days: 7, megabytes, clock: Date.now },
        realProcesses(),
      ),
      locks: new KeyLocks(),
      storeOf: async ({ id }) => folder.source.store(id),
    });
  return { ...folder, journaled: changesWith(1000), unjournaled: changesWith(0) };
}
type Local = ReturnType<typeof local>;

const operation = (kind: ChangeKind, id: string) => ({ kind, namespace: { source: 'bench', id }, label: 'bench' });

/** Milliseconds of one piece of work in a namespace of its own. */
type Work = (local: Local, namespace: string, isRecorded: boolean) => Promise<number>;

const options = (isRecorded: boolean): RunOptions => ({ limits: batchLimits.local, isUnrecorded: !isRecorded });

const deleting: Work = async ({ source, journaled }, namespace, isRecorded) => {
  const store = source.store(namespace);
  await store.putMany(Array.from({ length: DELETED }, (_, i) => entry(i)));
  const run = () =>
    journaled.run(
      operation('delete', namespace),
      each(DELETED, ({ key }) => ({ key, decide: (now) => (now ? 'delete' : 'keep') })),
      options(isRecorded),
    );
  const { ms: took, result } = await timed(run);
  assert.equal(result.done, DELETED);
  return took;
};

const putting: Work = async ({ journaled }, namespace, isRecorded) => {
  const run = () =>
    journaled.run(
      operation('import', namespace),
      each(PUT, (wanted) => ({ key: wanted.key, bytes: wanted.value.length, decide: () => ({ entry: wanted }) })),
      options(isRecorded),
    );
  const { ms: took, result } = await timed(run);
  assert.equal(result.done, PUT);
  return took;
};

const saving: Work = async ({ journaled, unjournaled }, namespace, isRecorded) => {
  const changes = isRecorded ? journaled : unjournaled;
  const times: number[] = [];
  for (let i = 0; i < SAVED; i++) {
    const wanted = { ...entry(i), key: 'saved' };
    const { ms: took } = await timed(() =>
      changes.one(operation('save', namespace), { key: wanted.key, decide: () => ({ entry: wanted }) }),
    );
    times.push(took);
  }
  return median(times);
};

/** In turns, each in a fresh namespace: a machine that is busy for a while is so for both. */
async function tell(work: string, most: number, run: Work, parent: string, rounds: number): Promise<Figure> {
  const folder = local(parent);
  try {
    const ratios: number[] = [];
    const all: { readonly with: number; readonly without: number }[] = [];
    for (let round = 0; round <= rounds; round++) {
      const measure = (isRecorded: boolean) => run(folder, `${isRecorded}-${round}`, isRecorded);
      const first = await measure(round % 2 === 0);
      const second = await measure(round % 2 !== 0);
      const pair = round % 2 === 0 ? { with: first, without: second } : { with: second, without: first };
      // The first one warms up.
      if (round === 0) continue;
      all.push(pair);
      ratios.push(pair.with / pair.without);
    }
    const ratio = median(ratios);
    const journaledMs = median(all.map((pair) => pair.with));
    const unjournaledMs = median(all.map((pair) => pair.without));
    return {
      work,
      mustReach: `at most ${most} × the same without its journal`,
      measured: `${times(ratio)} (${ms(journaledMs)}, without ${ms(unjournaledMs)})`,
      ok: ratio <= most,
      numbers: { journaledMs, unjournaledMs, ratio },
    };
  } finally {
    folder.dispose();
  }
}

/** What keeping for Undo costs. */
export const changes: Bench = async () => [
  await tell('journaled delete of 100,000 local keys, memory file system', 1.3, deleting, memoryFolder, ROUNDS),
  await tell('journaled put of 10,000 local keys, memory file system', 1.3, putting, memoryFolder, ROUNDS * 3),
  await tell('journaled save of a local key, disk', 1.5, saving, tmpdir(), ROUNDS),
];
