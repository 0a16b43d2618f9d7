import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isKvError, KvError } from '../../../src/core/base/errors.ts';
import type { JournalInfo } from '../../../src/core/change/journal/journalInfo.ts';
import { Journals } from '../../../src/core/change/journal/journals.ts';
import { KeyLocks } from '../../../src/core/change/keyLocks.ts';
import type { KvEntry } from '../../../src/core/entry/entry.ts';
import type { Expectation, KvStore, WriteOptions, WriteOutcome } from '../../../src/core/store/store.ts';
import { ForwardingStore } from '../../../src/core/store/wrappers/forwarding.ts';
import { MemoryFiles } from '../../support/memoryFiles.ts';
import { checkModel } from '../../support/model/check.ts';
import type { Mutation, Scenario, Trouble, World } from '../../support/model/world.ts';

/** Of each kind. */
const RUNS = 1250;
/** Always the same runs, to the last step; `npm run bench -- changeModel` makes others. */
const SEED = 1;
/** With each trouble. */
const TROUBLED_RUNS = 300;
const troubles: readonly Trouble[] = ['lifetimes', 'unreadable', 'littleRoom'];
const kinds: readonly Scenario['kind'][] = ['compares', 'reviews'];

/** Nobody waits for anybody. */
class NoLocks extends KeyLocks {
  override async acquire() {
    return () => {};
  }

  override isChangedSince(): boolean {
    return false;
  }
}

/** Writes over whatever is there. */
class Blind extends ForwardingStore {
  override async put(entry: KvEntry, signal?: AbortSignal): Promise<void> {
    await this.store.put(entry, signal);
  }

  override async delete(key: string, signal?: AbortSignal): Promise<void> {
    await this.store.delete(key, signal);
  }

  override async putMany(entries: readonly KvEntry[], { expected: _, ...options }: WriteOptions = {}) {
    return await this.store.putMany(entries, options);
  }

  override async deleteMany(keys: readonly string[], { expected: _, ...options }: WriteOptions = {}) {
    return await this.store.deleteMany(keys, options);
  }
}

/** Takes a lost answer for a refusal. */
class Certain extends ForwardingStore {
  override async put(entry: KvEntry, signal?: AbortSignal, expected?: Expectation): Promise<void> {
    await certainly(this.store.put(entry, signal, expected));
  }

  override async delete(key: string, signal?: AbortSignal, expected?: Expectation): Promise<void> {
    await certainly(this.store.delete(key, signal, expected));
  }

  override async putMany(entries: readonly KvEntry[], options?: WriteOptions) {
    return certain(await this.store.putMany(entries, options));
  }

  override async deleteMany(keys: readonly string[], options?: WriteOptions) {
    return certain(await this.store.deleteMany(keys, options));
  }
}

async function certainly(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    throw isKvError(error) ? new KvError(error.kind, error.message) : error;
  }
}

const certain = (outcome: WriteOutcome): WriteOutcome => ({
  ...outcome,
  failed: outcome.failed.map(({ key, error }) => ({ key, error: new KvError(error.kind, error.message) })),
});

/** A journal is anybody's while its operation goes on. */
class Unbound extends Journals {
  override async list(): Promise<JournalInfo[]> {
    return (await super.list()).map((info) => ({ ...info, state: 'whole' }));
  }

  override async checkEnded(id: string): Promise<JournalInfo> {
    return (await this.find(id)) ?? (await super.checkEnded(id));
  }
}

/** Real time passes by so much with every look at it. */
async function inJumps(ms: number, work: () => Promise<unknown>): Promise<void> {
  const clocks = [Date, performance];
  const real = clocks.map((clock) => clock.now);
  let ahead = 0;
  for (const clock of clocks) {
    const now = clock.now.bind(clock);
    clock.now = () => {
      ahead += ms;
      return now() + ahead;
    };
  }
  try {
    await work();
  } finally {
    for (const [at, clock] of clocks.entries()) Object.assign(clock, { now: real[at] });
  }
}

const mutations: Readonly<Record<string, Mutation & { readonly shows: RegExp }>> = {
  'the locks': { locks: () => new NoLocks(), shows: /says that somebody else wrote “.”$/m },
  'the comparison': { store: (store: KvStore) => new Blind(store), shows: /^\S+ writes “.” over .+ and has seen /m },
  'the binding of a journal to its operation': {
    journals: Unbound,
    shows: /^undo-\d+ takes back .+, which goes on$/m,
  },
  'the certainty of an outcome': {
    store: (store: KvStore) => new Certain(store),
    shows: /says that it did not write “.”$/m,
  },
};

describe('two windows, a Worker and a network with faults, in any order of their steps', function () {
  // Only what hangs needs so long.
  this.timeout(600_000);
  let files: MemoryFiles;
  before(() => {
    files = new MemoryFiles();
  });
  after(() => files.dispose());

  for (const kind of kinds) {
    it(`lose nothing, say what they did, and can be taken back, on a store that ${kind}`, async () => {
      const result = await checkModel(files, { kind, runs: RUNS, seed: SEED });
      const { counterexample, error } = { error: undefined, ...result };
      assert.equal(counterexample, null, `${fc.defaultReportMessage(result)}${error ?? ''}`);
      assert.equal(result.numRuns, RUNS);
    });

    for (const trouble of troubles) {
      it(`do so with ${trouble}, on a store that ${kind}`, async () => {
        const result = await checkModel(files, { kind, trouble, runs: TROUBLED_RUNS, seed: SEED });
        const { counterexample, error } = { error: undefined, ...result };
        assert.equal(counterexample, null, `${fc.defaultReportMessage(result)}${error ?? ''}`);
      });
    }

    it(`go the same way again by the same seed, whatever the real time, on a store that ${kind}`, async () => {
      const ways = async (jumpMs: number): Promise<readonly string[]> => {
        const found: string[] = [];
        const onRun = ({ turns, ground: { log } }: World): void => {
          found.push(`${turns.steps} ${turns.now()} ${turns.random()} ${log.map(({ by, key }) => `${by} ${key}`)}`);
        };
        await inJumps(jumpMs, () => checkModel(files, { kind, runs: 100, seed: SEED, onRun }));
        return found;
      };
      assert.deepEqual(await ways(100_000), await ways(0));
    });
  }

  for (const [part, { shows, ...mutation }] of Object.entries(mutations)) {
    for (const kind of kinds) {
      it(`show it when ${part} is switched off, on a store that ${kind}`, async () => {
        const { failed, errorInstance } = await checkModel(files, { kind, runs: RUNS, seed: SEED, mutation, shows });
        assert.ok(failed);
        assert.match(errorInstance instanceof Error ? errorInstance.message : '', shows);
      });
    }
  }
});
