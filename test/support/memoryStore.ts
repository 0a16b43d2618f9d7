import { throwIfCancelled } from '../../src/core/base/cancel.ts';
import { isKvError, KvError } from '../../src/core/base/errors.ts';
import { type KvEntry, nowSeconds, presentMetadata } from '../../src/core/entry/entry.ts';
import { entryDigest } from '../../src/core/entry/entryDigest.ts';
import { checkExpiration, checkKey, checkMetadata, checkValue, MAX_PAGE } from '../../src/core/entry/limits.ts';
import { versionOf, withVersion } from '../../src/core/entry/version.ts';
import { compareUtf8 } from '../../src/core/keys/utf8Order.ts';
import type {
  Expectation,
  KeyFailure,
  KvPage,
  KvStore,
  ListQuery,
  OnUnread,
  WriteOptions,
  WriteOutcome,
} from '../../src/core/store/store.ts';

export interface MemoryStoreOptions {
  /** Unix seconds. */
  readonly now?: () => number;
  /** Keys per batch of a bulk operation. */
  readonly batch?: number;
}

/**
 * A namespace in memory that follows KV's rules: limits, byte order, pages, expirations, whole entries. It checks what
 * a write relies on, using the versions of its entries if they have one.
 */
export class MemoryStore implements KvStore {
  readonly #entries = new Map<string, KvEntry>();
  readonly #now: () => number;
  readonly #batch: number;
  #sorted: string[] | undefined;
  /** Called with the name of every access before it; if it throws, so does the store. */
  intercept: ((call: 'list' | 'get' | 'put' | 'delete', key: string) => void) | undefined;
  /** Called with the name of every write after it; if it throws, so does the store, although the write was done. */
  afterWrite: ((call: 'put' | 'delete', key: string) => void) | undefined;
  /** Keys that exist but cannot be read, with the error of each. */
  readonly unread = new Map<string, KvError>();
  #writes = 0;

  constructor({ now = nowSeconds, batch = 1000 }: MemoryStoreOptions = {}) {
    this.#now = now;
    this.#batch = batch;
  }

  /** The current entries, in byte order. */
  get entries(): KvEntry[] {
    return this.#names().flatMap((key) => this.#live(key) ?? []);
  }

  async list({ prefix = '', cursor, limit = MAX_PAGE }: ListQuery, signal?: AbortSignal): Promise<KvPage> {
    throwIfCancelled(signal);
    this.intercept?.('list', prefix);
    const after = cursor === undefined ? undefined : Buffer.from(cursor, 'base64').toString('utf8');
    const names = this.#names().filter(
      (name) =>
        name.startsWith(prefix) &&
        (after === undefined || compareUtf8(name, after) > 0) &&
        this.#live(name) !== undefined,
    );
    const keys = names.slice(0, limit).flatMap((name) => {
      const entry = this.#live(name);
      if (entry === undefined) return [];
      const { metadata, expiration } = entry;
      return [{ name, ...(metadata !== undefined && { metadata }), ...(expiration !== undefined && { expiration }) }];
    });
    if (signal !== undefined) {
      await Promise.resolve();
      throwIfCancelled(signal);
    }
    const last = keys.at(-1);
    return names.length > limit && last ? { keys, cursor: Buffer.from(last.name).toString('base64') } : { keys };
  }

  async get(key: string, signal?: AbortSignal): Promise<KvEntry | undefined> {
    throwIfCancelled(signal);
    this.intercept?.('get', key);
    checkKey(key);
    const failure = this.unread.get(key);
    if (failure) throw failure;
    return this.#live(key);
  }

  async *getMany(keys: readonly string[], signal?: AbortSignal, onUnread?: OnUnread): AsyncGenerator<KvEntry> {
    for (const key of keys) {
      const failure = this.unread.get(key);
      if (failure && onUnread) {
        onUnread({ key, error: failure });
        continue;
      }
      const entry = await this.get(key, signal);
      if (entry) yield entry;
    }
  }

  async put(entry: KvEntry, signal?: AbortSignal, expected?: Expectation): Promise<void> {
    throwIfCancelled(signal);
    this.intercept?.('put', entry.key);
    const { key, value, expiration } = entry;
    const metadata = presentMetadata(entry.metadata);
    checkKey(key);
    checkValue(key, value);
    checkMetadata(key, metadata);
    checkExpiration(key, expiration, this.#now());
    this.#compare(key, expected);
    if (!this.#entries.has(key)) this.#sorted = undefined;
    const kept = {
      key,
      value: Uint8Array.from(value),
      ...(metadata !== undefined && { metadata }),
      ...(expiration !== undefined && { expiration }),
    };
    this.#entries.set(key, withVersion(kept, `write ${++this.#writes}`));
    this.afterWrite?.('put', key);
  }

  async delete(key: string, signal?: AbortSignal, expected?: Expectation): Promise<void> {
    throwIfCancelled(signal);
    this.intercept?.('delete', key);
    checkKey(key);
    this.#compare(key, expected);
    if (this.#entries.delete(key)) this.#sorted = undefined;
    this.afterWrite?.('delete', key);
  }

  async putMany(entries: readonly KvEntry[], options?: WriteOptions): Promise<WriteOutcome> {
    return await this.#many(
      entries,
      (entry) => entry.key,
      (entry) => this.put(entry, undefined, options?.expected),
      options,
    );
  }

  async deleteMany(keys: readonly string[], options?: WriteOptions): Promise<WriteOutcome> {
    return await this.#many(
      keys,
      (key) => key,
      (key) => this.delete(key, undefined, options?.expected),
      options,
    );
  }

  async #many<T>(
    items: readonly T[],
    keyOf: (item: T) => string,
    work: (item: T) => Promise<void>,
    { signal, report }: WriteOptions = {},
  ): Promise<WriteOutcome> {
    const failed: KeyFailure[] = [];
    let done = 0;
    for (const [index, item] of items.entries()) {
      if (index % this.#batch === 0) {
        if (index > 0) report?.(index);
        if (signal?.aborted) {
          const untried = items.slice(index).map(keyOf);
          return { done, skipped: 0, failed, cancelled: true, untried };
        }
      }
      try {
        await work(item);
        done++;
      } catch (error) {
        if (!isKvError(error)) throw error;
        failed.push({ key: keyOf(item), error, ...(error.uncertain && { uncertain: true }) });
      }
    }
    report?.(items.length);
    return { done, skipped: 0, failed, cancelled: false };
  }

  #compare(key: string, expected: Expectation | undefined): void {
    if (expected === undefined) return;
    if ([key, ...(expected.relied ?? [])].every((one) => this.#isAsExpected(one, expected))) return;
    throw new KvError('conflict', `“${key}” was not written: it was changed meanwhile.`);
  }

  #isAsExpected(key: string, expected: Expectation): boolean {
    const before = expected.entry(key);
    const now = this.#live(key);
    const version = before && versionOf(before);
    return version === undefined
      ? entryDigest(before) === entryDigest(now)
      : now !== undefined && version === versionOf(now);
  }

  #names(): string[] {
    this.#sorted ??= [...this.#entries.keys()].sort(compareUtf8);
    return this.#sorted;
  }

  #live(key: string): KvEntry | undefined {
    const entry = this.#entries.get(key);
    return entry?.expiration !== undefined && entry.expiration <= this.#now() ? undefined : entry;
  }
}
