import type { Disposable, Event } from '../base/event.ts';

/** An entry at some point in time, without its value. */
export interface SeenEntry {
  /** The name of its value, which may have been kept; see {@link Activity.value}. */
  readonly value: string;
  /** Size of its value in bytes, if known. */
  readonly size?: number;
  /** JSON text; absent if there is no metadata. */
  readonly metadata?: string;
  /** Unix seconds; absent if the entry never expires. */
  readonly expiration?: number;
}

/** Something that happened to one key. */
export interface KeyEvent {
  readonly what: 'put' | 'delete' | 'expired';
  readonly key: string;
  /** Unix milliseconds: when a value was written or expired. For a delete, when it was noticed. */
  readonly at: number;
  /** The entry before; absent if there was none. */
  readonly before?: SeenEntry;
  /** The entry after a put. */
  readonly after?: SeenEntry;
}

/** A change of a namespace that cannot be reported key by key. */
export interface GapEvent {
  /**
   * `unseen`: writes that were replaced or deleted before anyone could see which keys they concerned, or too many at
   * once. `lost`: the data was removed or replaced as a whole, or could not be followed for a while.
   */
  readonly what: 'unseen' | 'lost';
  readonly at: number;
  /** The minimum number of writes; 0 for `lost`. */
  readonly count: number;
}

export type ActivityEvent = (KeyEvent | GapEvent) & {
  /** Id of the namespace. */
  readonly namespace: string;
};

/**
 * Follows what a running Worker and this extension do to the keys of a source, from its creation until it is disposed.
 */
export interface Activity extends Disposable {
  /** Events in the order in which they happened, several at a time. */
  readonly onDidHappen: Event<readonly ActivityEvent[]>;
  /** Resolves once every later change will be reported. Rejects if nothing can be followed. */
  readonly started: Promise<void>;
  /**
   * How many namespaces are followed, and how many exist. If there are very many, only the most recently written ones
   * are followed.
   */
  readonly extent: { readonly followed: number; readonly all: number };
  /** The value named by a {@link SeenEntry}; `undefined` if it was not kept. */
  value(name: string): Promise<Uint8Array | undefined>;
}
