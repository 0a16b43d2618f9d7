import * as l10n from '@vscode/l10n';
import { isKvError, KvError } from '../../base/errors.ts';
import { type KvEntry, nowSeconds } from '../../entry/entry.ts';
import { checkEntry, checkKey, MAX_PAGE } from '../../entry/limits.ts';
import type { Expectation, KvStore, ListQuery, OnUnread, WriteOptions, WriteOutcome } from '../store.ts';
import { ForwardingStore } from './forwarding.ts';

/**
 * Checks every call against the platform's limits before anything is sent; see `limits.ts` for the errors. `now`, in
 * Unix seconds, is used to check expirations.
 */
export const validated = (store: KvStore, now: () => number = nowSeconds): KvStore => new ValidatedStore(store, now);

class ValidatedStore extends ForwardingStore {
  readonly #now: () => number;

  constructor(store: KvStore, now: () => number) {
    super(store);
    this.#now = now;
  }

  override async list(query: ListQuery, signal?: AbortSignal) {
    const { limit } = query;
    if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1 && limit <= MAX_PAGE)) {
      throw new KvError('invalidInput', l10n.t('A page has 1 to {0} keys.', MAX_PAGE));
    }
    return await this.store.list(query, signal);
  }

  override async get(key: string, signal?: AbortSignal) {
    checkKey(key);
    return await this.store.get(key, signal);
  }

  /** Returns the store's own iterator: another generator in between would cost time for every entry. */
  override getMany(keys: readonly string[], signal?: AbortSignal, onUnread?: OnUnread): AsyncIterable<KvEntry> {
    return {
      [Symbol.asyncIterator]: () => {
        for (const key of keys) checkKey(key);
        return this.store.getMany(keys, signal, onUnread)[Symbol.asyncIterator]();
      },
    };
  }

  override async put(entry: KvEntry, signal?: AbortSignal, expected?: Expectation) {
    checkEntry(entry, this.#now());
    await this.store.put(entry, signal, expected);
  }

  override async delete(key: string, signal?: AbortSignal, expected?: Expectation) {
    checkKey(key);
    await this.store.delete(key, signal, expected);
  }

  override async putMany(entries: readonly KvEntry[], options?: WriteOptions) {
    const now = this.#now();
    const { valid, failed } = sift(
      entries,
      (entry) => entry.key,
      (entry) => checkEntry(entry, now),
    );
    return withFailures(await this.store.putMany(valid, options), failed);
  }

  override async deleteMany(keys: readonly string[], options?: WriteOptions) {
    const { valid, failed } = sift(keys, (key) => key, checkKey);
    return withFailures(await this.store.deleteMany(valid, options), failed);
  }
}

const withFailures = (outcome: WriteOutcome, failed: WriteOutcome['failed']): WriteOutcome =>
  failed.length === 0 ? outcome : { ...outcome, failed: [...failed, ...outcome.failed] };

function sift<T>(items: readonly T[], keyOf: (item: T) => string, check: (item: T) => void) {
  const valid: T[] = [];
  const failed: { key: string; error: KvError }[] = [];
  for (const item of items) {
    try {
      check(item);
      valid.push(item);
    } catch (error) {
      if (!isKvError(error)) throw error;
      failed.push({ key: keyOf(item), error });
    }
  }
  return { valid, failed };
}
