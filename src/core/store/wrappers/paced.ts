import { throwIfCancelled, untilCancelled } from '../../base/cancel.ts';
import { realTiming, type Timing } from '../../base/timing.ts';
import type { KvEntry } from '../../entry/entry.ts';
import type { BulkOptions, BulkOutcome, KvStore } from '../store.ts';
import { ForwardingStore } from './forwarding.ts';

/** KV takes one write per second for a key (Workers KV documentation, "Limits"). */
const INTERVAL_MS = 1000;

/**
 * Writes a key once per second at most. Of several writes that wait for their turn only the newest is sent, and all of
 * them end as it does. Writes of one key never overtake each other, bulk writes included; reads pass.
 */
export const paced = (store: KvStore, timing: Timing = realTiming): KvStore => new PacedStore(store, timing);

type Write = (signal: AbortSignal) => Promise<void>;

/** Whoever writes a key; the next one waits for it. */
interface Turn {
  /** Never rejects. */
  readonly over: Promise<void>;
  /** When the next write may start; set when this one is over. */
  readonly nextAt: () => number;
  /** Waits still, and takes newer writes in the place of its own. */
  readonly waiting?: WaitingWrite;
}

class PacedStore extends ForwardingStore {
  readonly #timing: Timing;
  readonly #turns = new Map<string, Turn>();

  constructor(store: KvStore, timing: Timing) {
    super(store);
    this.#timing = timing;
  }

  override async put(entry: KvEntry, signal?: AbortSignal): Promise<void> {
    await this.#write(entry.key, (own) => this.store.put(entry, own), signal);
  }

  override async delete(key: string, signal?: AbortSignal): Promise<void> {
    await this.#write(key, (own) => this.store.delete(key, own), signal);
  }

  override async putMany(entries: readonly KvEntry[], options?: BulkOptions): Promise<BulkOutcome> {
    const keys = entries.map(({ key }) => key);
    return await this.#bulk(keys, () => this.store.putMany(entries, options), options?.signal);
  }

  override async deleteMany(keys: readonly string[], options?: BulkOptions): Promise<BulkOutcome> {
    return await this.#bulk(keys, () => this.store.deleteMany(keys, options), options?.signal);
  }

  async #write(key: string, write: Write, signal: AbortSignal | undefined): Promise<void> {
    throwIfCancelled(signal);
    const last = this.#turns.get(key);
    if (last?.waiting?.isOpen) return await last.waiting.join(write, signal);
    const waiting = new WaitingWrite();
    const joined = waiting.join(write, signal);
    this.#take([key], last ? [last] : [], () => waiting.send(), waiting);
    await joined;
  }

  async #bulk(
    keys: readonly string[],
    run: () => Promise<BulkOutcome>,
    signal: AbortSignal | undefined,
  ): Promise<BulkOutcome> {
    const { promise, resolve, reject } = Promise.withResolvers<BulkOutcome>();
    const before = new Set(keys.flatMap((key) => this.#turns.get(key) ?? []));
    // A cancelled bulk write must get its turn too: it has an outcome to tell.
    this.#take([...new Set(keys)], [...before], async () => run().then(resolve, reject), undefined, signal);
    return await promise;
  }

  /** Runs `work` when the turns before are over and a second has passed; keeps the keys until a second after it. */
  #take(
    keys: readonly string[],
    before: readonly Turn[],
    work: () => Promise<void>,
    waiting?: WaitingWrite,
    signal?: AbortSignal,
  ): void {
    let nextAt = 0;
    const run = async (): Promise<void> => {
      // What ends this early is a cancelled bulk write, which will not write anything.
      await untilCancelled(Promise.all(before.map(({ over }) => over)), signal).catch(() => {});
      const delay = Math.max(0, ...before.map((turn) => turn.nextAt())) - this.#timing.now();
      if (delay > 0) await this.#timing.sleep(delay, signal).catch(() => {});
      await work();
    };
    const end = async (): Promise<void> => {
      await run().catch(() => {});
      nextAt = this.#timing.now() + INTERVAL_MS;
      // Those that a cancelled one did not wait for: the next one has to.
      await Promise.all(before.map(({ over }) => over));
      nextAt = Math.max(nextAt, ...before.map((turn) => turn.nextAt()));
      this.#forget(keys, turn);
    };
    const turn: Turn = { over: end(), nextAt: () => nextAt, ...(waiting && { waiting }) };
    for (const key of keys) this.#turns.set(key, turn);
  }

  #forget(keys: readonly string[], turn: Turn): void {
    void this.#timing.sleep(INTERVAL_MS).then(() => {
      for (const key of keys) if (this.#turns.get(key) === turn) this.#turns.delete(key);
    });
  }
}

/** Writes of one key that wait together: the newest that is still wanted will be sent for all. */
class WaitingWrite {
  readonly #stop = new AbortController();
  readonly #done = Promise.withResolvers<void>();
  #wanted: { readonly write: Write }[] = [];
  isOpen = true;

  constructor() {
    // Everybody who joins hears of an error; nobody may have joined for long.
    this.#done.promise.catch(() => {});
  }

  async join(write: Write, signal: AbortSignal | undefined): Promise<void> {
    const own = { write };
    this.#wanted.push(own);
    try {
      await untilCancelled(this.#done.promise, signal);
    } finally {
      this.#wanted = this.#wanted.filter((other) => other !== own);
      if (this.#wanted.length === 0) this.#stop.abort();
    }
  }

  async send(): Promise<void> {
    this.isOpen = false;
    const newest = this.#wanted.at(-1);
    if (newest === undefined) return;
    try {
      await newest.write(this.#stop.signal);
      this.#done.resolve();
    } catch (error) {
      this.#done.reject(error);
    }
  }
}
