import type { KvEntry } from '../core/entry/entry.ts';
import { entryDigest } from '../core/entry/entryDigest.ts';
import { checkEditable, formatKeysDocument, MOST_EDITED_KEYS } from '../core/entry/keysDocument.ts';
import { listKeys } from '../core/store/listKeys.ts';
import type { KvReader } from '../core/store/store.ts';
import type { KeptKeys, LoadedKeys } from './keysDocument.ts';

/** Reads what a document of many keys is about; throws `tooLarge` for more than one should hold. */
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
  const keys: string[] = 'keys' in what ? [...what.keys] : [];
  if ('prefix' in what) {
    for await (const page of listKeys(store, what.prefix, signal)) {
      for (const { name } of page) keys.push(name);
      if (keys.length > MOST_EDITED_KEYS) break;
    }
  }
  checkEditable(keys.length, 0);
  const entries: KvEntry[] = [];
  let bytes = 0;
  for await (const entry of store.getMany(keys, signal)) {
    bytes += entry.value.length;
    checkEditable(keys.length, bytes);
    entries.push(entry);
  }
  return entries;
}
