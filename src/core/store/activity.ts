import type { Disposable, Event } from '../base/event.ts';

/** An entry at some time, without its value. */
export interface SeenEntry {
  /** Names its value, which may have been kept. */
  readonly value: string;
  /** Bytes of its value, where they are known. */
  readonly size?: number;
  /** JSON text; absent for none. */
  readonly metadata?: string;
  /** Unix seconds; absent for none. */
  readonly expiration?: number;
}

/** What happened to one key. */
export interface KeyEvent {
  readonly what: 'put' | 'delete' | 'expired';
  readonly key: string;
  /** Unix milliseconds: when a value was written or ended by itself; of a delete when it was seen. */
  readonly at: number;
  /** Absent where there was none. */
  readonly before?: SeenEntry;
  /** Of a put. */
  readonly after?: SeenEntry;
}

/** What became of a namespace that cannot be told key by key. */
export interface GapEvent {
  /**
   * `unseen`: writes that were replaced or deleted before anybody could see which keys they were of, or too many at
   * once; `lost`: its data was removed or replaced as a whole, or could not be followed for a while.
   */
  readonly what: 'unseen' | 'lost';
  readonly at: number;
  /** How many writes at least; 0 for `lost`. */
  readonly count: number;
}

export type ActivityEvent = (KeyEvent | GapEvent) & {
  /** Id of the namespace. */
  readonly namespace: string;
};

/** Follows what a running Worker and we do to the keys of a source, from when it was made until it is disposed. */
export interface Activity extends Disposable {
  /** In the order in which it happened, several at a time. */
  readonly onDidHappen: Event<readonly ActivityEvent[]>;
  /** Resolves when everything from now on will be told. Rejects where nothing can be. */
  readonly started: Promise<void>;
  /** How many namespaces are followed, and how many there are: of very many only those that were written last. */
  readonly extent: { readonly followed: number; readonly all: number };
  /** A value that a {@link SeenEntry} names; `undefined` where it was not kept. */
  value(name: string): Promise<Uint8Array | undefined>;
}
