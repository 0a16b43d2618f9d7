import { isKvError } from '../core/base/errors.ts';
import type { KvEntry } from '../core/entry/entry.ts';
import type { Expectation, KvStore, KvWrite, WriteOptions, WriteOutcome } from '../core/store/store.ts';
import { ForwardingStore } from '../core/store/wrappers/forwarding.ts';

export interface WatchedStoreParts {
  readonly store: KvStore;
  /**
   * Called after a write with the keys, and with what it made of them unless only some were written, or may have been.
   */
  readonly onDidWrite: (keys: readonly string[], wrote?: readonly KvWrite[]) => void;
}

/** Reports every write. */
export const watched = (parts: WatchedStoreParts): KvStore => new WatchedStore(parts);

class WatchedStore extends ForwardingStore {
  readonly #onDidWrite: WatchedStoreParts['onDidWrite'];

  constructor({ store, onDidWrite }: WatchedStoreParts) {
    super(store);
    this.#onDidWrite = onDidWrite;
  }

  override async put(entry: KvEntry, signal?: AbortSignal, expected?: Expectation): Promise<void> {
    await this.#written(this.store.put(entry, signal, expected), writeOf(entry));
  }

  override async delete(key: string, signal?: AbortSignal, expected?: Expectation): Promise<void> {
    await this.#written(this.store.delete(key, signal, expected), deletionOf(key));
  }

  override async putMany(entries: readonly KvEntry[], options?: WriteOptions): Promise<WriteOutcome> {
    const keys = entries.map(({ key }) => key);
    const outcome = await this.store.putMany(entries, options);
    return this.#announced(keys, outcome, () => entries.map(writeOf));
  }

  override async deleteMany(keys: readonly string[], options?: WriteOptions): Promise<WriteOutcome> {
    const outcome = await this.store.deleteMany(keys, options);
    return this.#announced(keys, outcome, () => keys.map(deletionOf));
  }

  async #written(work: Promise<void>, write: KvWrite): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (isKvError(error) && error.uncertain) this.#onDidWrite([write.name]);
      throw error;
    }
    this.#onDidWrite([write.name], [write]);
  }

  #announced(keys: readonly string[], outcome: WriteOutcome, wrote: () => readonly KvWrite[]): WriteOutcome {
    const { done, failed } = outcome;
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
