import { throwIfCancelled } from '../base/cancel.ts';
import type { KvKeyInfo } from '../entry/entry.ts';
import type { KvPage, KvReader, ListQuery } from './store.ts';

type Lister = Pick<KvReader, 'list'>;

/**
 * The first page that has keys, or the last page. Keys that were deleted or that expired recently may leave empty
 * pages.
 */
export async function firstPage(store: Lister, query: ListQuery, signal?: AbortSignal): Promise<KvPage> {
  let page = await store.list(query, signal);
  while (page.keys.length === 0 && page.cursor !== undefined) {
    throwIfCancelled(signal);
    page = await store.list({ ...query, cursor: page.cursor }, signal);
  }
  return page;
}

/**
 * A key as its listing shows it; `undefined` if it is not listed. One result is enough, because a key sorts before all
 * other keys that begin with it.
 */
export async function listedKey(store: Lister, key: string, signal?: AbortSignal): Promise<KvKeyInfo | undefined> {
  const { keys } = await firstPage(store, { prefix: key, limit: 1 }, signal);
  return keys.find(({ name }) => name === key);
}
