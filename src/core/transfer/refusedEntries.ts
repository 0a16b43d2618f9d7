import type { KvEntry } from '../entry/entry.ts';
import type { KeyFailure } from '../store/store.ts';

/** Values are kept up to so many bytes in all: an editor takes no document of much more. */
const MOST_BYTES = 32_000_000;

const entries = new WeakMap<KeyFailure, KvEntry>();

/** Keeps the entries that could not be written with their failures, for as long as those are kept. */
export class RefusedEntries {
  #bytes = 0;

  /** What is too much in all is not kept. */
  keep(failure: KeyFailure, entry: KvEntry): void {
    if (this.#bytes + entry.value.length > MOST_BYTES) return;
    this.#bytes += entry.value.length;
    entries.set(failure, entry);
  }
}

/** The entry that this failure kept from being written, where it is known. */
export const refusedEntry = (failure: KeyFailure): KvEntry | undefined => entries.get(failure);
