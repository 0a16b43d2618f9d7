import type { KvEntry } from '../entry/entry.ts';

/** An entry to write. */
export interface SourceEntry extends KvEntry {
  /**
   * Its expiration counts from the start of the work: what earlier starts may have given it, in Unix seconds. Absent
   * where it is always the same.
   */
  readonly endsBetween?: readonly [from: number, to: number];
  /**
   * With it: what an earlier start has given an end before this one, in Unix seconds, has too little left of its
   * lifetime to stay as it is. Absent where everything may stay.
   */
  readonly lastsFrom?: number;
}

/** Entries that can be gone through more than once: first to plan, then to write. */
export type EntrySource = (signal: AbortSignal | undefined) => AsyncIterable<SourceEntry>;
