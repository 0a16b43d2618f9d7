/**
 * What operations and storage on a real account cost, as documented by Cloudflare (Workers KV, "Pricing" and "Limits").
 * The one place for these numbers; `asOf` says how old they are.
 */
export const pricing = {
  asOf: '2026-11',
  /** Operations a day on the free plan. */
  freePerDay: { reads: 100_000, writes: 1_000, deletes: 1_000, lists: 1_000 },
  /** Bytes stored on the free plan. */
  freeBytes: 1_000_000_000,
  /** Operations a month that the paid plan's base fee covers. */
  includedPerMonth: { reads: 10_000_000, writes: 1_000_000, deletes: 1_000_000, lists: 1_000_000 },
  /** US dollars per million on the paid plan. */
  paidPerMillion: { reads: 0.5, writes: 5, deletes: 5, lists: 5 },
  /** Bytes, on average over a month, that the base fee covers. */
  includedBytes: 1_000_000_000,
  /** US dollars for each further GB kept for a month. */
  paidPerGbMonth: 0.5,
} as const;

export const BYTES_PER_GB = 1_000_000_000;

export const operationKinds = ['reads', 'writes', 'deletes', 'lists'] as const;
export type OperationKind = (typeof operationKinds)[number];

export type Operations = { readonly [kind in OperationKind]?: number };

/** How many times the free plan's day the operations are: the largest share of any kind. */
export function shareOfFreeDay(operations: Operations): number {
  const shares = kinds(operations).map(([kind, count]) => count / pricing.freePerDay[kind]);
  return Math.max(0, ...shares);
}

/** US dollars on the paid plan. */
export function paidPrice(operations: Operations): number {
  return kinds(operations).reduce((sum, [kind, count]) => sum + (count * pricing.paidPerMillion[kind]) / 1_000_000, 0);
}

const kinds = (operations: Operations) => operationKinds.map((kind) => [kind, operations[kind] ?? 0] as const);
