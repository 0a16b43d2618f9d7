import type { Failure } from './failure.ts';

/** A request is not sent if what it relies on was read longer ago than this. */
export const FRESH_MS = 1000;

/**
 * For a request that writes something computed from a read. What it relies on is read again after a wait, and before a
 * request is sent again that may already have been carried out.
 */
export interface Comparison {
  /** When that was last read, by the clock of the requests. After a lost answer it is always too long ago. */
  readonly readAt: number;
  /** Call when an attempt was sent but its answer was lost. */
  lose(failure: Failure): void;
  /** Reads again. Resolves to whether anything is (still) to be sent. Rejects like a read. */
  review(): Promise<boolean>;
  /** Throws if nothing may be sent (any more). */
  checkWritable(): void;
}

/** A review has shown that nothing needs to be sent (any more). */
export class NothingToSend extends Error {}
