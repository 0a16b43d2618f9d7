import type { KvEntry } from './entry.ts';

/** What a backend knows a stored entry by: two reads of the same one have equal texts, and another one has another. */
export type EntryVersion = string;

const versions = new WeakMap<KvEntry, EntryVersion>();

/** Keeps the version with an entry that was read; it is not part of what is compared, copied or written. */
export function withVersion(entry: KvEntry, version: EntryVersion): KvEntry {
  versions.set(entry, version);
  return entry;
}

/** The version of an entry as it was read; `undefined` for one that was made here, or by a backend without versions. */
export const versionOf = (entry: KvEntry): EntryVersion | undefined => versions.get(entry);
