import type { KvEntry } from '../entry/entry.ts';
import type { KeyFailure, KvReader } from '../store/store.ts';

/** Entries of a store, taken in the order of their keys. Reading begins at once; one of them at a time is held here. */
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

  /** The entry of this key; `undefined` when it was missing. */
  async take(key: string): Promise<KvEntry | undefined> {
    const result = await this.#next;
    if (result === undefined || result.done || result.value.key !== key) return undefined;
    this.#advance();
    return result.value;
  }

  /** Why a key that was taken before could not be read; `undefined` when it was read, or is missing. */
  failure(key: string): KeyFailure | undefined {
    return this.#failures.get(key);
  }

  async close(): Promise<void> {
    await this.#entries?.return?.();
  }

  #advance(): void {
    this.#next = this.#entries?.next();
    // An error is told where its turn comes, or to nobody.
    this.#next?.catch(() => {});
  }
}
