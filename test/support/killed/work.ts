// Deletes, imports or syncs local keys, slowly enough for its parent to kill it. Run by test/contract/killed.test.ts.
import { setTimeout as wait } from 'node:timers/promises';
import { Changes } from '../../../src/core/change/changes.ts';
import { Journals } from '../../../src/core/change/journal/journals.ts';
import { realProcesses } from '../../../src/core/change/journal/owner.ts';
import type { KeyChange } from '../../../src/core/change/keyChange.ts';
import { KeyLocks } from '../../../src/core/change/keyLocks.ts';
import type { KvEntry } from '../../../src/core/entry/entry.ts';
import type { WriteOptions, WriteOutcome } from '../../../src/core/store/store.ts';
import { ForwardingStore } from '../../../src/core/store/wrappers/forwarding.ts';
import { planSync, syncSteps } from '../../../src/core/transfer/sync.ts';
import { defaultStateFolder } from '../../../src/local/stateFolder.ts';
import { localFolder } from '../localFolder.ts';
import { type KilledWork, keysOf, namespace, wantedEntry } from './story.ts';

const { folder, kind, count }: KilledWork = JSON.parse(process.argv[2] ?? '');
const local = localFolder({ projectFolder: folder, stateFolder: defaultStateFolder(folder) });

/** Prints when each batch is written, and after the second one waits to be killed. */
class Slow extends ForwardingStore {
  #batches = 0;

  override async putMany(entries: readonly KvEntry[], options?: WriteOptions): Promise<WriteOutcome> {
    return await this.#slowly(() => this.store.putMany(entries, options));
  }

  override async deleteMany(keys: readonly string[], options?: WriteOptions): Promise<WriteOutcome> {
    return await this.#slowly(() => this.store.deleteMany(keys, options));
  }

  async #slowly(write: () => Promise<WriteOutcome>): Promise<WriteOutcome> {
    const outcome = await write();
    this.#batches++;
    console.log(`written ${this.#batches}`);
    // The third batch is written, but not marked as written.
    if (this.#batches === 3) await wait(60_000);
    return outcome;
  }
}

const store = new Slow(local.source.store(namespace.id));
const options = { days: 7, megabytes: 100, clock: Date.now };
const journals = new Journals(`${folder}/journal`, `${folder}/undo`, options, realProcesses());
const changes = new Changes({ journals, locks: new KeyLocks(), storeOf: async () => store });

async function* steps(): AsyncGenerator<KeyChange> {
  for (const [i, key] of keysOf(count).entries()) {
    const entry = wantedEntry(i);
    yield { key, decide: (now) => (kind === 'delete' ? (now ? 'delete' : 'keep') : { entry }) };
  }
}

const limits = { items: 100, bytes: 1e6 };
const work = { command: 'test', args: { kind }, title: 'A test', total: count };
if (kind === 'sync') {
  const from = local.source.store('other');
  const plan = await planSync(from, store, {});
  await changes.run({ kind, namespace, label: 'A test' }, syncSteps(from, plan, true).steps(undefined), {
    limits,
    work,
  });
} else {
  await changes.run({ kind, namespace, label: 'A test' }, steps(), { limits, work });
}
