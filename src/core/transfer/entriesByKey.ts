import type { KvEntry } from '../entry/entry.ts';
import type { KeyFailure, KvReader } from '../store/store.ts';

/** Entries of a store, taken in the order of their keys. Starts reading at once, and holds one entry at a time. */
export class EntriesByKey {
  readonly #entries: AsyncIterator<KvEntry> | undefined;
  readonly #failures = new Map<string, KeyFailure>();
  #next: Promise<IteratorResult<KvEntry>> | undefined;

  constructor(store: KvReader, keys: readonly string[], signal: AbortSignal | undefined) {
    if (keys.length === 0) return;
    this.#entries = store
      .getMany(keys, signal, (failure) => this.#failures.set(failure.key, failure))
      [Symbol.asyncIterator]();
    this.#advance();
  }

  /** The entry of this key; `undefined` if the key is missing. */
  async take(key: string): Promise<KvEntry | undefined> {
    const result = await this.#next;
    if (result === undefined || result.done || result.value.key !== key) return undefined;
    this.#advance();
    return result.value;
  }

  /** Why a key that was taken before could not be read; `undefined` if it was read or is missing. */
  failure(key: string): KeyFailure | undefined {
    return this.#failures.get(key);
  }

  async close(): Promise<void> {
    await this.#entries?.return?.();
  }

  #advance(): void {
    this.#next = this.#entries?.next();
    // An error is thrown when its entry is taken; if that never happens, it is ignored.
    this.#next?.catch(() => {});
  }
}
