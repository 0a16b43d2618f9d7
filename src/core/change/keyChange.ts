import type { KvEntry } from '../entry/entry.ts';
import type { NamespaceRef } from '../store/namespaceRef.ts';

/**
 * What becomes of a key: a whole entry, nothing (`delete`), or what it is already (`keep`: counts as done, `skip`: as
 * skipped, `none`: not at all).
 */
export type Step = { readonly entry: KvEntry } | 'delete' | 'keep' | 'skip' | 'none';

/** One key of a change: what it becomes is decided from what it is, while nobody else here can change it. */
export interface KeyChange {
  readonly key: string;
  /**
   * `now` is `undefined` for a key that is absent; `others` are the entries of the keys that are changed together with
   * it. Throws a KvError for a key that must be left alone: it has failed with that.
   */
  readonly decide: (now: KvEntry | undefined, others: ReadonlyMap<string, KvEntry>) => Step;
  /** Bytes that are held for it in memory. */
  readonly bytes?: number;
  /** This one of the keys that are changed together comes first, and is done; else this one is left alone. */
  readonly after?: string;
  /** A listing has shown the key a moment ago: that a read gives nothing does not mean that it is absent. */
  readonly isListed?: boolean;
  /**
   * Nothing becomes of it, and it is not accounted for: it is read for `others`. Where it cannot be read it is missing
   * there, and `decide` not called. Nothing of what is changed together with it is written once it is something else.
   */
  readonly isOnlyRead?: true;
  /** Called once it is written for certain, or found to be so. */
  readonly onWritten?: () => void;
  /**
   * Called, before that, where it was found to be what it becomes, by somebody else's change after it was read; it
   * counts as done.
   */
  readonly onMadeByOthers?: () => void;
}

export type ChangeKind = 'save' | 'put' | 'rename' | 'expiration' | 'delete' | 'import' | 'copy' | 'sync' | 'edit';

/** What makes two starts the same work: the command, and what it works on. */
export interface Work {
  /** Short name of the command that resumes it. */
  readonly command: string;
  /** JSON that the command understands; always built in the same order. */
  readonly args: unknown;
}

/** Work that can be resumed when it stops before its end. */
export interface ResumableWork extends Work {
  /** For a person: "Importing users.json into SESSIONS (local, shop)". */
  readonly title: string;
  /** Keys in all. */
  readonly total: number;
  /**
   * When it began, in milliseconds since 1970, where lifetimes count from then: not when it is gone on with, but when
   * it is begun anew.
   */
  readonly since?: number;
  /** How many seconds the clock of the namespace was ahead of that of this machine then. */
  readonly ahead?: number;
}

/** One change, as its journal and everybody who speaks of it know it. */
export interface Operation {
  readonly kind: ChangeKind;
  readonly namespace: NamespaceRef;
  /** For a person, in the past tense: "Deleted 3 keys from SESSIONS (local, shop)". */
  readonly label: string;
}

/** What a single change made of its key. */
export interface ChangedKey {
  /** Id to undo it by; absent when nothing was written, or there was no room to keep what was there. */
  readonly undo?: string;
  readonly isWritten: boolean;
  readonly before: KvEntry | undefined;
  /** What the key is now. */
  readonly entry: KvEntry | undefined;
}
