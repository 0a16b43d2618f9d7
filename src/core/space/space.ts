import { MAX_VALUE_BYTES } from '../entry/limits.ts';

/** What to summarize: keys with a prefix, by the groups below it. */
export interface SpaceQuery {
  readonly prefix: string;
  /** The delimiters by which the view groups keys; empty for no groups. */
  readonly delimiters: readonly string[];
  /** Unix seconds. */
  readonly now: number;
}

/** A number of keys and their size. */
export interface SpaceSum {
  readonly keys: number;
  /** Size of the values; 0 if it is not known, see {@link Space.hasSizes}. */
  readonly bytes: number;
  /** Size as JSON text. */
  readonly metadataBytes: number;
}

export interface SpaceGroup extends SpaceSum {
  readonly prefix: string;
}

/** A key with a size in bytes: of its value, its metadata or the key itself. */
export interface SizedKey {
  readonly key: string;
  readonly bytes: number;
}

/** Time spans in which keys expire, counted from now. Each excludes the ones before it. */
export const expirationSpans = ['hour', 'day', 'week', 'month', 'later', 'never'] as const;
export type ExpirationSpan = (typeof expirationSpans)[number];

/** Upper bounds, in bytes, of the classes of value sizes. The last one is KV's own limit. */
export const SIZE_BOUNDS = [100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, MAX_VALUE_BYTES] as const;

export const limitKinds = ['key', 'value', 'metadata'] as const;
export type LimitKind = (typeof limitKinds)[number];

export interface NearLimit extends SizedKey {
  readonly kind: LimitKind;
  readonly limit: number;
}

/** A summary of a namespace, or of its keys with a prefix. */
export interface Space extends SpaceSum {
  readonly prefix: string;
  /** Whether the sizes of values are known. */
  readonly hasSizes: boolean;
  /** The largest groups, by number of keys and by size. */
  readonly groups: readonly SpaceGroup[];
  /** The sum of all other groups, and how many there are. */
  readonly otherGroups: SpaceSum & { readonly groups: number };
  /** Keys outside of any group. */
  readonly single: SpaceSum;
  /** One sum for each of {@link SIZE_BOUNDS}; empty if the sizes are not known. */
  readonly sizes: readonly SpaceSum[];
  readonly expirations: Readonly<Record<ExpirationSpan, SpaceSum>>;
  /** The largest first. */
  readonly largestValues: readonly SizedKey[];
  readonly largestMetadata: readonly SizedKey[];
  /** The keys nearest to a limit first. `nearLimitCounts` has the number for each limit. */
  readonly nearLimits: readonly NearLimit[];
  readonly nearLimitCounts: Readonly<Record<LimitKind, number>>;
  /** Keys whose values are missing, or no ordinary files. */
  readonly withoutValue: number;
}
