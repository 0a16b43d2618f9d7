import type { EntryVersion } from '../../core/entry/version.ts';
import type { KeyEvent } from '../../core/store/activity.ts';

/*
 * Messages between the extension host and the worker thread. Everything here survives a structured clone.
 */

/** Where the files of one namespace lie. */
export interface NamespaceFiles {
  /** Absolute path of the namespace's database; need not exist. */
  readonly database: string;
  /** Absolute path of its folder of values. It need not exist, and is empty if it could not be found out. */
  readonly blobs: string;
  /** Absolute path of the database that a running dev server keeps locked. */
  readonly lock: string;
  /** Why values cannot be written here even if the files can. */
  readonly unwritable?: 'unknownBlobs' | 'brokenId' | 'unknownId';
}

/** Why something could not be done; the host turns it into a sentence for the user. */
export type FaultReason =
  | 'noSqlite'
  | 'devServer'
  | 'locked'
  | 'denied'
  | 'full'
  | 'damaged'
  | 'foreign'
  | 'unknownBlobs'
  | 'brokenId'
  | 'unknownId'
  /** The row of a key names no file. */
  | 'badRow'
  /** The value of a key is a link, a folder or a pipe. */
  | 'notAFile'
  | 'oversized'
  /** The value of a key was replaced each time it was read. */
  | 'changing'
  /** The key no longer matches what the write relies on. */
  | 'moved'
  /** A circular link. */
  | 'looping'
  /** A link out of an untrusted workspace. */
  | 'outside'
  | 'stopped'
  /** The thread was ended because it was stuck. */
  | 'stuck'
  | 'other';

export interface Fault {
  readonly reason: FaultReason;
  /** The file or folder concerned. */
  readonly path: string;
  /** An error code such as `EIO` or `SQLITE 522`. */
  readonly code?: string;
  /** The system's own message, for the log. */
  readonly detail: string;
  /** The requested operation may have been done all the same. */
  readonly isUncertain?: boolean;
}

/** What is wrong with one item of a request. */
export interface ItemFault {
  /** Its position in the request. */
  readonly index: number;
  readonly fault: Fault;
}

/**
 * One page. SQLite itself makes it as text, which crosses threads as one block and is parsed into objects in one go.
 */
export interface PageText {
  /** JSON: an array of `KvKeyInfo`. */
  readonly keys: string;
  /** The last key, if there are more. */
  readonly last?: string;
}

export interface EntryRow {
  /** Its position among the requested keys. */
  readonly index: number;
  readonly value: Uint8Array<ArrayBuffer>;
  readonly metadata: string | null;
  /** Unix seconds. */
  readonly expiration?: number;
  readonly version: EntryVersion;
}

/** A key that exists but cannot be read, with the rest of its row. */
export interface UnreadRow extends ItemFault, Omit<EntryRow, 'value'> {}

export interface EntryRows {
  readonly entries: readonly EntryRow[];
  readonly unread: readonly UnreadRow[];
  /** How many of the keys were processed: an answer is cut when it grows large. */
  readonly consumed: number;
}

/** What a write of a key relies on: the version of its entry, `null` for no entry, `undefined` for anything. */
export type Expected = EntryVersion | null | undefined;

/** Another key that a write relies on: nothing is written unless it matches. */
export interface Relied {
  readonly key: string;
  readonly expected: Expected;
}

/** Entries to write, as parallel arrays; the values follow each other in `bytes`. */
export interface WriteBatch {
  readonly keys: readonly string[];
  readonly lengths: readonly number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** JSON text, or null for no metadata. */
  readonly metadata: readonly (string | null)[];
  /** Unix seconds, or null for never. */
  readonly expirations: readonly (number | null)[];
  /** Absent for a write that relies on nothing. */
  readonly expected?: readonly Expected[];
}

export interface BatchResult {
  /** Positions in the batch that were not done, and why; all others were done. */
  readonly failed: readonly ItemFault[];
  /** Set if the reason applies to everything that would follow, such as a running dev server. */
  readonly stopped?: Fault;
}

/** What happened in a database since the last request. */
export interface FollowResult {
  readonly events: readonly KeyEvent[];
  /** At least this many writes cannot be reported by key. */
  readonly unseen: number;
  /** Nothing is known of the time before: the database is followed from now on. */
  readonly isStart: boolean;
  /** This is only a part of the start, or of what happened, so that other requests can run. Ask again for the rest. */
  readonly isPart?: true;
}

export interface Operations {
  list: {
    args: { files: NamespaceFiles; prefix: string; after?: string; limit: number };
    result: PageText;
  };
  read: { args: { files: NamespaceFiles; keys: readonly string[] }; result: EntryRows };
  /** The current version of each key's entry, `null` for a key without one. */
  versions: { args: { files: NamespaceFiles; keys: readonly string[] }; result: readonly (EntryVersion | null)[] };
  /** `durable` waits for the disk, as a single write should; the batches of a bulk write need not. */
  put: {
    args: { files: NamespaceFiles; batch: WriteBatch; relied?: readonly Relied[]; durable: boolean };
    result: BatchResult;
  };
  delete: {
    args: {
      files: NamespaceFiles;
      keys: readonly string[];
      expected?: readonly Expected[];
      relied?: readonly Relied[];
      durable: boolean;
    };
    result: BatchResult;
  };
  /** Removes the namespace with all its own values; refused while a dev server runs. */
  removeNamespace: { args: { files: NamespaceFiles }; result: undefined };
  /** The names of a few value files that a database refers to. */
  sampleBlobs: { args: { database: string }; result: readonly string[] };
  /** `live`: a dev server or a wrangler command holds the state folder now. */
  probe: { args: { lock: string }; result: 'live' | 'free' };
  /** Some of the keys written after a time in Unix milliseconds; none if no handle is open. */
  writtenSince: { args: { database: string; since: number }; result: readonly string[] };
  /** Follows a database from now on, or from `since` on, a time in Unix milliseconds when it did not exist. */
  follow: { args: { files: NamespaceFiles; since?: number | undefined }; result: FollowResult };
  unfollow: { args: { databases: readonly string[] }; result: undefined };
  /** A value of a database that is or was followed, by its file name; null if it was not kept. */
  keptValue: { args: { name: string }; result: Uint8Array<ArrayBuffer> | null };
  /** Whether others changed the database since the last request; `undefined` if nobody has read it yet. */
  hasChanged: { args: { database: string }; result: boolean | undefined };
}

export type OperationName = keyof Operations;

export type Request = { [N in OperationName]: { id: number; name: N; args: Operations[N]['args'] } }[OperationName];

export type Reply =
  | { readonly id: number; readonly result: Operations[OperationName]['result'] }
  | { readonly id: number; readonly fault: Fault };
