import { throwIfCancelled } from '../base/cancel.ts';
import type { KvKeyInfo } from '../entry/entry.ts';
import type { KvReader } from './store.ts';

/**
 * Every key with a prefix, page by page, to the end of the listing. Skips empty pages, and requests the next page while
 * one is being used. All pages but the first are background requests.
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
    // The caller may stop before it takes the next page; an error is then ignored.
    coming?.catch(() => {});
    if (page.keys.length > 0) yield page.keys;
  }
}
