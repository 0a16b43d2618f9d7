import { throwIfCancelled } from './cancel.ts';
import type { KvKeyInfo } from './entry.ts';
import type { KvStore } from './store.ts';

/** Every key with a prefix, page by page, to the end of the listing; empty pages are passed over. */
export async function* listKeys(
  store: KvStore,
  prefix: string | undefined,
  signal?: AbortSignal,
): AsyncGenerator<readonly KvKeyInfo[]> {
  let cursor: string | undefined;
  do {
    throwIfCancelled(signal);
    const page = await store.list(
      { ...(prefix !== undefined && prefix !== '' && { prefix }), ...(cursor !== undefined && { cursor }) },
      signal,
    );
    if (page.keys.length > 0) yield page.keys;
    cursor = page.cursor;
  } while (cursor !== undefined);
}
