import { byteLength, MAX_KEY_BYTES, MAX_METADATA_BYTES, MAX_VALUE_BYTES } from '../entry/limits.ts';
import { groupFinder } from '../keys/keyTree.ts';
import { Largest } from './largest.ts';
import {
  type ExpirationSpan,
  expirationSpans,
  type LimitKind,
  limitKinds,
  type NearLimit,
  SIZE_BOUNDS,
  type SizedKey,
  type Space,
  type SpaceGroup,
  type SpaceQuery,
  type SpaceSum,
} from './space.ts';

const MOST_LARGEST = 50;
const MOST_NEAR_LIMITS = 100;
const MOST_GROUPS = 200;
/** A key is near a limit from this fraction of the limit on. */
const NEAR = 0.9;
/** A UTF-16 unit takes at most three bytes in UTF-8. */
const MOST_BYTES_A_CHARACTER = 3;

const HOUR = 3600;
const DAY = 24 * HOUR;
const ends: Readonly<Record<Exclude<ExpirationSpan, 'later' | 'never'>, number>> = {
  hour: HOUR,
  day: DAY,
  week: 7 * DAY,
  month: 30 * DAY,
};

interface Sum {
  keys: number;
  bytes: number;
  metadataBytes: number;
}

const LIMITS: Readonly<Record<LimitKind, number>> = {
  key: MAX_KEY_BYTES,
  value: MAX_VALUE_BYTES,
  metadata: MAX_METADATA_BYTES,
};

const nothing = (): Sum => ({ keys: 0, bytes: 0, metadataBytes: 0 });

function count(sum: Sum, bytes: number, metadataBytes: number): void {
  sum.keys++;
  sum.bytes += bytes;
  sum.metadataBytes += metadataBytes;
}

const addTo = (sum: Sum, { keys, bytes, metadataBytes }: SpaceSum): void => {
  sum.keys += keys;
  sum.bytes += bytes;
  sum.metadataBytes += metadataBytes;
};

/**
 * The tally of one part of a namespace. Parts are combined by {@link SpaceTally.merge}. Can be sent to another thread
 * (structured clone).
 */
export interface TallyPart extends Omit<Space, keyof SpaceSum | 'prefix' | 'hasSizes' | 'otherGroups'> {
  readonly all: SpaceSum;
}

/** Adds up keys, one by one or in parts. */
export class SpaceTally {
  readonly #query: SpaceQuery;
  readonly #groupOf: (key: string) => string | undefined;
  readonly #all = nothing();
  readonly #single = nothing();
  readonly #groups = new Map<string, Sum>();
  readonly #sizes = SIZE_BOUNDS.map(nothing);
  readonly #expirations = Object.fromEntries(expirationSpans.map((span) => [span, nothing()])) as Record<
    ExpirationSpan,
    Sum
  >;
  readonly #largestValues = new Largest<SizedKey>(MOST_LARGEST, ({ bytes }) => bytes);
  readonly #largestMetadata = new Largest<SizedKey>(MOST_LARGEST, ({ bytes }) => bytes);
  readonly #nearLimits = new Largest<NearLimit>(MOST_NEAR_LIMITS, ({ bytes, limit }) => bytes / limit);
  readonly #nearLimitCounts = Object.fromEntries(limitKinds.map((kind) => [kind, 0])) as Record<LimitKind, number>;
  #withoutValue = 0;
  /** Most keys come in order, so consecutive keys are often in the same group. */
  #lastGroup: { readonly prefix: string; readonly sum: Sum } | undefined;

  constructor(query: SpaceQuery) {
    this.#query = query;
    this.#groupOf = groupFinder(query.prefix, query.delimiters);
  }

  get keys(): number {
    return this.#all.keys;
  }

  /** `bytes` is the size of the value: `undefined` if it is not known, null if the value is missing. */
  add(key: string, bytes: number | null | undefined, metadataBytes: number, expiration: number | undefined): void {
    const value = bytes ?? 0;
    if (bytes === null) this.#withoutValue++;
    count(this.#all, value, metadataBytes);
    count(this.#sumOf(key), value, metadataBytes);
    count(this.#expirations[spanOf(expiration, this.#query.now)], value, metadataBytes);
    if (typeof bytes === 'number') {
      count(this.#sizes[sizeAt(bytes)] ?? nothing(), value, metadataBytes);
      if (this.#largestValues.takes(bytes)) this.#largestValues.add({ key, bytes });
      if (bytes >= NEAR * MAX_VALUE_BYTES) this.#near('value', key, bytes);
    }
    if (metadataBytes > 0 && this.#largestMetadata.takes(metadataBytes)) {
      this.#largestMetadata.add({ key, bytes: metadataBytes });
    }
    if (metadataBytes >= NEAR * MAX_METADATA_BYTES) this.#near('metadata', key, metadataBytes);
    if (key.length * MOST_BYTES_A_CHARACTER >= NEAR * MAX_KEY_BYTES) {
      const length = byteLength(key);
      if (length >= NEAR * MAX_KEY_BYTES) this.#near('key', key, length);
    }
  }

  /** Everything that {@link merge} needs. */
  get part(): TallyPart {
    return {
      all: this.#all,
      groups: [...this.#groups].map(([prefix, sum]) => ({ prefix, ...sum })),
      single: this.#single,
      sizes: this.#sizes,
      expirations: this.#expirations,
      largestValues: this.#largestValues.items,
      largestMetadata: this.#largestMetadata.items,
      nearLimits: this.#nearLimits.items,
      nearLimitCounts: this.#nearLimitCounts,
      withoutValue: this.#withoutValue,
    };
  }

  merge(part: TallyPart): void {
    addTo(this.#all, part.all);
    addTo(this.#single, part.single);
    for (const { prefix, ...sum } of part.groups) addTo(this.#group(prefix), sum);
    for (const [at, sum] of part.sizes.entries()) addTo(this.#sizes[at] ?? nothing(), sum);
    for (const span of expirationSpans) addTo(this.#expirations[span], part.expirations[span]);
    for (const item of part.largestValues) this.#largestValues.add(item);
    for (const item of part.largestMetadata) this.#largestMetadata.add(item);
    for (const item of part.nearLimits) this.#nearLimits.add(item);
    for (const kind of limitKinds) this.#nearLimitCounts[kind] += part.nearLimitCounts[kind];
    this.#withoutValue += part.withoutValue;
  }

  result({ hasSizes }: Pick<Space, 'hasSizes'>): Space {
    const { all, groups, ...rest } = this.part;
    const shown = shownGroups(groups);
    const otherGroups = { groups: groups.length - shown.length, ...nothing() };
    const isShown = new Set(shown);
    for (const group of groups) if (!isShown.has(group)) addTo(otherGroups, group);
    return {
      prefix: this.#query.prefix,
      hasSizes,
      ...all,
      ...rest,
      groups: shown,
      otherGroups,
      sizes: hasSizes ? rest.sizes : [],
    };
  }

  #sumOf(key: string): Sum {
    const last = this.#lastGroup;
    const prefix = this.#groupOf(key);
    if (prefix === undefined) return this.#single;
    if (last?.prefix === prefix) return last.sum;
    const sum = this.#group(prefix);
    this.#lastGroup = { prefix, sum };
    return sum;
  }

  #group(prefix: string): Sum {
    const known = this.#groups.get(prefix);
    if (known !== undefined) return known;
    const sum = nothing();
    this.#groups.set(prefix, sum);
    return sum;
  }

  #near(kind: LimitKind, key: string, bytes: number): void {
    this.#nearLimitCounts[kind]++;
    this.#nearLimits.add({ kind, key, bytes, limit: LIMITS[kind] });
  }
}

/** The span in which a key expires, counted from `now`; both in Unix seconds. */
export function spanOf(expiration: number | undefined, now: number): ExpirationSpan {
  if (expiration === undefined) return 'never';
  const left = expiration - now;
  if (left <= ends.hour) return 'hour';
  if (left <= ends.day) return 'day';
  if (left <= ends.week) return 'week';
  return left <= ends.month ? 'month' : 'later';
}

/** The index in {@link SIZE_BOUNDS} of the class of a size. A value over KV's limit is in the last class. */
export function sizeAt(bytes: number): number {
  const at = SIZE_BOUNDS.findIndex((bound) => bytes <= bound);
  return at < 0 ? SIZE_BOUNDS.length - 1 : at;
}

/** The largest groups by number of keys and by size, sorted by size, then by number of keys. */
function shownGroups(groups: readonly SpaceGroup[]): readonly SpaceGroup[] {
  if (groups.length <= MOST_GROUPS) return groups.toSorted(bySize);
  const byKeys = new Largest<SpaceGroup>(MOST_GROUPS, ({ keys }) => keys);
  const byBytes = new Largest<SpaceGroup>(MOST_GROUPS, ({ bytes }) => bytes);
  for (const group of groups) {
    byKeys.add(group);
    byBytes.add(group);
  }
  return [...new Set([...byKeys.items, ...byBytes.items])].sort(bySize);
}

const bySize = (a: SpaceGroup, b: SpaceGroup): number =>
  b.bytes - a.bytes || b.keys - a.keys || (a.prefix < b.prefix ? -1 : 1);
