import type { KvEntry } from './entry.ts';

/**
 * Identifies a stored entry in its backend: two reads of the same entry give equal strings, and a different entry gives
 * a different one.
 */
export type EntryVersion = string;

const versions = new WeakMap<KvEntry, EntryVersion>();

/** Remembers the version of an entry that was read. The version is not part of what is compared, copied or written. */
export function withVersion(entry: KvEntry, version: EntryVersion): KvEntry {
  versions.set(entry, version);
  return entry;
}

/**
 * The version of an entry as it was read; `undefined` if the entry was created here, or the backend has no versions.
 */
export const versionOf = (entry: KvEntry): EntryVersion | undefined => versions.get(entry);
