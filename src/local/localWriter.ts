import type { KvError } from '../core/base/errors.ts';
import type { KvEntry } from '../core/entry/entry.ts';
import type { Expectation } from '../core/store/store.ts';

export interface BatchOptions {
  /** Resolves only when the data is on disk, as a single write should. */
  readonly durable: boolean;
  /** Ends any waiting and whatever has not begun; the keys concerned fail with `cancelled`. */
  readonly signal?: AbortSignal | undefined;
  /** Called by slow writers with the number of keys of the batch done so far. */
  readonly report?: (done: number) => void;
  /** A key that has changed since is left alone, and fails with `conflict`. */
  readonly expected?: Expectation | undefined;
}

export interface WriteFailure {
  /** Position in the batch. */
  readonly index: number;
  /** Uncertain if an attempt was sent and its answer lost. */
  readonly error: KvError;
  /**
   * This way of writing is closed, but another one may be open. Unless the failure is uncertain, nothing was done.
   * `devServer`: because a dev server came, went or cannot be found.
   */
  readonly closed?: 'devServer' | 'other';
}

/** The result of one batch. Positions that are not listed were done. */
export interface WriteResult {
  readonly failed: readonly WriteFailure[];
  /** Set if everything that follows would fail for the same reason: makes the error for a key. */
  readonly stopped?: (key: string) => KvError;
}

/**
 * One way to write a local namespace: to its files, or through a running dev server. Batches are small (at most 500
 * keys), so that the caller can choose the way anew for each. Never rejects.
 */
export interface LocalWriter {
  put(entries: readonly KvEntry[], options: BatchOptions): Promise<WriteResult>;
  delete(keys: readonly string[], options: BatchOptions): Promise<WriteResult>;
}
