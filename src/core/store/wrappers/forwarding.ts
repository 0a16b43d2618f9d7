import type { KvEntry } from '../../entry/entry.ts';
import type { LifetimeClock } from '../../entry/lifetimeClock.ts';
import type { Expectation, KvPage, KvStore, ListQuery, OnUnread, WriteOptions, WriteOutcome } from '../store.ts';

/** Passes every call on to `store`; a subclass overrides only the methods it is about. */
export class ForwardingStore implements KvStore {
  protected readonly store: KvStore;
  readonly staleMs?: number;
  readonly clock?: LifetimeClock;

  constructor(store: KvStore) {
    this.store = store;
    if (store.staleMs !== undefined) this.staleMs = store.staleMs;
    if (store.clock !== undefined) this.clock = store.clock;
  }

  list(query: ListQuery, signal?: AbortSignal): Promise<KvPage> {
    return this.store.list(query, signal);
  }

  get(key: string, signal?: AbortSignal): Promise<KvEntry | undefined> {
    return this.store.get(key, signal);
  }

  getMany(keys: readonly string[], signal?: AbortSignal, onUnread?: OnUnread): AsyncIterable<KvEntry> {
    return this.store.getMany(keys, signal, onUnread);
  }

  put(entry: KvEntry, signal?: AbortSignal, expected?: Expectation): Promise<void> {
    return this.store.put(entry, signal, expected);
  }

  delete(key: string, signal?: AbortSignal, expected?: Expectation): Promise<void> {
    return this.store.delete(key, signal, expected);
  }

  putMany(entries: readonly KvEntry[], options?: WriteOptions): Promise<WriteOutcome> {
    return this.store.putMany(entries, options);
  }

  deleteMany(keys: readonly string[], options?: WriteOptions): Promise<WriteOutcome> {
    return this.store.deleteMany(keys, options);
  }
}
