import { isKvError } from '../core/base/errors.ts';
import type { KvEntry } from '../core/entry/entry.ts';
import type { BulkOptions, KvStore, ListQuery } from '../core/store/store.ts';
import { isWithoutSqlite } from './faultErrors.ts';

/**
 * A store whose reads go to another one where the editor has no SQLite. When that one fails too, the missing SQLite is
 * what is reported.
 */
export class ReadsElsewhere implements KvStore {
  readonly #store: KvStore;
  readonly #other: KvStore;

  constructor(store: KvStore, other: KvStore) {
    this.#store = store;
    this.#other = other;
  }

  async list(query: ListQuery, signal?: AbortSignal) {
    return await this.#read((store) => store.list(query, signal));
  }

  async get(key: string, signal?: AbortSignal) {
    return await this.#read((store) => store.get(key, signal));
  }

  async *getMany(keys: readonly string[], signal?: AbortSignal) {
    let failure: unknown;
    try {
      yield* this.#store.getMany(keys, signal);
      return;
    } catch (error) {
      // Thrown by the first read, so nothing was given yet.
      if (!isWithoutSqlite(error)) throw error;
      failure = error;
    }
    try {
      yield* this.#other.getMany(keys, signal);
    } catch (error) {
      throw isKvError(error, 'cancelled') ? error : failure;
    }
  }

  async put(entry: KvEntry, signal?: AbortSignal) {
    await this.#store.put(entry, signal);
  }

  async delete(key: string, signal?: AbortSignal) {
    await this.#store.delete(key, signal);
  }

  async putMany(entries: readonly KvEntry[], options?: BulkOptions) {
    return await this.#store.putMany(entries, options);
  }

  async deleteMany(keys: readonly string[], options?: BulkOptions) {
    return await this.#store.deleteMany(keys, options);
  }

  async #read<T>(read: (store: KvStore) => Promise<T>): Promise<T> {
    try {
      return await read(this.#store);
    } catch (error) {
      if (!isWithoutSqlite(error)) throw error;
      return await read(this.#other).catch((other: unknown) => {
        throw isKvError(other, 'cancelled') ? other : error;
      });
    }
  }
}
