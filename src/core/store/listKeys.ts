import { throwIfCancelled } from '../base/cancel.ts';
import type { KvKeyInfo } from '../entry/entry.ts';
import type { KvReader } from './store.ts';

/**
 * Every key with a prefix, page by page, to the end of the listing; empty pages are passed over. The next page is on
 * its way while one is being used. Only the first page is something that somebody waits for.
 */
export async function* listKeys(
  store: KvReader,
  prefix: string | undefined,
  signal?: AbortSignal,
): AsyncGenerator<readonly KvKeyInfo[]> {
  const query = prefix === undefined || prefix === '' ? {} : { prefix };
  let coming: ReturnType<KvReader['list']> | undefined = store.list(query, signal);
  while (coming !== undefined) {
    const page: Awaited<ReturnType<KvReader['list']>> = await coming;
    throwIfCancelled(signal);
    coming =
      page.cursor === undefined ? undefined : store.list({ ...query, cursor: page.cursor, background: true }, signal);
    // The caller may stop before it asks again: an error is then nobody's.
    coming?.catch(() => {});
    if (page.keys.length > 0) yield page.keys;
  }
}
