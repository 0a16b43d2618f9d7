import type { KvEntry } from '../entry/entry.ts';
import type { KeyFailure } from '../store/store.ts';

/** Values are kept up to this many bytes in all, about the largest document that an editor opens. */
const MOST_BYTES = 32_000_000;

const entries = new WeakMap<KeyFailure, KvEntry>();

/** Remembers the entries that could not be written, for as long as their failures are kept. */
export class RefusedEntries {
  #bytes = 0;

  /** Entries beyond the limit are not kept. */
  keep(failure: KeyFailure, entry: KvEntry): void {
    if (this.#bytes + entry.value.length > MOST_BYTES) return;
    this.#bytes += entry.value.length;
    entries.set(failure, entry);
  }
}

/** The entry that could not be written because of this failure, if known. */
export const refusedEntry = (failure: KeyFailure): KvEntry | undefined => entries.get(failure);
