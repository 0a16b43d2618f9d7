import type { KvEntry } from '../entry/entry.ts';

/** Entries that can be gone through more than once: first to plan, then to write. */
export type EntrySource = (signal: AbortSignal | undefined) => AsyncIterable<KvEntry>;
