import type { Failure } from './failure.ts';

/**
 * What a request relies on: how things were when they were read. It is not sent on what was read longer ago than this.
 */
export const FRESH_MS = 1000;

/**
 * For a request that writes what was computed from a read. After a wait, and before it is sent once more though it may
 * have been carried out, what it relies on is read again.
 */
export interface Comparison {
  /** When that was read last, by the clock of the requests; always too long ago once an answer was lost since. */
  readonly readAt: number;
  /** An attempt was sent and its answer lost. */
  lose(failure: Failure): void;
  /** Reads again; resolves to whether there is anything (still) to be sent. Rejects as a read does. */
  review(): Promise<boolean>;
  /** Throws where nothing may be sent (any more). */
  checkWritable(): void;
}

/** A review has shown that nothing is to be sent (any more). */
export class NothingToSend extends Error {}
