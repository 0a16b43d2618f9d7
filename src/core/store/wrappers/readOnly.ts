import { KvError } from '../../base/errors.ts';
import type { KvEntry } from '../../entry/entry.ts';
import type { Expectation, KvStore, WriteOptions } from '../store.ts';
import { ForwardingStore } from './forwarding.ts';

/**
 * Refuses every write with kind `readOnly` as long as `reason` returns one: a sentence for the user that says why, and
 * what to do. It is called for every write, so that a change affects stores already in use, and again right before a
 * write sends anything.
 */
export const readOnly = (store: KvStore, reason: () => string | undefined): KvStore => new ReadOnlyStore(store, reason);

class ReadOnlyStore extends ForwardingStore {
  readonly #reason: () => string | undefined;

  constructor(store: KvStore, reason: () => string | undefined) {
    super(store);
    this.#reason = reason;
  }

  override async put(entry: KvEntry, signal?: AbortSignal, expected?: Expectation) {
    this.#refuse();
    await this.store.put(entry, signal, this.#guarded(expected));
  }

  override async delete(key: string, signal?: AbortSignal, expected?: Expectation) {
    this.#refuse();
    await this.store.delete(key, signal, this.#guarded(expected));
  }

  override async putMany(entries: readonly KvEntry[], options?: WriteOptions) {
    this.#refuse();
    return await this.store.putMany(entries, this.#guardedIn(options));
  }

  override async deleteMany(keys: readonly string[], options?: WriteOptions) {
    this.#refuse();
    return await this.store.deleteMany(keys, this.#guardedIn(options));
  }

  /** Checks again when the write is sent, because protection may be switched on while it waits. */
  #guarded(expected: Expectation | undefined): Expectation | undefined {
    if (expected === undefined) return undefined;
    // `Required`, so that no member is forgotten: a missing one would cause errors far from here.
    const guarded: Required<Expectation> = {
      entry: (key) => expected.entry(key),
      relied: expected.relied ?? [],
      get readAt() {
        return expected.readAt;
      },
      review: async (keys, signal) => await expected.review(keys, signal),
      madeByOthers: (key) => expected.madeByOthers?.(key),
      checkWritable: () => {
        this.#refuse();
        expected.checkWritable?.();
      },
    };
    return guarded;
  }

  #guardedIn(options: WriteOptions | undefined): WriteOptions | undefined {
    return options?.expected ? { ...options, expected: this.#guarded(options.expected) } : options;
  }

  #refuse(): void {
    const reason = this.#reason();
    if (reason !== undefined) throw new KvError('readOnly', reason);
  }
}
