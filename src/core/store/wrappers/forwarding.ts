import type { KvEntry } from '../../entry/entry.ts';
import type { BulkOptions, BulkOutcome, KvPage, KvStore, ListQuery } from '../store.ts';

/** Passes every call on to `store`; a wrapper overrides those that it is about. */
export class ForwardingStore implements KvStore {
  protected readonly store: KvStore;

  constructor(store: KvStore) {
    this.store = store;
  }

  list(query: ListQuery, signal?: AbortSignal): Promise<KvPage> {
    return this.store.list(query, signal);
  }

  get(key: string, signal?: AbortSignal): Promise<KvEntry | undefined> {
    return this.store.get(key, signal);
  }

  getMany(keys: readonly string[], signal?: AbortSignal): AsyncIterable<KvEntry> {
    return this.store.getMany(keys, signal);
  }

  put(entry: KvEntry, signal?: AbortSignal): Promise<void> {
    return this.store.put(entry, signal);
  }

  delete(key: string, signal?: AbortSignal): Promise<void> {
    return this.store.delete(key, signal);
  }

  putMany(entries: readonly KvEntry[], options?: BulkOptions): Promise<BulkOutcome> {
    return this.store.putMany(entries, options);
  }

  deleteMany(keys: readonly string[], options?: BulkOptions): Promise<BulkOutcome> {
    return this.store.deleteMany(keys, options);
  }
}
