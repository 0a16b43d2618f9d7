/**
 * What operations and storage cost on a real account, as documented by Cloudflare (Workers KV, "Pricing" and "Limits").
 * These numbers are only defined here; `asOf` is their date.
 */
export const pricing = {
  asOf: '2026-11',
  /** Operations per day on the free plan. */
  freePerDay: { reads: 100_000, writes: 1_000, deletes: 1_000, lists: 1_000 },
  /** Bytes of storage on the free plan. */
  freeBytes: 1_000_000_000,
  /** Operations per month included in the paid plan's base fee. */
  includedPerMonth: { reads: 10_000_000, writes: 1_000_000, deletes: 1_000_000, lists: 1_000_000 },
  /** US dollars per million operations on the paid plan. */
  paidPerMillion: { reads: 0.5, writes: 5, deletes: 5, lists: 5 },
  /** Bytes, averaged over a month, included in the base fee. */
  includedBytes: 1_000_000_000,
  /** US dollars per additional GB and month. */
  paidPerGbMonth: 0.5,
} as const;

export const BYTES_PER_GB = 1_000_000_000;

export const operationKinds = ['reads', 'writes', 'deletes', 'lists'] as const;
export type OperationKind = (typeof operationKinds)[number];

export type Operations = { readonly [kind in OperationKind]?: number };

/**
 * How many times the free plan's daily limit the operations need, by the kind of operation that needs the largest
 * share.
 */
export function shareOfFreeDay(operations: Operations): number {
  const shares = kinds(operations).map(([kind, count]) => count / pricing.freePerDay[kind]);
  return Math.max(0, ...shares);
}

/** The price in US dollars on the paid plan. */
export function paidPrice(operations: Operations): number {
  return kinds(operations).reduce((sum, [kind, count]) => sum + (count * pricing.paidPerMillion[kind]) / 1_000_000, 0);
}

const kinds = (operations: Operations) => operationKinds.map((kind) => [kind, operations[kind] ?? 0] as const);
