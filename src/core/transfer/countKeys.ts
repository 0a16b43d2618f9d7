import type { KvEntry } from '../entry/entry.ts';
import type { LifetimeClock } from '../entry/lifetimeClock.ts';
import { listKeys } from '../store/listKeys.ts';
import type { Selection } from '../store/selection.ts';
import type { BulkOptions, KvPage, KvReader, ListQuery, OnUnread } from '../store/store.ts';

/** The most keys that are counted, so that the user need not wait long. */
const MOST_COUNTED = 100_000;
/** How long a listing is reused: as long as a KV listing may lag behind the writes anyway. */
const KEPT_MS = 60_000;

export interface CountedKeys {
  readonly keys: number;
  /** False if there are too many keys to count. */
  readonly isAll: boolean;
  /** The same store, which for a minute reuses the pages that were listed for the count. */
  readonly store: KvReader;
}

/** Counts the keys of a selection, up to 100,000 listed ones. `report` is called with the count so far. */
export async function countKeys(
  store: KvReader,
  { keys: single, prefixes }: Selection,
  { signal, report }: BulkOptions = {},
): Promise<CountedKeys> {
  const listing = new KeptListing(store);
  let keys = single.length;
  let isAll = true;
  for (const prefix of prefixes) {
    for await (const page of listKeys(listing, prefix, signal)) {
      keys += page.length;
      report?.(keys);
      isAll = keys - single.length < MOST_COUNTED;
      if (!isAll) break;
    }
    if (!isAll) break;
  }
  listing.isKept = false;
  return { keys, isAll, store: listing };
}

/** Returns each page that was listed while `isKept` was set once more. */
class KeptListing implements KvReader {
  readonly #store: KvReader;
  readonly #pages = new Map<string, { readonly page: Promise<KvPage>; readonly at: number }>();
  readonly staleMs?: number;
  readonly clock?: LifetimeClock;
  isKept = true;

  constructor(store: KvReader) {
    this.#store = store;
    if (store.staleMs !== undefined) this.staleMs = store.staleMs;
    if (store.clock !== undefined) this.clock = store.clock;
  }

  get(key: string, signal?: AbortSignal): Promise<KvEntry | undefined> {
    return this.#store.get(key, signal);
  }

  getMany(keys: readonly string[], signal?: AbortSignal, onUnread?: OnUnread): AsyncIterable<KvEntry> {
    return this.#store.getMany(keys, signal, onUnread);
  }

  async list(query: ListQuery, signal?: AbortSignal): Promise<KvPage> {
    const { prefix = '', cursor = '', limit } = query;
    const id = JSON.stringify([prefix, cursor, limit]);
    const kept = this.#pages.get(id);
    this.#pages.delete(id);
    if (kept && performance.now() - kept.at < KEPT_MS) return await kept.page;
    const page = this.#store.list(query, signal);
    if (this.isKept) this.#pages.set(id, { page, at: performance.now() });
    return await page;
  }
}
