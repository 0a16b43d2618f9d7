import { type OperationKind, operationKinds } from '../cost/pricing.ts';
import { dayAfter, dayOf, daysBetween, monthStart } from './days.ts';
import { type FreeUse, freeUse, type MonthCost, monthCost } from './plans.ts';
import type { Quantiles, StorageReading, UsageGap, UsageQuery, UsageReadings } from './readings.ts';

export type Counts = { readonly [Kind in OperationKind]: number };

/** The amount stored on a day. */
export interface StoredDay {
  readonly day: string;
  readonly keys: number | undefined;
  readonly bytes: number | undefined;
  /** Some namespace has no number for this day, so its last earlier number is used. */
  readonly isCarried?: true;
}

/** The numbers on the usage page. Missing ones are `undefined`, and `gaps` says why. */
export interface Usage {
  /** When the numbers were requested, in Unix milliseconds. */
  readonly at: number;
  /** UTC days; the last one is today. */
  readonly days: readonly string[];
  readonly operations: readonly ({ readonly day: string } & Counts)[] | undefined;
  readonly latency: Readonly<Record<OperationKind, Quantiles>> | undefined;
  readonly latencyByDay: readonly ({ readonly day: string; readonly kind: OperationKind } & Quantiles)[] | undefined;
  /** `undefined` on days for which nothing is known. */
  readonly storage: readonly StoredDay[] | undefined;
  /** The namespaces with the most operations first. */
  readonly busiest: readonly ({ readonly namespace: string; readonly total: number } & Counts)[] | undefined;
  /** For the whole account. */
  readonly freeToday: readonly FreeUse[] | undefined;
  /** For the whole account. */
  readonly month: MonthCost | undefined;
  readonly gaps: readonly UsageGap[];
}

/**
 * `existing` has the ids of all namespaces of the account, if known: the storage of other namespaces is gone together
 * with them.
 */
export function usageOf(
  readings: UsageReadings,
  { namespaces, days: count }: UsageQuery,
  existing?: ReadonlySet<string>,
): Usage {
  const { at, operations, latency, month, gaps } = readings;
  const today = dayOf(at);
  const days = daysBetween(dayAfter(today, 1 - count), today);
  const from = monthStart(today);
  const isShown = (id: string): boolean => namespaces === undefined || namespaces.includes(id);
  const accountStorage = readings.storage && totals(readings.storage, existing);
  // Until the first numbers of a month arrive, the last ones of the month before are used.
  const monthBytes = bytesIn(accountStorage, (day) => day >= from && day <= today);
  const [firstKnown = from] = accountStorage?.keys() ?? [];
  const shownStorage =
    readings.storage === undefined
      ? readings.ownStorage && totals(readings.ownStorage.map((one) => ({ ...one, namespace: '' })))
      : totals(
          readings.storage.filter(({ namespace }) => isShown(namespace)),
          existing,
        );
  return {
    at,
    days,
    // The plan's storage numbers concern the whole account. If those of the single namespace arrived, only the plan
    // lacks them.
    gaps: gaps.flatMap((gap): UsageGap[] => {
      if (gap.part !== 'storage') return [gap];
      const ofPlan: UsageGap = { ...gap, part: 'plan' };
      return !accountStorage && shownStorage ? [ofPlan] : [gap, ofPlan];
    }),
    operations:
      operations && days.map((day) => ({ day, ...countsOf(operations.filter((reading) => reading.day === day)) })),
    latency:
      latency &&
      byKind((kind) => {
        const { p50, p99 } = latency.find((one) => one.kind === kind) ?? {};
        return { p50, p99 };
      }),
    latencyByDay:
      operations &&
      days.flatMap((day) =>
        operationKinds.map((kind) => {
          const { p50, p99 } = operations.find((one) => one.day === day && one.kind === kind) ?? {};
          return { day, kind, p50, p99 };
        }),
      ),
    storage: shownStorage && days.map((day) => shownStorage.get(day) ?? { day, keys: undefined, bytes: undefined }),
    busiest: readings.namespaces && busiestOf(readings.namespaces.filter(({ namespace }) => isShown(namespace))),
    freeToday:
      month &&
      freeUse(
        countsOf(month.filter(({ day }) => day === today)),
        bytesIn(accountStorage, (day) => day <= today).at(-1),
      ),
    month:
      month &&
      monthCost({
        at,
        counts: countsOf(month.filter(({ day }) => day >= from && day <= today)),
        bytesByDay: monthBytes.length > 0 ? monthBytes : bytesIn(accountStorage, (day) => day < from).slice(-1),
        daysBefore: Math.max(0, daysBetween(from, firstKnown).length - 1),
        // The numbers reach back to the month's first day, unless some did not come: so there was nothing to count.
        wereEmpty: !gaps.some(({ part }) => part === 'storage'),
      }),
  };
}

const byKind = <T>(of: (kind: OperationKind) => T): Record<OperationKind, T> =>
  Object.fromEntries(operationKinds.map((kind) => [kind, of(kind)])) as Record<OperationKind, T>;

const countsOf = (readings: readonly { readonly kind: OperationKind; readonly requests: number }[]): Counts =>
  byKind((kind) => readings.reduce((sum, one) => sum + (one.kind === kind ? one.requests : 0), 0));

type KnownDay = StoredDay & { readonly keys: number; readonly bytes: number };

/**
 * Keys and bytes of all namespaces together for each day, in order. The numbers of a day arrive namespace by namespace,
 * so a namespace without one keeps its last number, unless it no longer exists.
 */
function totals(storage: readonly StorageReading[], existing?: ReadonlySet<string>): ReadonlyMap<string, KnownDay> {
  const days = new Map<string, KnownDay>();
  const last = new Map<string, StorageReading>();
  for (const [day, own] of [...Map.groupBy(storage, (reading) => reading.day)].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const told = new Set(own.map(({ namespace }) => namespace));
    const carried = [...last.values()].filter(
      ({ namespace }) => !told.has(namespace) && existing?.has(namespace) !== false,
    );
    for (const reading of own) last.set(reading.namespace, reading);
    const all = [...own, ...carried];
    days.set(day, {
      day,
      keys: all.reduce((sum, { keys }) => sum + keys, 0),
      bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
      ...(carried.length > 0 && { isCarried: true }),
    });
  }
  return days;
}

/** The bytes on these days, as far as they are known, newest last. */
const bytesIn = (
  storage: ReadonlyMap<string, KnownDay> | undefined,
  isMeant: (day: string) => boolean,
): readonly number[] => [...(storage?.values() ?? [])].flatMap(({ day, bytes }) => (isMeant(day) ? bytes : []));

function busiestOf(readings: NonNullable<UsageReadings['namespaces']>): NonNullable<Usage['busiest']> {
  const grouped = [...Map.groupBy(readings, ({ namespace }) => namespace)].map(([namespace, own]) => {
    const counts = countsOf(own);
    return { namespace, ...counts, total: operationKinds.reduce((sum, kind) => sum + counts[kind], 0) };
  });
  return grouped.sort((a, b) => b.total - a.total || (a.namespace < b.namespace ? -1 : 1));
}
