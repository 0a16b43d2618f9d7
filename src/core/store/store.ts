import type { KvError } from '../base/errors.ts';
import type { Disposable, Event } from '../base/event.ts';
import type { KvEntry, KvKeyInfo } from '../entry/entry.ts';
import type { LifetimeClock } from '../entry/lifetimeClock.ts';
import type { Space, SpaceQuery } from '../space/space.ts';
import type { Activity } from './activity.ts';

export interface ListQuery {
  readonly prefix?: string;
  /** From the previous page; opaque, and valid only with the same prefix. */
  readonly cursor?: string;
  /** 1 to 1,000; 1,000 by default. */
  readonly limit?: number;
  /** The page is part of a larger job, so it gives way to requests that a user is waiting for. */
  readonly background?: boolean;
}

/** One page in UTF-8 byte order. `keys` may be empty while `cursor` is set: only a missing cursor ends a listing. */
export interface KvPage {
  readonly keys: readonly KvKeyInfo[];
  readonly cursor?: string;
}

/**
 * What a second read of a key shows: unchanged since before the write, as the write makes it, or changed by somebody
 * else; or why the key could not be read.
 */
export type KeyReview = 'unchanged' | 'written' | 'moved' | KvError;

/**
 * What a write relies on: the state of its keys when they were read. A key that has changed since is left alone and
 * fails with kind `conflict`. A store that can compares within its transaction. Any other store calls `review` after
 * every wait, and before it resends a request that may already have been carried out.
 */
export interface Expectation {
  /** The entry as this store returned it; `undefined` if there was none. */
  entry(key: string): KvEntry | undefined;
  /** Other keys that must be unchanged too, or nothing is written. `entry` and `review` know them as well. */
  readonly relied?: readonly string[];
  /** When the keys were read or last reviewed, in milliseconds of a monotonic clock (`performance.now`). */
  readonly readAt: number;
  /** Reads keys again. Rejects like a read does if the problem does not concern a single key. */
  review(keys: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, KeyReview>>;
  /**
   * Called for a key that a review finds just as the write makes it although nothing was sent for it yet: somebody else
   * made the same change.
   */
  madeByOthers?(key: string): void;
  /**
   * Throws if nothing may be written (any more). A store calls it right before it sends anything. Absent if writing is
   * always allowed.
   */
  checkWritable?(): void;
}

export interface BulkOptions {
  /** Checked before every batch; what was done until then stays done. */
  readonly signal?: AbortSignal;
  /** Called after every batch with the number of keys processed so far. */
  readonly report?: (done: number) => void;
}

export interface WriteOptions extends BulkOptions {
  readonly expected?: Expectation | undefined;
}

/** A key that failed, and why. */
export interface KeyFailure {
  readonly key: string;
  readonly error: KvError;
  /** The operation may have succeeded all the same: it was sent, but the answer was lost. */
  readonly uncertain?: true;
}

/** The outcome of a bulk operation. */
export interface BulkOutcome {
  readonly done: number;
  readonly skipped: number;
  readonly failed: readonly KeyFailure[];
  readonly cancelled: boolean;
}

/** The outcome of a bulk write. */
export interface WriteOutcome extends BulkOutcome {
  /** Keys that a cancelled write did not reach; nothing was sent for them. Absent if there are none. */
  readonly untried?: readonly string[];
}

/**
 * Access to one namespace, and the only way to its data. Every method rejects with a {@link KvError}. An aborted signal
 * rejects with kind `cancelled`, except in bulk methods, which resolve with what was done.
 */
export interface KvStore {
  list(query: ListQuery, signal?: AbortSignal): Promise<KvPage>;
  /** The whole entry, or `undefined` if the key is missing or expired. */
  get(key: string, signal?: AbortSignal): Promise<KvEntry | undefined>;
  /** Uses the fewest requests that the backend allows. Missing keys are skipped; the order is that of `keys`. */
  getMany(keys: readonly string[], signal?: AbortSignal, onUnread?: OnUnread): AsyncIterable<KvEntry>;
  /** Always writes the whole entry: absent metadata or expiration means none. */
  put(entry: KvEntry, signal?: AbortSignal, expected?: Expectation): Promise<void>;
  /** A missing key is not an error. */
  delete(key: string, signal?: AbortSignal, expected?: Expectation): Promise<void>;
  putMany(entries: readonly KvEntry[], options?: WriteOptions): Promise<WriteOutcome>;
  deleteMany(keys: readonly string[], options?: WriteOptions): Promise<WriteOutcome>;
  /** For how many milliseconds after a write a read may return the old state; absent if reads are never stale. */
  readonly staleMs?: number;
  /** The backend's clock; absent if it is this machine's. */
  readonly clock?: LifetimeClock;
}

/**
 * Called for a key that exists but cannot be read. Without it, such a key ends the read with its error. If its value can
 * never be read, `damaged` is its entry with an empty value.
 */
export type OnUnread = (failure: KeyFailure, damaged?: KvEntry) => void;

/** Read access to a namespace; only `core/change` writes. */
export type KvReader = Pick<KvStore, 'list' | 'get' | 'getMany' | 'staleMs' | 'clock'>;

export type SourceKind = 'local' | 'remote';

/** A binding in a wrangler config that refers to a namespace. */
export interface KvBinding {
  readonly name: string;
  /** Absolute path of the config file. */
  readonly config: string;
  /** Absent at the top level. */
  readonly environment?: string;
  /** The field that gives the namespace its id; `name` if neither is set and the binding name serves as the id. */
  readonly field: 'id' | 'preview_id' | 'name';
  /** `remote: true`: `wrangler dev` uses the real namespace for this binding. */
  readonly remote?: boolean;
}

export interface KvNamespace {
  /** Id of the {@link KvSource}. */
  readonly source: string;
  readonly sourceKind: SourceKind;
  readonly id: string;
  /** The binding name of a local namespace that has one, else the backend's name for it, else the id. */
  readonly title: string;
  readonly bindings: readonly KvBinding[];
  /**
   * Only a hash of the real id is known, and `id` holds that hash. The namespace can be read, but `id` must not be
   * written to a config.
   */
  readonly isIdUnknown?: true;
  /** The region where the data must stay, if the account chose one: "eu". */
  readonly jurisdiction?: string;
  /** A few words that distinguish it in descriptions: "preview", "only on disk". */
  readonly note?: string;
}

/** A problem that hides nothing else. Shown as a row of its own under its source. */
export interface SourceProblem {
  /** Absolute path of the file or folder. */
  readonly path: string;
  readonly isFolder?: boolean;
  /** Counts from 1. */
  readonly line?: number;
  readonly message: string;
}

/** What a write by this extension did to a key. */
export interface KvWrite extends KvKeyInfo {
  readonly isDeleted?: boolean;
}

/** What changed in a source: the whole source if `namespace` is absent, the whole namespace if `keys` is absent. */
export interface SourceChange {
  readonly namespace?: string;
  readonly keys?: readonly string[];
  /** The new state of `keys`, if the source knows it, so that nobody needs to read them again. */
  readonly wrote?: readonly KvWrite[];
  /**
   * Keys that somebody else has just written, if the source knows, so that they can be highlighted. These may be only
   * some of the keys that changed.
   */
  readonly written?: readonly string[];
  /**
   * Limits a change of the whole source. `names`: its namespaces may have changed or been renamed, but no key did.
   * `unread`: what could not be read may be readable now. Absent if anything may have changed.
   */
  readonly only?: 'names' | 'unread';
}

/** The namespaces of an account as they were last listed. */
export interface LoadedNamespaces {
  readonly namespaces: readonly KvNamespace[];
  /** For how many more milliseconds the list counts as complete; 0 if that is in doubt. */
  readonly freshMs: number;
}

/** Whether a dev server uses a local source, and on which port, if known. */
export interface DevServerStatus {
  /** `elsewhere`: a dev server of the project is running, but keeps its data in another folder. */
  readonly devServer: 'none' | 'unknownPort' | 'running' | 'elsewhere';
  readonly port?: number;
  /** Absolute path of the folder where it keeps its data, if known. */
  readonly folder?: string;
  /**
   * The dev server that keeps its data elsewhere is Vite's, configured by `persistState`; any other is configured by
   * wrangler's `--persist-to`.
   */
  readonly isVite?: boolean;
}

/** One account, or one local state folder. */
export interface KvSource extends Disposable {
  readonly id: string;
  readonly kind: SourceKind;
  /**
   * "shop", "Acme Inc"; the UI adds whether it is local or remote. "shop (worktrees/x)" if two projects have the same
   * name.
   */
  readonly label: string;
  /** Only the name of the project, as its config has it. */
  readonly projectName?: string;
  namespaces(signal?: AbortSignal): Promise<readonly KvNamespace[]>;
  /**
   * What is known about its namespaces without a request; absent until they were listed, and for sources that need no
   * request to list them.
   */
  readonly loaded?: LoadedNamespaces | undefined;
  /** Fires when {@link loaded} has changed. */
  readonly onDidLoad?: Event<void>;
  /** Makes the next listing ask the backend again, and fires the change event. Absent if nothing is cached. */
  refresh?(): void;
  /**
   * The user asks for another try, so requests held back after a recent refusal are sent at once. Absent if nothing is
   * held back.
   */
  retry?(): void;
  /** Whether this is only a stand-in for an id that is not known. Absent if every id is known. */
  isIdUnknown?(namespaceId: string): boolean;
  /**
   * Whether the namespace exists; also true if that cannot be determined now. Absent if reading a missing namespace
   * always rejects.
   */
  has?(namespaceId: string): Promise<boolean>;
  /** The store of a namespace, which need not exist yet. Does not throw; the store's methods reject instead. */
  store(namespaceId: string): KvStore;
  /** The clock of its stores; absent if it is this machine's. */
  readonly clock?: LifetimeClock;
  /** Creates a namespace. Absent if the backend cannot; for local KV, a binding in a config is a namespace. */
  create?(title: string, signal?: AbortSignal): Promise<KvNamespace>;
  rename?(namespaceId: string, title: string, signal?: AbortSignal): Promise<void>;
  /** Deletes a namespace with all its keys, irrevocably. Absent if the backend cannot. */
  remove?(namespaceId: string): Promise<void>;
  readonly problems: readonly SourceProblem[];
  /** Absolute paths of the wrangler configs of the project that it belongs to. */
  readonly configs?: readonly string[];
  /** The URL of a value, without a credential; absent for local KV. */
  valueUrl?(namespaceId: string, key: string): string;
  /** The arguments that make `wrangler kv` use this source; `undefined` if there are none. */
  readonly wranglerFlags: readonly string[] | undefined;
  readonly onDidChange: Event<SourceChange>;
  /** Only for local sources; kept up to date while the event has a listener. */
  readonly status?: DevServerStatus;
  readonly onDidChangeStatus?: Event<DevServerStatus>;
  /** Starts to follow what happens to its keys. Absent if that cannot be observed. */
  follow?(): Activity;
  /** Summarizes the content of a namespace, including the sizes of values. Absent if only a listing can tell. */
  space?(namespaceId: string, query: SpaceQuery, options?: BulkOptions): Promise<Space>;
}
