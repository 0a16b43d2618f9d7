import type { KvEntry, KvKeyInfo } from '../core/entry/entry.ts';
import { entryDigest } from '../core/entry/entryDigest.ts';
import { checkEditable, formatKeysDocument } from '../core/entry/keysDocument.ts';
import { findListed } from '../core/store/findListed.ts';
import { listKeys } from '../core/store/listKeys.ts';
import { readListed } from '../core/store/readEntries.ts';
import type { KvReader } from '../core/store/store.ts';
import type { KeptKeys, LoadedKeys } from './keysDocument.ts';

/**
 * Reads what a document of many keys contains. Throws `tooLarge` if it would contain too much. If an existing key
 * cannot be read, throws with its name: a document without it would mean that the key does not exist.
 */
export async function loadKeys(store: KvReader, what: KeptKeys['what'], signal?: AbortSignal): Promise<LoadedKeys> {
  const entries = await entriesOf(store, what, signal);
  return {
    opened: entries.map((entry) => [entry.key, entryDigest(entry) ?? ''] as const),
    text: formatKeysDocument(entries),
  };
}

async function entriesOf(
  store: KvReader,
  what: KeptKeys['what'],
  signal: AbortSignal | undefined,
): Promise<readonly KvEntry[]> {
  const entries: KvEntry[] = [];
  let bytes = 0;
  for await (const entry of 'keys' in what
    ? readNamed(store, what.keys, signal)
    : readAll(store, what.prefix, signal)) {
    bytes += entry.value.length;
    checkEditable(entries.length, bytes);
    entries.push(entry);
  }
  return entries;
}

async function* readAll(store: KvReader, prefix: string, signal: AbortSignal | undefined): AsyncGenerator<KvEntry> {
  const listed: KvKeyInfo[] = [];
  for await (const page of listKeys(store, prefix, signal)) {
    listed.push(...page);
    checkEditable(listed.length, 0);
  }
  yield* readListed(store, listed, signal);
}

async function* readNamed(
  store: KvReader,
  keys: readonly string[],
  signal: AbortSignal | undefined,
): AsyncGenerator<KvEntry> {
  checkEditable(keys.length, 0);
  const missing = new Set(keys);
  for await (const entry of store.getMany(keys, signal)) {
    missing.delete(entry.key);
    yield entry;
  }
  if (store.staleMs === undefined || missing.size === 0) return;
  const listed = await findListed(store, [...missing], signal);
  yield* readListed(store, [...listed.values()], signal);
}
