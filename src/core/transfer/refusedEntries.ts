import type { KvEntry } from '../entry/entry.ts';
import type { BulkOutcome } from '../store/store.ts';

type Failure = BulkOutcome['failed'][number];

/** Values are kept up to so many bytes in all: an editor takes no document of much more. */
const MOST_BYTES = 32_000_000;

const entries = new WeakMap<Failure, KvEntry>();

/** Keeps the entries that could not be written with their failures, for as long as those are kept. */
export class RefusedEntries {
  #bytes = 0;

  /** `failed` are failures of these entries; what is too much in all is not kept. */
  keep(failed: readonly Failure[], batch: readonly KvEntry[]): void {
    if (failed.length === 0) return;
    const byKey = new Map(batch.map((entry) => [entry.key, entry]));
    for (const failure of failed) {
      const entry = byKey.get(failure.key);
      if (!entry || this.#bytes + entry.value.length > MOST_BYTES) continue;
      this.#bytes += entry.value.length;
      entries.set(failure, entry);
    }
  }
}

/** The entry that this failure kept from being written, where it is known. */
export const refusedEntry = (failure: Failure): KvEntry | undefined => entries.get(failure);
