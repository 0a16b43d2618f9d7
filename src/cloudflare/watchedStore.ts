import { isKvError } from '../core/base/errors.ts';
import type { KvEntry } from '../core/entry/entry.ts';
import type {
  Expectation,
  KvStore,
  KvWrite,
  ListQuery,
  OnUnread,
  WriteOptions,
  WriteOutcome,
} from '../core/store/store.ts';
import { ForwardingStore } from '../core/store/wrappers/forwarding.ts';
import type { Connection } from './connection.ts';

export interface WatchedStoreParts {
  readonly store: KvStore;
  readonly connection: Connection;
  /** Called after a write with what it made of the keys, unless only some of them were written, or perhaps. */
  readonly onDidWrite: (keys: readonly string[], wrote?: readonly KvWrite[]) => void;
}

/** Tells how the account can be reached, and what was written. */
export const watched = (parts: WatchedStoreParts): KvStore => new WatchedStore(parts);

class WatchedStore extends ForwardingStore {
  readonly #connection: Connection;
  readonly #onDidWrite: WatchedStoreParts['onDidWrite'];

  constructor({ store, connection, onDidWrite }: WatchedStoreParts) {
    super(store);
    this.#connection = connection;
    this.#onDidWrite = onDidWrite;
  }

  override async list(query: ListQuery, signal?: AbortSignal) {
    return await this.#connection.watch(this.store.list(query, signal));
  }

  override async get(key: string, signal?: AbortSignal) {
    return await this.#connection.watch(this.store.get(key, signal));
  }

  override async *getMany(keys: readonly string[], signal?: AbortSignal, onUnread?: OnUnread): AsyncIterable<KvEntry> {
    try {
      yield* this.store.getMany(keys, signal, onUnread);
    } catch (error) {
      this.#connection.failed(error);
      throw error;
    }
  }

  override async put(entry: KvEntry, signal?: AbortSignal, expected?: Expectation): Promise<void> {
    await this.#written(this.store.put(entry, signal, expected), writeOf(entry));
  }

  override async delete(key: string, signal?: AbortSignal, expected?: Expectation): Promise<void> {
    await this.#written(this.store.delete(key, signal, expected), deletionOf(key));
  }

  override async putMany(entries: readonly KvEntry[], options?: WriteOptions): Promise<WriteOutcome> {
    const keys = entries.map(({ key }) => key);
    const outcome = await this.#connection.watch(this.store.putMany(entries, options));
    return this.#told(keys, outcome, () => entries.map(writeOf));
  }

  override async deleteMany(keys: readonly string[], options?: WriteOptions): Promise<WriteOutcome> {
    const outcome = await this.#connection.watch(this.store.deleteMany(keys, options));
    return this.#told(keys, outcome, () => keys.map(deletionOf));
  }

  async #written(work: Promise<void>, write: KvWrite): Promise<void> {
    try {
      await this.#connection.watch(work);
    } catch (error) {
      if (isKvError(error) && error.uncertain) this.#onDidWrite([write.name]);
      throw error;
    }
    this.#onDidWrite([write.name], [write]);
  }

  #told(keys: readonly string[], outcome: WriteOutcome, wrote: () => readonly KvWrite[]): WriteOutcome {
    const { done, failed } = outcome;
    for (const { error } of failed.slice(0, 1)) this.#connection.failed(error);
    if (done === keys.length) this.#onDidWrite(keys, wrote());
    else if (done > 0 || failed.some(({ uncertain }) => uncertain)) this.#onDidWrite(keys);
    return outcome;
  }
}

const writeOf = ({ key, metadata, expiration }: KvEntry): KvWrite => ({
  name: key,
  ...(metadata !== undefined && { metadata }),
  ...(expiration !== undefined && { expiration }),
});

const deletionOf = (key: string): KvWrite => ({ name: key, isDeleted: true });
