import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isKvError, KvError } from '../../../src/core/base/errors.ts';
import { type JournalInfo, Journals } from '../../../src/core/change/journal/journals.ts';
import { KeyLocks } from '../../../src/core/change/keyLocks.ts';
import type { KvEntry } from '../../../src/core/entry/entry.ts';
import type { Expectation, KvStore, WriteOptions, WriteOutcome } from '../../../src/core/store/store.ts';
import { ForwardingStore } from '../../../src/core/store/wrappers/forwarding.ts';
import { MemoryFiles } from '../../support/memoryFiles.ts';
import { checkModel } from '../../support/model/check.ts';
import type { Mutation, Scenario } from '../../support/model/world.ts';

const RUNS = 1000;
/** Always the same runs; `npm run bench -- changeModel` makes others. */
const SEED = 1;
/** On a machine that is busy with other things. */
const LONGEST_MS = 8000;
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
}

const mutations: Readonly<Record<string, Mutation & { readonly shows: RegExp }>> = {
  'the locks': { locks: () => new NoLocks(), shows: /says that somebody else wrote|goes on for ever/ },
  'the comparison': { store: (store: KvStore) => new Blind(store), shows: /and has seen/ },
  'the binding of a journal to its operation': {
    journals: Unbound,
    shows: /which goes on|did not make|taken back, it is/,
  },
  'the certainty of an outcome': {
    store: (store: KvStore) => new Certain(store),
    shows: /says that it did not write|nobody has/,
  },
};

describe('two windows, a Worker and a network with faults, in any order of their steps', function () {
  this.timeout(60_000);
  let files: MemoryFiles;
  before(() => {
    files = new MemoryFiles();
  });
  after(() => files.dispose());

  for (const kind of kinds) {
    it(`lose nothing, say what they did, and can be taken back, on a store that ${kind}`, async () => {
      const result = await checkModel(files, { kind, runs: RUNS, seed: SEED, limitMs: LONGEST_MS });
      const { counterexample, error } = { error: undefined, ...result };
      // What there was time for was good.
      assert.equal(counterexample, null, `${fc.defaultReportMessage(result)}${error ?? ''}`);
      assert.ok(result.numRuns > 50);
    });
  }

  for (const [part, { shows, ...mutation }] of Object.entries(mutations)) {
    for (const kind of kinds) {
      it(`show it when ${part} is switched off, on a store that ${kind}`, async () => {
        const { failed, errorInstance } = await checkModel(files, { kind, runs: 3 * RUNS, seed: SEED, mutation });
        assert.ok(failed);
        assert.match(errorInstance instanceof Error ? errorInstance.message : '', shows);
      });
    }
  }
});
