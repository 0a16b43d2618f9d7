import type { KvError } from '../base/errors.ts';
import type { KvEntry } from '../entry/entry.ts';
import type { NamespaceRef } from '../store/namespaceRef.ts';

/**
 * What becomes of a key: a whole entry, nothing (`delete`), or what it already is (`keep` counts as done, `skip` as
 * skipped, `none` is not counted).
 */
export type Step = { readonly entry: KvEntry } | 'delete' | 'keep' | 'skip' | 'none';

/**
 * The change of one key. The new state is decided from the old one while nobody else in this window can change the key.
 */
export interface KeyChange {
  readonly key: string;
  /**
   * `now` is `undefined` for a missing key; `others` has the entries of the keys that are changed together with it.
   * Throws a KvError if the key must be left alone; the key then fails with that error.
   */
  readonly decide: (now: KvEntry | undefined, others: ReadonlyMap<string, KvEntry>) => Step;
  /** Bytes of memory that it holds. */
  readonly bytes?: number;
  /** A key of the same batch that must be written first; if it was not written, this key is left alone. */
  readonly after?: string;
  /** A listing has just shown the key, so a read that does not find it does not mean that it is absent. */
  readonly isListed?: boolean;
  /**
   * The key is only read, for `others`, and is not accounted for. If it cannot be read, it is missing from `others`,
   * and `decide` is not called. If it changes afterwards, nothing that is changed together with it is written.
   */
  readonly isOnlyRead?: true;
  /**
   * Called before `decide` if the value of the key can never be read. `now` is then its entry with an empty value, of
   * which nothing is kept for Undo. Throws to leave the key alone, as without this function.
   */
  readonly onDamaged?: (error: KvError) => void;
  /**
   * The key is known to fail before anything is written. That another start could do it is no reason to go on with this
   * one unasked.
   */
  readonly isGivenUp?: true;
  /** Called when the key is certainly written, or found to be. */
  readonly onWritten?: () => void;
  /** Called before `onWritten` if somebody else has made the same change after the key was read; it counts as done. */
  readonly onMadeByOthers?: () => void;
}

export type ChangeKind = 'save' | 'put' | 'rename' | 'expiration' | 'delete' | 'import' | 'copy' | 'sync' | 'edit';

/** Identifies work across runs: the command, and what it works on. */
export interface Work {
  /** Short name of the command that resumes it. */
  readonly command: string;
  /** JSON that the command understands, always built in the same order. */
  readonly args: unknown;
}

/** Work that can be resumed if it stops before it is complete. */
export interface ResumableWork extends Work {
  /** For the user: "Importing users.json into SESSIONS (local, shop)". */
  readonly title: string;
  /** The total number of keys. */
  readonly total: number;
  /**
   * When it began, in Unix milliseconds, if lifetimes count from then. Resuming keeps this time; starting over sets a
   * new one.
   */
  readonly since?: number;
  /** How many seconds the clock of the namespace was ahead of that of this machine then. */
  readonly ahead?: number;
}

/** A change, as its journal and all messages about it identify it. */
export interface Operation {
  readonly kind: ChangeKind;
  readonly namespace: NamespaceRef;
  /** For the user, in the past tense: "Deleted 3 keys from SESSIONS (local, shop)". */
  readonly label: string;
}

/** The result of changing a single key. */
export interface ChangedKey {
  /** Id for undoing it; absent if nothing was written, or there was no room to keep the old state. */
  readonly undo?: string;
  readonly isWritten: boolean;
  readonly before: KvEntry | undefined;
  /** The new state of the key. */
  readonly entry: KvEntry | undefined;
}
