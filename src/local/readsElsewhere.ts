import { isKvError } from '../core/base/errors.ts';
import type { KvStore, ListQuery, OnUnread } from '../core/store/store.ts';
import { ForwardingStore } from '../core/store/wrappers/forwarding.ts';
import { isWithoutSqlite } from './faultErrors.ts';

/**
 * A store that reads through another store if the editor has no SQLite. If that one fails too, the missing SQLite is
 * reported.
 */
export class ReadsElsewhere extends ForwardingStore {
  readonly #other: KvStore;

  constructor(store: KvStore, other: KvStore) {
    super(store);
    this.#other = other;
  }

  override async list(query: ListQuery, signal?: AbortSignal) {
    return await this.#read((store) => store.list(query, signal));
  }

  override async get(key: string, signal?: AbortSignal) {
    return await this.#read((store) => store.get(key, signal));
  }

  override async *getMany(keys: readonly string[], signal?: AbortSignal, onUnread?: OnUnread) {
    let failure: unknown;
    try {
      yield* this.store.getMany(keys, signal, onUnread);
      return;
    } catch (error) {
      // The first read throws this, so nothing was yielded yet.
      if (!isWithoutSqlite(error)) throw error;
      failure = error;
    }
    try {
      yield* this.#other.getMany(keys, signal, onUnread);
    } catch (error) {
      throw isKvError(error, 'cancelled') ? error : failure;
    }
  }

  async #read<T>(read: (store: KvStore) => Promise<T>): Promise<T> {
    try {
      return await read(this.store);
    } catch (error) {
      if (!isWithoutSqlite(error)) throw error;
      return await read(this.#other).catch((other: unknown) => {
        throw isKvError(other, 'cancelled') ? other : error;
      });
    }
  }
}
