import { throwIfCancelled } from '../../../src/core/base/cancel.ts';
import { isKvError, KvError } from '../../../src/core/base/errors.ts';
import type { KvEntry } from '../../../src/core/entry/entry.ts';
import type { LifetimeClock } from '../../../src/core/entry/lifetimeClock.ts';
import type {
  Expectation,
  KeyFailure,
  KeyReview,
  KvPage,
  KvStore,
  ListQuery,
  WriteOptions,
  WriteOutcome,
} from '../../../src/core/store/store.ts';

/** Writes, in the order in which they were carried out. */
export interface Applied {
  /** Id of the operation. */
  readonly by: string;
  readonly key: string;
  readonly before: KvEntry | undefined;
  readonly after: KvEntry | undefined;
}

/** Entries that disappear when they expire. */
class Entries extends Map<string, KvEntry> {
  /** The present in Unix seconds. */
  now: () => number = () => 0;

  override get(key: string): KvEntry | undefined {
    const entry = super.get(key);
    return entry?.expiration !== undefined && entry.expiration <= this.now() ? undefined : entry;
  }

  override *keys(): MapIterator<string> {
    for (const key of [...super.keys()]) if (this.get(key)) yield key;
  }
}

/** The entries themselves, shared by several windows and a Worker. */
export class Ground {
  readonly entries = new Entries();
  readonly log: Applied[] = [];
  onApply: (applied: Applied) => void = () => {};

  apply(by: string, key: string, after: KvEntry | undefined): void {
    const applied = { by, key, before: this.entries.get(key), after };
    if (after === undefined) this.entries.delete(key);
    else this.entries.set(key, after);
    this.log.push(applied);
    this.onApply(applied);
  }
}

/** Value, metadata and expiration as one text; two states are equal if their texts are. */
export const textOf = (entry: KvEntry | undefined): string =>
  entry
    ? `${Buffer.from(entry.value).toString()} ${JSON.stringify(entry.metadata ?? null)} ${entry.expiration ?? 'for ever'}`
    : 'nothing';

/**
 * What happens to a request: it is answered, its answer is lost before or after it was carried out, or it is refused.
 */
export type Fate = 'answered' | 'lostBefore' | 'lostAfter' | 'refused';

export interface ModelStoreParts {
  readonly ground: Ground;
  /**
   * `compares` checks within its transaction, like SQLite, and tries once. `reviews` checks before every request, as an
   * account requires, and retries. Nobody else writes between a review and its request, because that race cannot be
   * avoided.
   */
  readonly kind: 'compares' | 'reviews';
  /** Resolves when the request, or its answer, has arrived; never resolves for a window that is gone. */
  readonly travel: () => Promise<void>;
  readonly fate: () => Fate;
  /** Id of the operation that makes the call. */
  readonly caller: () => string;
  readonly pause: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** The machine's clock by default. */
  readonly clock?: LifetimeClock;
}

const TRIES = 3;
/** Keys in one request or transaction. */
const TOGETHER = 2;

/** A namespace whose requests take time and fail. */
export class ModelStore implements KvStore {
  readonly staleMs?: number;
  readonly clock?: LifetimeClock;
  readonly #parts: ModelStoreParts;
  /** Number of reviews under way, which are answered at once. */
  #reviews = 0;

  constructor(parts: ModelStoreParts) {
    this.#parts = parts;
    if (parts.kind === 'reviews') this.staleMs = 60_000;
    if (parts.clock) this.clock = parts.clock;
  }

  async list({ prefix = '' }: ListQuery): Promise<KvPage> {
    await this.#parts.travel();
    const names = [...this.#parts.ground.entries.keys()].filter((key) => key.startsWith(prefix)).sort();
    return { keys: names.map((name) => ({ name })) };
  }

  async get(key: string, signal?: AbortSignal): Promise<KvEntry | undefined> {
    throwIfCancelled(signal);
    if (this.#reviews === 0) await this.#parts.travel();
    throwIfCancelled(signal);
    return this.#parts.ground.entries.get(key);
  }

  async *getMany(keys: readonly string[], signal?: AbortSignal): AsyncGenerator<KvEntry> {
    for (const key of keys) {
      const entry = await this.get(key, signal);
      if (entry) yield entry;
    }
  }

  async put(entry: KvEntry, signal?: AbortSignal, expected?: Expectation): Promise<void> {
    await this.#single(entry.key, entry, signal, expected);
  }

  async delete(key: string, signal?: AbortSignal, expected?: Expectation): Promise<void> {
    await this.#single(key, undefined, signal, expected);
  }

  async putMany(entries: readonly KvEntry[], options?: WriteOptions): Promise<WriteOutcome> {
    return await this.#many(new Map(entries.map((entry) => [entry.key, entry])), options);
  }

  async deleteMany(keys: readonly string[], options?: WriteOptions): Promise<WriteOutcome> {
    return await this.#many(new Map(keys.map((key) => [key, undefined])), options);
  }

  async #single(key: string, entry: KvEntry | undefined, signal?: AbortSignal, expected?: Expectation): Promise<void> {
    throwIfCancelled(signal);
    const [failure] = await this.#request(new Map([[key, entry]]), signal, expected);
    if (failure) throw failure.error;
  }

  async #many(wanted: ReadonlyMap<string, KvEntry | undefined>, options: WriteOptions = {}): Promise<WriteOutcome> {
    const all = [...wanted];
    const failed: KeyFailure[] = [];
    for (let at = 0; at < all.length; at += TOGETHER) {
      if (options.signal?.aborted) {
        const untried = all.slice(at).map(([key]) => key);
        return { done: at - failed.length, skipped: 0, failed, cancelled: true, untried };
      }
      failed.push(...(await this.#request(new Map(all.slice(at, at + TOGETHER)), undefined, options.expected)));
      options.report?.(at);
    }
    return { done: all.length - failed.length, skipped: 0, failed, cancelled: false };
  }

  /** Returns what went wrong, by key. */
  async #request(
    wanted: ReadonlyMap<string, KvEntry | undefined>,
    signal: AbortSignal | undefined,
    expected: Expectation | undefined,
  ): Promise<readonly KeyFailure[]> {
    const { kind, travel, fate, pause } = this.#parts;
    const failures: KeyFailure[] = [];
    const left = new Map(wanted);
    let isLost = false;
    const failAll = (error: KvError): readonly KeyFailure[] => [
      ...failures,
      ...[...left.keys()].map((key) => failureOf(key, error)),
    ];
    for (let tried = 0; tried < (kind === 'reviews' ? TRIES : 1) && left.size > 0; tried++) {
      if (tried > 0) await pause(500, signal).catch(() => {});
      await travel();
      if (signal?.aborted) return failAll(new KvError('cancelled', 'cancelled', { uncertain: isLost }));
      const becomes = fate();
      if (becomes === 'refused') return failAll(new KvError('forbidden', 'refused', { uncertain: isLost }));
      for (const [key, review] of await this.#review([...left.keys()], expected, wanted, isLost)) {
        if (review === 'unchanged') continue;
        left.delete(key);
        if (isKvError(review)) failures.push(failureOf(key, review));
        if (review === 'moved') failures.push(failureOf(key, new KvError('conflict', 'moved', { uncertain: isLost })));
      }
      isLost ||= becomes === 'lostBefore' || becomes === 'lostAfter';
      if (becomes !== 'lostBefore') this.#apply(left);
      if (becomes !== 'answered') continue;
      left.clear();
      await travel();
    }
    return failAll(new KvError('offline', 'lost', { uncertain: isLost }));
  }

  async #review(
    keys: readonly string[],
    expected: Expectation | undefined,
    wanted: ReadonlyMap<string, KvEntry | undefined>,
    isLost: boolean,
  ): Promise<ReadonlyMap<string, KeyReview>> {
    if (expected === undefined) return new Map();
    const { kind, ground } = this.#parts;
    if (kind === 'compares') {
      const isSame = (key: string) => textOf(ground.entries.get(key)) === textOf(expected.entry(key));
      const areOthers = (expected.relied ?? []).every(isSame);
      return new Map(keys.map((key) => [key, areOthers && isSame(key) ? 'unchanged' : 'moved']));
    }
    this.#reviews++;
    try {
      const reviews = await expected.review(keys);
      for (const [key, review] of reviews) if (review === 'written' && !isLost) expected.madeByOthers?.(key);
      // A key that already is as it should be needs no request.
      return new Map(
        [...reviews].map(([key, review]) => {
          const isWanted = review === 'unchanged' && textOf(ground.entries.get(key)) === textOf(wanted.get(key));
          return [key, isWanted ? 'written' : review];
        }),
      );
    } finally {
      this.#reviews--;
    }
  }

  #apply(entries: ReadonlyMap<string, KvEntry | undefined>): void {
    for (const [key, entry] of entries) this.#parts.ground.apply(this.#parts.caller(), key, entry);
  }
}

const failureOf = (key: string, error: KvError): KeyFailure => ({
  key,
  error,
  ...(isKvError(error) && error.uncertain && { uncertain: true }),
});
