import { BYTES_PER_GB, type OperationKind, operationKinds, paidPrice, pricing } from '../cost/pricing.ts';
import { dayOf, daysInMonth, daysIntoMonth, monthStart } from './days.ts';

type Counts = { readonly [Kind in OperationKind]: number };

/** A kind of operation, or storage. */
export type PlanItem = OperationKind | 'storage';

/** The use of one limit of the free plan. */
export interface FreeUse {
  readonly item: PlanItem;
  /** `undefined` if it is not known. */
  readonly used: number | undefined;
  readonly limit: number;
  /** 1 means all of it. */
  readonly share: number | undefined;
}

/** The use of the free plan's daily limits. */
export function freeUse(counts: Counts, bytes: number | undefined): readonly FreeUse[] {
  const use = (item: PlanItem, used: number | undefined, limit: number): FreeUse => ({
    item,
    used,
    limit,
    share: used === undefined ? undefined : used / limit,
  });
  return [
    ...operationKinds.map((kind) => use(kind, counts[kind], pricing.freePerDay[kind])),
    use('storage', bytes, pricing.freeBytes),
  ];
}

/** One line of a month's bill on the paid plan, on top of the base fee. */
export interface CostItem {
  readonly item: PlanItem;
  /** Operations, or bytes on average. */
  readonly used: number | undefined;
  readonly included: number;
  /** US dollars. */
  readonly cost: number | undefined;
  /**
   * At the end of the month, at the current pace; `undefined` on the month's first day, when the pace is not yet known.
   */
  readonly paceUsed: number | undefined;
  readonly paceCost: number | undefined;
  /** The first days of the month have no numbers, and are taken to be like the others. */
  readonly isFilledIn?: true;
}

export interface MonthCost {
  /** The first day of the month. */
  readonly from: string;
  /** US dollars, for what is known. */
  readonly cost: number;
  readonly paceCost: number | undefined;
  readonly items: readonly CostItem[];
}

/** What is known of the storage of a month. */
export interface MonthStorage {
  /** The days that are known. */
  readonly bytesByDay: readonly number[];
  /** How many of the month's first days come before the first known one. */
  readonly daysBefore?: number;
  /** Whether nothing was stored on these. If not, they are taken to be like the others. */
  readonly wereEmpty?: boolean;
}

export function monthCost({
  at,
  counts,
  ...storage
}: MonthStorage & { readonly at: number; readonly counts: Counts }): MonthCost {
  const today = dayOf(at);
  const passed = daysIntoMonth(at);
  const whole = daysInMonth(today);
  const factor = passed < 1 ? undefined : whole / passed;
  const items: CostItem[] = operationKinds.map((item) => {
    const used = counts[item];
    const included = pricing.includedPerMonth[item];
    const costOf = (count: number): number => paidPrice({ [item]: Math.max(0, count - included) });
    const paceUsed = factor === undefined ? undefined : used * factor;
    return {
      item,
      used,
      included,
      cost: costOf(used),
      paceUsed,
      paceCost: paceUsed === undefined ? undefined : costOf(paceUsed),
    };
  });
  items.push(storageCost(storage, { passed, whole }, factor !== undefined));
  const sum = (of: (item: CostItem) => number | undefined): number =>
    items.reduce((total, item) => total + (of(item) ?? 0), 0);
  return {
    from: monthStart(today),
    cost: sum(({ cost }) => cost),
    paceCost: factor === undefined ? undefined : sum(({ paceCost }) => paceCost),
    items,
  };
}

/**
 * Storage for part of a month costs that part of the monthly price. The average of the known days stands for all days,
 * but for those before anything was stored.
 */
function storageCost(
  { bytesByDay, daysBefore = 0, wereEmpty = false }: MonthStorage,
  { passed, whole }: { readonly passed: number; readonly whole: number },
  hasPace: boolean,
): CostItem {
  const included = pricing.includedBytes;
  if (bytesByDay.length === 0) {
    return {
      item: 'storage',
      included,
      used: undefined,
      cost: undefined,
      paceUsed: undefined,
      paceCost: undefined,
    };
  }
  const known = bytesByDay.reduce((total, bytes) => total + bytes, 0) / bytesByDay.length;
  const empty = wereEmpty ? daysBefore : 0;
  const averageOf = (days: number): number => (known * (days - empty)) / days;
  const monthlyCost = (bytes: number): number =>
    (Math.max(0, bytes - included) / BYTES_PER_GB) * pricing.paidPerGbMonth;
  const used = averageOf(Math.floor(passed) + 1);
  const paceUsed = hasPace ? averageOf(whole) : undefined;
  return {
    item: 'storage',
    used,
    included,
    cost: (monthlyCost(used) * passed) / whole,
    paceUsed,
    paceCost: paceUsed === undefined ? undefined : monthlyCost(paceUsed),
    ...(daysBefore > empty && { isFilledIn: true }),
  };
}
