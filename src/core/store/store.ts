import type { KvError } from '../base/errors.ts';
import type { Disposable, Event } from '../base/event.ts';
import type { KvEntry, KvKeyInfo } from '../entry/entry.ts';
import type { LifetimeClock } from '../entry/lifetimeClock.ts';
import type { Space, SpaceQuery } from '../space/space.ts';
import type { Activity } from './activity.ts';

export interface ListQuery {
  readonly prefix?: string;
  /** As a previous page gave it; opaque, and only good with the same prefix. */
  readonly cursor?: string;
  /** 1 to 1,000; 1,000 unless given. */
  readonly limit?: number;
  /** A page of some larger work: it gives way to what somebody waits for. */
  readonly background?: boolean;
}

/** One page in UTF-8 byte order. `keys` may be empty while `cursor` is set: only a missing cursor ends a listing. */
export interface KvPage {
  readonly keys: readonly KvKeyInfo[];
  readonly cursor?: string;
}

/**
 * What a second read of a key shows: as before the write, as the write makes it, or as somebody else has made it; or
 * why that key could not be read.
 */
export type KeyReview = 'unchanged' | 'written' | 'moved' | KvError;

/**
 * What a write relies on: how its keys were when they were read for it. A key that is something else by now is left
 * alone, and has failed with kind `conflict`. A store that can compares within its transaction; any other one calls
 * `review` after every wait, and before it sends again what may have been done already.
 */
export interface Expectation {
  /** The entry as this store gave it; `undefined` where there was none. */
  entry(key: string): KvEntry | undefined;
  /**
   * Other keys, of which `entry` and `review` know too: nothing is written unless they, as well, are as they were read.
   */
  readonly relied?: readonly string[];
  /** When the keys were read, or were reviewed last: milliseconds of a monotonic clock (`performance.now`). */
  readonly readAt: number;
  /** Reads keys again. Rejects as a read does, for what is not about one key. */
  review(keys: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, KeyReview>>;
  /**
   * Told of a key that a review has found to be as the write makes it while nothing was sent of it: somebody else did
   * that.
   */
  madeByOthers?(key: string): void;
  /**
   * Throws where nothing may be written (any more); a store asks right before it sends anything. Absent where it always
   * may.
   */
  checkWritable?(): void;
}

export interface BulkOptions {
  /** Asked before every batch; what was done until then stays done. */
  readonly signal?: AbortSignal;
  /** Called after every batch with the number of keys dealt with so far. */
  readonly report?: (done: number) => void;
}

export interface WriteOptions extends BulkOptions {
  readonly expected?: Expectation | undefined;
}

/** A key with which something went wrong. */
export interface KeyFailure {
  readonly key: string;
  readonly error: KvError;
  /** It may have been done all the same: an attempt was sent, and its answer was lost. */
  readonly uncertain?: true;
}

/** What happened to every key of a bulk operation. */
export interface BulkOutcome {
  readonly done: number;
  readonly skipped: number;
  readonly failed: readonly KeyFailure[];
  readonly cancelled: boolean;
}

/** What a store made of a bulk write. */
export interface WriteOutcome extends BulkOutcome {
  /** Keys that a cancelled write did not come to: nothing was sent of them. Absent for none. */
  readonly untried?: readonly string[];
}

/**
 * One namespace; the only door to data. Every method rejects with a {@link KvError}; an aborted signal rejects with
 * kind `cancelled`, except in bulk methods, which resolve with what was done.
 */
export interface KvStore {
  list(query: ListQuery, signal?: AbortSignal): Promise<KvPage>;
  /** The whole entry, or `undefined` for a key that is missing or expired. */
  get(key: string, signal?: AbortSignal): Promise<KvEntry | undefined>;
  /** Fewest requests the backend allows; missing keys are skipped; the order is that of `keys`. */
  getMany(keys: readonly string[], signal?: AbortSignal, onUnread?: OnUnread): AsyncIterable<KvEntry>;
  /** Always the whole entry: absent metadata or expiration means none. */
  put(entry: KvEntry, signal?: AbortSignal, expected?: Expectation): Promise<void>;
  /** No error for a missing key. */
  delete(key: string, signal?: AbortSignal, expected?: Expectation): Promise<void>;
  putMany(entries: readonly KvEntry[], options?: WriteOptions): Promise<WriteOutcome>;
  deleteMany(keys: readonly string[], options?: WriteOptions): Promise<WriteOutcome>;
  /** For so many milliseconds a read may show what was there before; absent where it never does. */
  readonly staleMs?: number;
  /** That of the backend; absent where it is this machine's. */
  readonly clock?: LifetimeClock;
}

/** Told of a key that is there and cannot be read; without it, such a key ends the reading with its error. */
export type OnUnread = (failure: KeyFailure) => void;

/** What reads a namespace; only `core/change` writes. */
export type KvReader = Pick<KvStore, 'list' | 'get' | 'getMany' | 'staleMs' | 'clock'>;

export type SourceKind = 'local' | 'remote';

/** A binding of a wrangler config that names a namespace. */
export interface KvBinding {
  readonly name: string;
  /** Absolute path of the config file. */
  readonly config: string;
  /** Absent for the top level. */
  readonly environment?: string;
  /** Which field gives the namespace its id; `name` when neither is set and the binding name serves as id. */
  readonly field: 'id' | 'preview_id' | 'name';
  /** `remote: true`: `wrangler dev` uses the real namespace for this binding. */
  readonly remote?: boolean;
}

export interface KvNamespace {
  /** Id of the {@link KvSource}. */
  readonly source: string;
  readonly sourceKind: SourceKind;
  readonly id: string;
  /** The binding name for a local namespace that has one, else what the backend calls it, else the id. */
  readonly title: string;
  readonly bindings: readonly KvBinding[];
  /**
   * Only a hash of its id is known, which `id` has in its place: it can be read, and is no id to be written anywhere.
   */
  readonly isIdUnknown?: true;
  /** Where its data must stay, of an account that chose it: "eu". */
  readonly jurisdiction?: string;
  /** What sets it apart in a few words, for descriptions: "preview", "only on disk". */
  readonly note?: string;
}

/** Something wrong that hides nothing else: shown as a row of its own under its source. */
export interface SourceProblem {
  /** Absolute path of the file or folder concerned. */
  readonly path: string;
  readonly isFolder?: boolean;
  /** From 1. */
  readonly line?: number;
  readonly message: string;
}

/** What a write of ours made of a key. */
export interface KvWrite extends KvKeyInfo {
  readonly isDeleted?: boolean;
}

/** What changed in a source: the whole of it when `namespace` is absent, the whole namespace when `keys` is. */
export interface SourceChange {
  readonly namespace?: string;
  readonly keys?: readonly string[];
  /** What `keys` are now, where the source can tell: nobody needs to ask for it. */
  readonly wrote?: readonly KvWrite[];
  /** Keys that somebody else has just written, where the source can tell: some of all that changed, to point at. */
  readonly written?: readonly string[];
  /**
   * Of a change of the whole source: `names` that its namespaces may be other ones, or named otherwise, and no key
   * moved; `unread` that what could not be read may be readable now. Absent where anything may have changed.
   */
  readonly only?: 'names' | 'unread';
}

/** What an account's namespaces were when they were listed last. */
export interface LoadedNamespaces {
  readonly namespaces: readonly KvNamespace[];
  /** For so many more milliseconds these count as all that there are; 0 where that is doubtful. */
  readonly freshMs: number;
}

/** Whether a dev server uses a local source; its port where it is known. */
export interface DevServerStatus {
  /** `elsewhere`: one of the project runs, but keeps its data in another folder. */
  readonly devServer: 'none' | 'unknownPort' | 'running' | 'elsewhere';
  readonly port?: number;
  /** Where it keeps its data, where that is known: absolute. */
  readonly folder?: string;
  /** The one elsewhere is Vite's, told so by its `persistState`; any other by wrangler's `--persist-to`. */
  readonly isVite?: boolean;
}

/** One account, or one local state folder. */
export interface KvSource extends Disposable {
  readonly id: string;
  readonly kind: SourceKind;
  /** "shop", "Acme Inc": the side is added where it is shown. "shop (worktrees/x)" where two projects have one name. */
  readonly label: string;
  /** The name of a project alone, as its config has it. */
  readonly projectName?: string;
  namespaces(signal?: AbortSignal): Promise<readonly KvNamespace[]>;
  /** What is known of its namespaces without a request; absent until they were listed, and where listing needs none. */
  readonly loaded?: LoadedNamespaces | undefined;
  /** {@link loaded} is something else now. */
  readonly onDidLoad?: Event<void>;
  /** The next listing asks the backend again, and the event says so; absent where nothing is kept. */
  refresh?(): void;
  /** Somebody asks for another try: what was refused lately is asked for at once. Absent where nothing is held back. */
  retry?(): void;
  /** Whether this is not an id, but only stands for one that is not known. Absent where every id is known. */
  isIdUnknown?(namespaceId: string): boolean;
  /**
   * Whether there is such a namespace; true also where that cannot be told now. Absent where every read of one that is
   * not there rejects.
   */
  has?(namespaceId: string): Promise<boolean>;
  /** A store whose namespace need not exist yet; throws nothing, its calls reject. */
  store(namespaceId: string): KvStore;
  /** That of its stores; absent where it is this machine's. */
  readonly clock?: LifetimeClock;
  /** Makes a namespace. Absent where the backend cannot; for local KV a binding in a config is a namespace. */
  create?(title: string, signal?: AbortSignal): Promise<KvNamespace>;
  rename?(namespaceId: string, title: string, signal?: AbortSignal): Promise<void>;
  /** Removes a namespace with every key; there is no way back. Absent where the backend cannot. */
  remove?(namespaceId: string): Promise<void>;
  readonly problems: readonly SourceProblem[];
  /** Absolute paths of the wrangler configs that belong to it: those of a project. */
  readonly configs?: readonly string[];
  /** Where a value can be had over the network, without a credential; absent for local KV. */
  valueUrl?(namespaceId: string, key: string): string;
  /** The arguments that make `wrangler kv` use this source; `undefined` where none do. */
  readonly wranglerFlags: readonly string[] | undefined;
  readonly onDidChange: Event<SourceChange>;
  /** Of local sources; followed while anybody listens to the event. */
  readonly status?: DevServerStatus;
  readonly onDidChangeStatus?: Event<DevServerStatus>;
  /** Begins to follow what happens to its keys. Absent where that cannot be seen. */
  follow?(): Activity;
  /** How a namespace is filled, sizes of values included. Absent where only a listing tells it. */
  space?(namespaceId: string, query: SpaceQuery, options?: BulkOptions): Promise<Space>;
}
