import type { KvEntry } from '../entry/entry.ts';

/** An entry to write. */
export interface SourceEntry extends KvEntry {
  /**
   * The range of expirations, in Unix seconds, that earlier runs of this job may have given the entry. Only for an
   * expiration relative to the start of the work; absent if it is always the same.
   */
  readonly endsBetween?: readonly [from: number, to: number];
  /**
   * Set together with `endsBetween`: an entry from an earlier run that expires before this time, in Unix seconds, has
   * too little of its lifetime left to be kept as it is. Absent if every entry may be kept.
   */
  readonly lastsFrom?: number;
}

/** Entries that can be iterated more than once: first to plan, then to write. */
export type EntrySource = (signal: AbortSignal | undefined) => AsyncIterable<SourceEntry>;
