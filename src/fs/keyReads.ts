import type { KnownStates } from '../core/change/changeBatch.ts';
import type { KvEntry } from '../core/entry/entry.ts';

/** How long the read of the `stat` before a save may stand for the value as it is now, in milliseconds. */
const READ_COUNTS_MS = 1000;

interface Read {
  /** By `performance.now`, as all of its moments. */
  readonly begunAt: number;
  readonly entry: Promise<KvEntry | undefined>;
}

/** Reads the entry of one document: one request however many ask at the same time, and nothing kept beyond a save. */
export class KeyReads {
  readonly #key: string;
  readonly #get: () => Promise<KvEntry | undefined>;
  #running: Read | undefined;
  #forSave: KnownStates | undefined;

  constructor(key: string, get: () => Promise<KvEntry | undefined>) {
    this.#key = key;
    this.#get = get;
  }

  /** `since`, a moment of `performance.now`: a read that was begun before it may not have seen what happened then. */
  read(since?: number): Promise<KvEntry | undefined> {
    return this.#read(since).entry;
  }

  /** Reads for a `stat`: the save that follows at once may count on it, also when it finds nothing. */
  async readForStat(): Promise<{ readonly begunAt: number; readonly entry: KvEntry | undefined }> {
    const read = this.#read();
    const entry = await read.entry;
    const known = {
      entries: new Map(entry ? [[this.#key, entry]] : []),
      begunAt: read.begunAt,
      readAt: performance.now(),
    };
    this.#forSave = known;
    setTimeout(() => {
      if (this.#forSave === known) this.#forSave = undefined;
    }, READ_COUNTS_MS).unref();
    return { begunAt: read.begunAt, entry };
  }

  /** What the `stat` just before has read; counts once. */
  takeForSave(): KnownStates | undefined {
    const known = this.#forSave;
    this.#forSave = undefined;
    return known && performance.now() - known.readAt <= READ_COUNTS_MS ? known : undefined;
  }

  #read(since = Number.NEGATIVE_INFINITY): Read {
    if (this.#running && this.#running.begunAt >= since) return this.#running;
    const begunAt = performance.now();
    const entry = this.#get().finally(() => {
      if (this.#running === read) this.#running = undefined;
    });
    const read: Read = { begunAt, entry };
    this.#running = read;
    return read;
  }
}
