import type { KvError } from '../core/base/errors.ts';
import type { KvEntry } from '../core/entry/entry.ts';
import type { Expectation } from '../core/store/store.ts';

export interface BatchOptions {
  /** Resolves only when the disk has it, as a single write should. */
  readonly durable: boolean;
  /** Ends waiting, and what has not begun; the keys concerned fail with `cancelled`. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of keys of the batch dealt with so far, by a way that takes long. */
  readonly report?: (done: number) => void;
  /** A key that is something else by now is left alone, and fails with `conflict`. */
  readonly expected?: Expectation | undefined;
}

export interface WriteFailure {
  /** Position in the batch. */
  readonly index: number;
  /** Uncertain where an attempt was sent and its answer lost. */
  readonly error: KvError;
  /**
   * This way of writing is not open (any more), and another one may be; unless the failure is uncertain, nothing was
   * done. `devServer`: because of a dev server that came, went or cannot be found.
   */
  readonly closed?: 'devServer' | 'other';
}

/** What became of one batch; positions that are not named were dealt with. */
export interface WriteResult {
  readonly failed: readonly WriteFailure[];
  /** Set when what follows would fail for the same reason: makes that error for a key. */
  readonly stopped?: (key: string) => KvError;
}

/**
 * The way by which one local namespace is written: its files, or a running dev server. Batches are small (at most 500
 * keys), so that whoever decides between the ways can do so again for each. Never rejects.
 */
export interface LocalWriter {
  put(entries: readonly KvEntry[], options: BatchOptions): Promise<WriteResult>;
  delete(keys: readonly string[], options: BatchOptions): Promise<WriteResult>;
}
