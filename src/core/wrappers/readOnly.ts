import type { KvEntry } from '../entry.ts';
import { KvError } from '../errors.ts';
import type { BulkOptions, KvStore, ListQuery } from '../store.ts';

/**
 * Refuses every write with kind `readOnly` for as long as `reason` gives one: a sentence for the user that says why, and
 * what to do. Asked at each call, so that switching takes effect in stores already handed out.
 */
export const readOnly = (store: KvStore, reason: () => string | undefined): KvStore => new ReadOnlyStore(store, reason);

class ReadOnlyStore implements KvStore {
  readonly #store: KvStore;
  readonly #reason: () => string | undefined;

  constructor(store: KvStore, reason: () => string | undefined) {
    this.#store = store;
    this.#reason = reason;
  }

  async list(query: ListQuery, signal?: AbortSignal) {
    return await this.#store.list(query, signal);
  }

  async get(key: string, signal?: AbortSignal) {
    return await this.#store.get(key, signal);
  }

  getMany(keys: readonly string[], signal?: AbortSignal) {
    return this.#store.getMany(keys, signal);
  }

  async put(entry: KvEntry, signal?: AbortSignal) {
    this.#refuse();
    await this.#store.put(entry, signal);
  }

  async delete(key: string, signal?: AbortSignal) {
    this.#refuse();
    await this.#store.delete(key, signal);
  }

  async putMany(entries: readonly KvEntry[], options?: BulkOptions) {
    this.#refuse();
    return await this.#store.putMany(entries, options);
  }

  async deleteMany(keys: readonly string[], options?: BulkOptions) {
    this.#refuse();
    return await this.#store.deleteMany(keys, options);
  }

  #refuse(): void {
    const reason = this.#reason();
    if (reason !== undefined) throw new KvError('readOnly', reason);
  }
}
