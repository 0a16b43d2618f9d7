import { throwIfCancelled, untilCancelled } from '../../base/cancel.ts';
import { realTiming, type Timing } from '../../base/timing.ts';
import type { KvEntry } from '../../entry/entry.ts';
import type { Expectation, KvStore, WriteOptions, WriteOutcome } from '../store.ts';
import { ForwardingStore } from './forwarding.ts';

/** KV takes one write per second for a key (Workers KV documentation, "Limits"). */
const INTERVAL_MS = 1000;

/**
 * Writes each key at most once per second. Every write is sent, in the order of the calls, bulk writes included. A
 * write that is cancelled while it waits is dropped and holds up nobody. Reads are not delayed.
 */
export const paced = (store: KvStore, timing: Timing = realTiming): KvStore => new PacedStore(store, timing);

/** Resolves when a write ends, to the time at which the next write of its keys may start. */
type Turn = Promise<number>;

class PacedStore extends ForwardingStore {
  readonly #timing: Timing;
  /** The last turn of each key. */
  readonly #turns = new Map<string, Turn>();

  constructor(store: KvStore, timing: Timing) {
    super(store);
    this.#timing = timing;
  }

  override async put(entry: KvEntry, signal?: AbortSignal, expected?: Expectation): Promise<void> {
    await this.#inTurn([entry.key], signal, () => {
      throwIfCancelled(signal);
      return this.store.put(entry, signal, expected);
    });
  }

  override async delete(key: string, signal?: AbortSignal, expected?: Expectation): Promise<void> {
    await this.#inTurn([key], signal, () => {
      throwIfCancelled(signal);
      return this.store.delete(key, signal, expected);
    });
  }

  // A bulk write that is cancelled while it waits is passed on all the same, because it has to return an outcome.

  override async putMany(entries: readonly KvEntry[], options?: WriteOptions): Promise<WriteOutcome> {
    const keys = entries.map(({ key }) => key);
    return await this.#inTurn(keys, options?.signal, () => this.store.putMany(entries, options));
  }

  override async deleteMany(keys: readonly string[], options?: WriteOptions): Promise<WriteOutcome> {
    return await this.#inTurn(keys, options?.signal, () => this.store.deleteMany(keys, options));
  }

  /** Calls `write` a second after the last write of each key ended, or as soon as it is cancelled. */
  async #inTurn<T>(keys: readonly string[], signal: AbortSignal | undefined, write: () => Promise<T>): Promise<T> {
    const own = new Set(keys);
    const before = latest(new Set([...own].flatMap((key) => this.#turns.get(key) ?? [])));
    const { promise: turn, resolve: end } = Promise.withResolvers<number>();
    for (const key of own) this.#turns.set(key, turn);
    let isSent = false;
    try {
      await this.#until(before, signal).catch(() => {});
      isSent = signal?.aborted !== true;
      return await write();
    } finally {
      const ownNext = isSent ? this.#timing.now() + INTERVAL_MS : Number.NEGATIVE_INFINITY;
      // A cancelled write did not wait for the writes before it, so the next write must.
      void before.then((next) => {
        end(Math.max(next, ownNext));
        this.#forget(own, turn);
      });
    }
  }

  async #until(before: Turn, signal: AbortSignal | undefined): Promise<void> {
    const delay = (await untilCancelled(before, signal)) - this.#timing.now();
    if (delay > 0) await this.#timing.sleep(delay, signal);
  }

  #forget(keys: ReadonlySet<string>, turn: Turn): void {
    void this.#timing.sleep(INTERVAL_MS).then(() => {
      for (const key of keys) if (this.#turns.get(key) === turn) this.#turns.delete(key);
    });
  }
}

async function latest(turns: Iterable<Turn>): Promise<number> {
  let next = Number.NEGATIVE_INFINITY;
  for (const turn of turns) next = Math.max(next, await turn);
  return next;
}
