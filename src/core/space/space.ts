import { MAX_VALUE_BYTES } from '../entry/limits.ts';

/** What is asked: keys with a prefix, by the groups below it. */
export interface SpaceQuery {
  readonly prefix: string;
  /** As the view groups keys; none for no groups. */
  readonly delimiters: readonly string[];
  /** Unix seconds. */
  readonly now: number;
}

/** Keys and what they take. */
export interface SpaceSum {
  readonly keys: number;
  /** Of the values; 0 where that is not known, see {@link Space.hasSizes}. */
  readonly bytes: number;
  /** As JSON text. */
  readonly metadataBytes: number;
}

export interface SpaceGroup extends SpaceSum {
  readonly prefix: string;
}

/** A key with the bytes of its value, its metadata or its own. */
export interface SizedKey {
  readonly key: string;
  readonly bytes: number;
}

/** When keys expire, from now on, each without the ones before it. */
export const expirationSpans = ['hour', 'day', 'week', 'month', 'later', 'never'] as const;
export type ExpirationSpan = (typeof expirationSpans)[number];

/** Upper bounds of the sizes of values that are counted together, in bytes; the last one is KV's own limit. */
export const SIZE_BOUNDS = [100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, MAX_VALUE_BYTES] as const;

export const limitKinds = ['key', 'value', 'metadata'] as const;
export type LimitKind = (typeof limitKinds)[number];

export interface NearLimit extends SizedKey {
  readonly kind: LimitKind;
  readonly limit: number;
}

/** How a namespace, or the part of it with a prefix, is filled. */
export interface Space extends SpaceSum {
  readonly prefix: string;
  /** Whether the sizes of values are known. */
  readonly hasSizes: boolean;
  /** The largest ones, by keys and by bytes. */
  readonly groups: readonly SpaceGroup[];
  /** Of all other groups together, and how many they are. */
  readonly otherGroups: SpaceSum & { readonly groups: number };
  /** Keys outside any group. */
  readonly single: SpaceSum;
  /** As many as {@link SIZE_BOUNDS}; none where sizes are not known. */
  readonly sizes: readonly SpaceSum[];
  readonly expirations: Readonly<Record<ExpirationSpan, SpaceSum>>;
  /** The largest first. */
  readonly largestValues: readonly SizedKey[];
  readonly largestMetadata: readonly SizedKey[];
  /** The nearest first, and how many there are of each kind. */
  readonly nearLimits: readonly NearLimit[];
  readonly nearLimitCounts: Readonly<Record<LimitKind, number>>;
  /** Keys whose values are missing, or no ordinary files. */
  readonly withoutValue: number;
}
