import type { KvEntry } from '../entry/entry.ts';
import type { KvReader, OnUnread } from './store.ts';

/** The entries of keys as they are now; keys that are missing are not in the map, unread ones are told. */
export async function readStates(
  store: KvReader,
  keys: readonly string[],
  signal: AbortSignal | undefined,
  onUnread: OnUnread,
): Promise<Map<string, KvEntry>> {
  const entries = new Map<string, KvEntry>();
  for await (const entry of store.getMany(keys, signal, onUnread)) entries.set(entry.key, entry);
  return entries;
}
