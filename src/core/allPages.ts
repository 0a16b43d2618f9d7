import type { KvKeyInfo } from './entry.ts';
import type { KvStore } from './store.ts';

/** The keys of a whole listing, page by page; the next page is on its way while one is being used. */
export async function* allPages(
  store: KvStore,
  query: { readonly prefix?: string },
  signal?: AbortSignal,
): AsyncIterable<readonly KvKeyInfo[]> {
  let coming: ReturnType<KvStore['list']> | undefined = store.list(query, signal);
  while (coming !== undefined) {
    const { keys, cursor } = await coming;
    coming = cursor === undefined ? undefined : store.list({ ...query, cursor }, signal);
    // The caller may stop before it asks again: an error is then nobody's.
    coming?.catch(() => {});
    yield keys;
  }
}
