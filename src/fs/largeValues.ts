import type { KvEntry } from '../core/entry/entry.ts';
import { aboutText } from '../core/entry/entryDigest.ts';
import { listedKey } from '../core/store/firstPage.ts';
import type { KvReader } from '../core/store/store.ts';

/** Remote values larger than this are not read just to see whether they changed. */
export const LARGE_BYTES = 1024 * 1024;

/** Whether metadata and expiration are unchanged. For a large value this is enough, except just before a save. */
export async function seemsUnchanged(
  store: KvReader,
  key: string,
  seen: Pick<KvEntry, 'metadata' | 'expiration'>,
): Promise<boolean> {
  const info = await listedKey(store, key);
  return info !== undefined && aboutText(info) === aboutText(seen);
}
