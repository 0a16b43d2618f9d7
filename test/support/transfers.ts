import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ChangeOutcome, Changes } from '../../src/core/change/changes.ts';
import { Journals } from '../../src/core/change/journal/journals.ts';
import { realProcesses } from '../../src/core/change/journal/owner.ts';
import type { ChangeKind, Operation } from '../../src/core/change/keyChange.ts';
import { KeyLocks } from '../../src/core/change/keyLocks.ts';
import { type UndoOptions, undoChange } from '../../src/core/change/undo/undoChange.ts';
import type { UndoOutcome } from '../../src/core/change/undo/undoLedger.ts';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import { type BatchLimits, batchLimits } from '../../src/core/store/batches.ts';
import type { EntrySource } from '../../src/core/store/entrySource.ts';
import { selectedEntries } from '../../src/core/store/selection.ts';
import type { BulkOptions, BulkOutcome, KvStore } from '../../src/core/store/store.ts';
import type { ComparisonCounts } from '../../src/core/transfer/comparison.ts';
import { type PlanOptions, type PutPlan, planPut } from '../../src/core/transfer/putPlan.ts';
import { withSpool } from '../../src/core/transfer/spool.ts';
import { planSync, syncSteps } from '../../src/core/transfer/sync.ts';

export const everything = { keys: [], prefixes: [''] };

/** Everything in a namespace, in listing order. */
export async function dump(store: KvStore): Promise<KvEntry[]> {
  const entries: KvEntry[] = [];
  for await (const { value, ...rest } of selectedEntries(store, everything)) {
    entries.push({ ...rest, value: new Uint8Array(value) });
  }
  return entries;
}

/** Asserts equal values, metadata and expirations; reports the differing keys instead of printing all values. */
export function assertEntries(actual: readonly KvEntry[], wanted: readonly KvEntry[]): void {
  assert.deepEqual(
    actual.map(({ key }) => key),
    wanted.map(({ key }) => key),
  );
  const plain = ({ value, ...rest }: KvEntry) => ({ ...rest, value: Buffer.from(value).toString('base64') });
  for (const [at, entry] of actual.entries()) assert.deepEqual(plain(entry), plain(wanted[at] ?? assert.fail()));
}

/** Wraps a store and records the keys of its bulk writes and deletes. */
export function noted(store: KvStore): { readonly store: KvStore; readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    store: {
      list: (...args) => store.list(...args),
      get: (...args) => store.get(...args),
      getMany: (...args) => store.getMany(...args),
      put: (...args) => store.put(...args),
      delete: (...args) => store.delete(...args),
      async putMany(entries, options) {
        asked.push(...entries.map(({ key }) => key));
        return await store.putMany(entries, options);
      },
      async deleteMany(keys, options) {
        asked.push(...keys);
        return await store.deleteMany(keys, options);
      },
    },
  };
}

/** Writes like the commands, with journals in its own folder. */
export class Transfers {
  readonly folder = join(tmpdir(), `kv-transfers-${randomUUID()}`);
  readonly #options = { days: 7, megabytes: 100, clock: Date.now };
  readonly journals = new Journals(
    join(this.folder, 'journal'),
    join(this.folder, 'undo'),
    this.#options,
    realProcesses(),
  );
  readonly #locks = new KeyLocks();

  /** The size limit of journals; 0 for none. */
  set megabytes(megabytes: number) {
    this.#options.megabytes = megabytes;
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }

  /** Changes that write to this store. */
  changes(store: KvStore): Changes {
    return new Changes({ journals: this.journals, locks: this.#locks, storeOf: async () => store });
  }

  /** Writes like an import. A resumed import skips what is already as it should be. */
  async put(source: EntrySource, to: KvStore, options: PutOptions = {}): Promise<BulkOutcome> {
    return plain(await this.import(source, to, options));
  }

  /** The same, returning its plan and the id to undo it by. */
  async import(source: EntrySource, to: KvStore, options: PutOptions = {}): Promise<ChangeOutcome & { plan: PutPlan }> {
    const { resuming = false, onConflict = 'overwrite', earlier, mayChange, limits, ...rest } = options;
    const plan = await planPut(source, to, {
      isResuming: resuming,
      onConflict,
      mayChange,
      ...(limits && { limits }),
      ...(rest.signal && { signal: rest.signal }),
    });
    const answer = onConflict === 'skip' ? 'skip' : 'overwrite';
    const work = { command: 'importKeys', args: 'a test', title: 'A test', total: plan.total };
    const outcome = await this.changes(to).run(subject('import'), plan.steps(answer, rest.signal), {
      ...rest,
      work,
      earlier,
      limits: limits ?? limitsOf(to),
    });
    return { ...outcome, plan };
  }

  /** Copies to several stores one after another, from a single read, like the commands. */
  async copy(from: KvStore, targets: readonly KvStore[]): Promise<BulkOutcome[]> {
    const outcomes: BulkOutcome[] = [];
    await withSpool(
      (signal) => selectedEntries(from, everything, signal),
      async (source) => {
        for (const to of targets) outcomes.push(await this.put(source, to));
      },
    );
    return outcomes;
  }

  /** Syncs like the command, removing what is only in the target. */
  async sync(
    from: KvStore,
    to: KvStore,
    { deleteExtra = true, earlier, ...options }: SyncOptions = {},
  ): Promise<Synced> {
    const plan = await planSync(from, to, {});
    const { steps, total } = syncSteps(from, plan, deleteExtra);
    const work = { command: 'syncNamespace', args: 'a test', title: 'A test', total };
    const outcome = await this.changes(to).run(subject('sync'), steps(options.signal), {
      limits: limitsOf(to),
      ...options,
      work,
      earlier,
    });
    const { undo } = outcome;
    return { counts: plan.counts, outcome: plain(outcome), total, ...(undo !== undefined && { undo }) };
  }

  /** Undoes a change of this store. */
  async undo(id: string | undefined, store: KvStore, options: UndoOptions = {}): Promise<UndoOutcome> {
    const info = (id === undefined ? undefined : await this.journals.find(id)) ?? assert.fail('no such change');
    return await undoChange(info, { journals: this.journals, changes: this.changes(store) }, options);
  }
}

/** The limits that the commands choose. */
const limitsOf = (to: KvStore): BatchLimits => batchLimits[to.staleMs === undefined ? 'local' : 'remote'];

interface Synced {
  readonly counts: ComparisonCounts;
  readonly outcome: BulkOutcome;
  /** Id to undo it by. */
  readonly undo?: string;
  readonly total: number;
}

const plain = ({ done, skipped, failed, cancelled }: BulkOutcome): BulkOutcome => ({
  done,
  skipped,
  failed,
  cancelled,
});

interface PutOptions extends BulkOptions {
  readonly resuming?: boolean;
  readonly onConflict?: PlanOptions['onConflict'];
  readonly mayChange?: boolean;
  readonly earlier?: string | undefined;
  readonly limits?: BatchLimits;
}

interface SyncOptions extends BulkOptions {
  readonly deleteExtra?: boolean;
  readonly earlier?: string | undefined;
  readonly limits?: BatchLimits;
}

const subject = (kind: ChangeKind): Operation => ({
  kind,
  namespace: { source: 'source', id: 'namespace' },
  label: 'A test',
});
