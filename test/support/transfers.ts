import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BackupStore } from '../../src/core/change/undo/backup.ts';
import type { KvEntry } from '../../src/core/entry/entry.ts';
import type { EntrySource } from '../../src/core/store/entrySource.ts';
import { selectedEntries } from '../../src/core/store/selection.ts';
import type { BulkOptions, BulkOutcome, KvStore } from '../../src/core/store/store.ts';
import type { ComparisonCounts } from '../../src/core/transfer/compare.ts';
import { planPut, putEntries } from '../../src/core/transfer/putEntries.ts';
import { withSpool } from '../../src/core/transfer/spool.ts';
import { planSync, Sync } from '../../src/core/transfer/sync.ts';

export const everything = { keys: [], prefixes: [''] };
const subject = { source: 'source', namespace: 'namespace', label: 'A test' };

/** Everything in a namespace, in the order of its listing. */
export async function dump(store: KvStore): Promise<KvEntry[]> {
  const entries: KvEntry[] = [];
  for await (const { value, ...rest } of selectedEntries(store, everything)) {
    entries.push({ ...rest, value: new Uint8Array(value) });
  }
  return entries;
}

/** Equal in value, metadata and expiration; names the keys that differ instead of printing all values. */
export function assertEntries(actual: readonly KvEntry[], wanted: readonly KvEntry[]): void {
  assert.deepEqual(
    actual.map(({ key }) => key),
    wanted.map(({ key }) => key),
  );
  const plain = ({ value, ...rest }: KvEntry) => ({ ...rest, value: Buffer.from(value).toString('base64') });
  for (const [at, entry] of actual.entries()) assert.deepEqual(plain(entry), plain(wanted[at] ?? assert.fail()));
}

/** The same store, and the keys that many were written, or deleted, by. */
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

/** Writes many entries as the commands do: backups in a folder of its own. */
export class Transfers {
  readonly #folder = join(tmpdir(), `kv-transfers-${randomUUID()}`);
  readonly #options = { days: 7, megabytes: 100, clock: Date.now };
  readonly #backups = new BackupStore(this.#folder, this.#options);

  /** What backups may take; 0 for none. */
  set megabytes(megabytes: number) {
    this.#options.megabytes = megabytes;
  }

  dispose(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** As an import does; one that is taken up again leaves out what is as it should be. */
  async put(
    source: EntrySource,
    to: KvStore,
    { resuming = false, ...options }: BulkOptions & { readonly resuming?: boolean } = {},
  ): Promise<BulkOutcome> {
    const { settled } = await planPut(source, to, this.#backups, { ...subject, kind: 'import' }, { resuming });
    return await putEntries(source, to, { settled, ...options });
  }

  /** As copies to several stores do, one after another, from one reading. */
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

  /** As a sync does that removes what is only in the target. */
  async sync(
    from: KvStore,
    to: KvStore,
    options: BulkOptions = {},
  ): Promise<{ readonly counts: ComparisonCounts; readonly outcome: BulkOutcome }> {
    const plan = await planSync(from, to, {});
    const sync = new Sync(from, to, plan, true);
    await sync.backUp(this.#backups, subject, {});
    return { counts: plan.counts, outcome: await sync.run(options) };
  }
}
