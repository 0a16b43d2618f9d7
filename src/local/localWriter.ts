import type { KvEntry } from '../core/entry.ts';
import type { KvError } from '../core/errors.ts';

/** What became of one batch; keys that are not named were dealt with. */
export interface WriteResult {
  readonly failed: readonly { readonly key: string; readonly error: KvError }[];
  /** Set when what follows would fail for the same reason: makes that error for a key. */
  readonly stopped?: (key: string) => KvError;
}

/**
 * The way by which one local namespace is written: its files, or a running dev server. Batches are small (at most 500
 * keys), so that whoever decides between the ways can do so again for each. Never rejects.
 */
export interface LocalWriter {
  /** `durable`: resolves only when the disk has it, as a single write should. */
  put(entries: readonly KvEntry[], durable: boolean): Promise<WriteResult>;
  delete(keys: readonly string[], durable: boolean): Promise<WriteResult>;
}
