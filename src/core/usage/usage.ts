import { type OperationKind, operationKinds } from '../cost/pricing.ts';
import { dayAfter, dayOf, daysBetween, monthStart } from './days.ts';
import { type FreeUse, freeUse, type MonthCost, monthCost } from './plans.ts';
import type { Quantiles, StorageReading, UsageGap, UsageQuery, UsageReadings } from './readings.ts';

export type Counts = { readonly [Kind in OperationKind]: number };

/** The numbers of the usage page; what did not come is `undefined`, and `gaps` says why. */
export interface Usage {
  /** When they were asked for, in milliseconds since 1970. */
  readonly at: number;
  /** Of UTC, the last one is today. */
  readonly days: readonly string[];
  readonly operations: readonly ({ readonly day: string } & Counts)[] | undefined;
  readonly latency: Readonly<Record<OperationKind, Quantiles>> | undefined;
  readonly latencyByDay: readonly ({ readonly day: string; readonly kind: OperationKind } & Quantiles)[] | undefined;
  /** `undefined` on days that nothing is known of. */
  readonly storage:
    | readonly { readonly day: string; readonly keys: number | undefined; readonly bytes: number | undefined }[]
    | undefined;
  /** With the most operations first. */
  readonly busiest: readonly ({ readonly namespace: string; readonly total: number } & Counts)[] | undefined;
  /** Of the whole account. */
  readonly freeToday: readonly FreeUse[] | undefined;
  /** Of the whole account. */
  readonly month: MonthCost | undefined;
  readonly gaps: readonly UsageGap[];
}

export function usageOf(readings: UsageReadings, { namespaces, days: count }: UsageQuery): Usage {
  const { at, operations, latency, month, gaps } = readings;
  const today = dayOf(at);
  const days = daysBetween(dayAfter(today, 1 - count), today);
  const monthDays = daysBetween(monthStart(today), today);
  const isShown = (id: string): boolean => namespaces === undefined || namespaces.includes(id);
  const accountStorage = readings.storage && totals(readings.storage);
  const shownStorage =
    readings.storage === undefined
      ? readings.ownStorage && totals(readings.ownStorage)
      : totals(readings.storage.filter(({ namespace }) => isShown(namespace)));
  return {
    ...{ at, days },
    // What one namespace keeps is known then; what is missing is what the plan counts.
    gaps: gaps.map((gap) => (gap.part === 'storage' && shownStorage ? { ...gap, part: 'plan' } : gap)),
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
    storage:
      shownStorage &&
      days.map((day) => ({ day, keys: shownStorage.get(day)?.keys, bytes: shownStorage.get(day)?.bytes })),
    busiest: readings.namespaces && busiestOf(readings.namespaces.filter(({ namespace }) => isShown(namespace))),
    freeToday:
      month && freeUse(countsOf(month.filter(({ day }) => day === today)), latestOf(accountStorage, monthDays)),
    month:
      month &&
      monthCost({
        at,
        counts: countsOf(month.filter(({ day }) => monthDays.includes(day))),
        bytesByDay: monthDays.flatMap((day) => accountStorage?.get(day)?.bytes ?? []),
      }),
  };
}

const byKind = <T>(of: (kind: OperationKind) => T): Record<OperationKind, T> =>
  Object.fromEntries(operationKinds.map((kind) => [kind, of(kind)])) as Record<OperationKind, T>;

const countsOf = (readings: readonly { readonly kind: OperationKind; readonly requests: number }[]): Counts =>
  byKind((kind) => readings.reduce((sum, one) => sum + (one.kind === kind ? one.requests : 0), 0));

/** Keys and bytes of all namespaces together, day by day. */
function totals(
  storage: readonly Omit<StorageReading, 'namespace'>[],
): ReadonlyMap<string, { keys: number; bytes: number }> {
  const days = new Map<string, { keys: number; bytes: number }>();
  for (const { day, keys, bytes } of storage) {
    const before = days.get(day) ?? { keys: 0, bytes: 0 };
    days.set(day, { keys: before.keys + keys, bytes: before.bytes + bytes });
  }
  return days;
}

/** The bytes of the newest day that is known. */
const latestOf = (
  storage: ReadonlyMap<string, { readonly bytes: number }> | undefined,
  days: readonly string[],
): number | undefined => days.flatMap((day) => storage?.get(day)?.bytes ?? []).at(-1);

function busiestOf(readings: NonNullable<UsageReadings['namespaces']>): NonNullable<Usage['busiest']> {
  const grouped = [...Map.groupBy(readings, ({ namespace }) => namespace)].map(([namespace, own]) => {
    const counts = countsOf(own);
    return { namespace, ...counts, total: operationKinds.reduce((sum, kind) => sum + counts[kind], 0) };
  });
  return grouped.sort((a, b) => b.total - a.total || (a.namespace < b.namespace ? -1 : 1));
}
