import type { OperationKind } from '../cost/pricing.ts';

/** What to ask an account. */
export interface UsageQuery {
  /** Ids; absent for the whole account. */
  readonly namespaces?: readonly string[] | undefined;
  /** How many days, including today. */
  readonly days: UsageDays;
}

export const usageDays = [1, 7, 31] as const;
/** Cloudflare keeps the numbers for 31 days. */
export type UsageDays = (typeof usageDays)[number];

export interface Quantiles {
  /** Milliseconds; `undefined` if nothing was measured. */
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

/** A part of the numbers that is missing, and why. */
export interface UsageGap {
  readonly part: 'operations' | 'latency' | 'plan' | 'namespaces' | 'storage';
  /** A sentence for the user. */
  readonly reason: string;
}

/** The answer of an account. */
export interface UsageReadings {
  /** When the oldest part was requested, in Unix milliseconds by the account's clock. */
  readonly at: number;
  /** For the namespaces and days that were asked for. */
  readonly operations: readonly DayReading[] | undefined;
  /** For the namespaces that were asked for, over all of the days. */
  readonly latency: readonly ({ readonly kind: OperationKind } & Quantiles)[] | undefined;
  /** For the whole account since the beginning of the month. */
  readonly month: readonly Pick<DayReading, 'day' | 'kind' | 'requests'>[] | undefined;
  /** For every namespace of the account, over the days that were asked for. */
  readonly namespaces:
    | readonly { readonly namespace: string; readonly kind: OperationKind; readonly requests: number }[]
    | undefined;
  /**
   * For every namespace of the account, starting on the day before the month began or before the first day asked for,
   * whichever is earlier, as far back as the numbers are kept.
   */
  readonly storage: readonly StorageReading[] | undefined;
  /** For the single namespace that was asked for, if the numbers of all namespaces are missing. */
  readonly ownStorage: readonly Omit<StorageReading, 'namespace'>[] | undefined;
  readonly gaps: readonly UsageGap[];
}
