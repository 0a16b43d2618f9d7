import type { KvEntry } from '../entry.ts';
import { isKvError, type KvErrorKind } from '../errors.ts';
import type { BulkOptions, BulkOutcome, KvStore, ListQuery } from '../store.ts';

/** Errors after which it is certain that nothing was written. After any other one, only the answer may have been lost. */
const REFUSALS: ReadonlySet<KvErrorKind> = new Set([
  'notFound',
  'namespaceNotFound',
  'invalidInput',
  'unauthenticated',
  'forbidden',
  'tooLarge',
  'conflict',
  'readOnly',
  'unsupported',
]);

/** Knows whether bulk writes through it have, or may have, changed anything. */
export interface WitnessedStore extends KvStore {
  /** It is certain that they have not. */
  readonly isUntouched: boolean;
}

/** For one bulk operation: what was backed up for it is not needed when it changed nothing. */
export const witnessed = (store: KvStore): WitnessedStore => new Witness(store);

class Witness implements WitnessedStore {
  readonly #store: KvStore;
  isUntouched = true;

  constructor(store: KvStore) {
    this.#store = store;
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
    this.isUntouched = false;
    await this.#store.put(entry, signal);
  }

  async delete(key: string, signal?: AbortSignal) {
    this.isUntouched = false;
    await this.#store.delete(key, signal);
  }

  async putMany(entries: readonly KvEntry[], options: BulkOptions = {}) {
    return await this.#watch(options, () => this.#store.putMany(entries, options));
  }

  async deleteMany(keys: readonly string[], options: BulkOptions = {}) {
    return await this.#watch(options, () => this.#store.deleteMany(keys, options));
  }

  async #watch({ signal }: BulkOptions, write: () => Promise<BulkOutcome>): Promise<BulkOutcome> {
    const isOver = signal?.aborted === true;
    try {
      const outcome = await write();
      const { done, failed, cancelled } = outcome;
      if (done > 0 || (cancelled && !isOver) || !failed.every(({ error }) => isRefusal(error)))
        this.isUntouched = false;
      return outcome;
    } catch (error) {
      if (!isRefusal(error)) this.isUntouched = false;
      throw error;
    }
  }
}

const isRefusal = (error: unknown): boolean => isKvError(error) && REFUSALS.has(error.kind);
