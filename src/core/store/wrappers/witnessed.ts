import { isKvError, type KvErrorKind } from '../../base/errors.ts';
import type { KvEntry } from '../../entry/entry.ts';
import type { Expectation, KeyFailure, KvStore, WriteOptions, WriteOutcome } from '../store.ts';
import { ForwardingStore } from './forwarding.ts';

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

class Witness extends ForwardingStore implements WitnessedStore {
  isUntouched = true;

  override async put(entry: KvEntry, signal?: AbortSignal, expected?: Expectation) {
    this.isUntouched = false;
    await this.store.put(entry, signal, expected);
  }

  override async delete(key: string, signal?: AbortSignal, expected?: Expectation) {
    this.isUntouched = false;
    await this.store.delete(key, signal, expected);
  }

  override async putMany(entries: readonly KvEntry[], options?: WriteOptions) {
    return await this.#watch(options, () => this.store.putMany(entries, options));
  }

  override async deleteMany(keys: readonly string[], options?: WriteOptions) {
    return await this.#watch(options, () => this.store.deleteMany(keys, options));
  }

  async #watch(options: WriteOptions | undefined, write: () => Promise<WriteOutcome>): Promise<WriteOutcome> {
    const isOver = options?.signal?.aborted === true;
    try {
      const outcome = await write();
      const { done, failed, cancelled } = outcome;
      if (done > 0 || (cancelled && !isOver) || !failed.every(isCertain)) this.isUntouched = false;
      return outcome;
    } catch (error) {
      if (!isRefusal(error)) this.isUntouched = false;
      throw error;
    }
  }
}

const isRefusal = (error: unknown): boolean => isKvError(error) && !error.uncertain && REFUSALS.has(error.kind);

const isCertain = ({ error, uncertain }: KeyFailure): boolean => !uncertain && isRefusal(error);
