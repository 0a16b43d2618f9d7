import type { KnownStates } from '../core/change/changeBatch.ts';
import type { KvEntry } from '../core/entry/entry.ts';

/** How long the read for a `stat` counts as current for the save that follows, in milliseconds. */
const READ_COUNTS_MS = 1000;

interface Read {
  /** By `performance.now`, like all times here. */
  readonly begunAt: number;
  readonly entry: Promise<KvEntry | undefined>;
}

/**
 * Reads the entry of one document. Simultaneous callers share one request. Nothing is kept except for the next save.
 */
export class KeyReads {
  readonly #key: string;
  readonly #get: () => Promise<KvEntry | undefined>;
  #running: Read | undefined;
  #forSave: KnownStates | undefined;

  constructor(key: string, get: () => Promise<KvEntry | undefined>) {
    this.#key = key;
    this.#get = get;
  }

  /**
   * `since` is a time of `performance.now`. A read that began before it is not shared, as it may have missed a change.
   */
  read(since?: number): Promise<KvEntry | undefined> {
    return this.#read(since).entry;
  }

  /** Reads for a `stat`. The save that follows may rely on the result, even if nothing was found. */
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

  /** Takes what the preceding `stat` has read. Works once. */
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
