import type { OperationKind } from '../cost/pricing.ts';

/** What is asked of an account. */
export interface UsageQuery {
  /** Ids; all of the account when absent. */
  readonly namespaces?: readonly string[] | undefined;
  /** Today and those before it. */
  readonly days: UsageDays;
}

export const usageDays = [1, 7, 31] as const;
/** Cloudflare keeps the numbers of 31 days. */
export type UsageDays = (typeof usageDays)[number];

export interface Quantiles {
  /** Milliseconds; `undefined` where nothing was measured. */
  readonly p50: number | undefined;
  readonly p99: number | undefined;
}

export interface DayReading extends Quantiles {
  readonly day: string;
  readonly kind: OperationKind;
  readonly requests: number;
}

export interface StorageReading {
  readonly day: string;
  readonly namespace: string;
  readonly keys: number;
  readonly bytes: number;
}

/** A part of the numbers that did not come, and why. */
export interface UsageGap {
  readonly part: 'operations' | 'latency' | 'plan' | 'namespaces' | 'storage';
  /** A sentence for the user. */
  readonly reason: string;
}

/** What an account answered. */
export interface UsageReadings {
  /** When the oldest of it was asked for, in milliseconds since 1970, by the clock of the account. */
  readonly at: number;
  /** Of what was asked for. */
  readonly operations: readonly DayReading[] | undefined;
  /** Of what was asked for, over all of its days. */
  readonly latency: readonly ({ readonly kind: OperationKind } & Quantiles)[] | undefined;
  /** Of the whole account since the month began. */
  readonly month: readonly Pick<DayReading, 'day' | 'kind' | 'requests'>[] | undefined;
  /** Of every namespace of the account, over the days asked for. */
  readonly namespaces:
    | readonly { readonly namespace: string; readonly kind: OperationKind; readonly requests: number }[]
    | undefined;
  /**
   * Of every namespace of the account, from the day before the month began, or before the first day asked for,
   * whichever is earlier, as far as it is kept.
   */
  readonly storage: readonly StorageReading[] | undefined;
  /** Of the one namespace that was asked for, where that of all did not come. */
  readonly ownStorage: readonly Omit<StorageReading, 'namespace'>[] | undefined;
  readonly gaps: readonly UsageGap[];
}
