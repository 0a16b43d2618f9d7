import { MAX_PAGE } from '../entry/limits.ts';
import { batchLimits } from '../store/batches.ts';
import { type Operations, shareOfFreeDay } from './pricing.ts';

/** Keys per bulk read (Cloudflare API, "Get multiple KV pairs"). */
const KEYS_PER_READ = 100;
/** Approximate seconds per request to an account: six reads run concurrently, writes run one by one. */
const SECONDS_PER_READ = 0.1;
const SECONDS_PER_WRITE = 0.5;
/** Typical upload speed in bytes per second. */
const BYTES_PER_SECOND = 4_000_000;
/** The budget of an account's requests, see `budget.ts`; requests beyond it wait. */
const REQUESTS_AT_ONCE = 1200;
const REQUESTS_PER_SECOND = 4;

/** A shorter time, in seconds, is not worth mentioning. */
export const MOMENT_SECONDS = 10;
/** A smaller share of the free plan's daily limit is not worth asking about. */
const NOTICEABLE_SHARE = 0.1;

/**
 * The requests and time of bulk work on an account: a rough estimate, to tell seconds from minutes before it starts.
 */
export interface Estimate {
  readonly requests: number;
  readonly seconds: number;
}

/** All requests are bulk requests; `bytes` is the size of the values written. */
export function estimate({ reads = 0, writes = 0, deletes = 0, lists = 0 }: Operations, bytes = 0): Estimate {
  const limits = batchLimits.remote;
  const reading = lists + Math.ceil(reads / KEYS_PER_READ);
  const writing =
    Math.max(Math.ceil(writes / limits.items), Math.ceil(bytes / limits.bytes)) + Math.ceil(deletes / limits.items);
  const requests = reading + writing;
  const waiting = Math.max(0, requests - REQUESTS_AT_ONCE) / REQUESTS_PER_SECOND;
  const working = reading * SECONDS_PER_READ + writing * SECONDS_PER_WRITE;
  return { requests, seconds: Math.max(waiting, working) + bytes / BYTES_PER_SECOND };
}

/** The operations for reading the values of this many keys, which are listed first. */
export const readingOf = (keys: number): Operations => ({ reads: keys, lists: Math.ceil(keys / MAX_PAGE) });

/** Whether to ask the user first: the work takes more than a moment, or a tenth of the free plan's daily limit. */
export const isCostly = (operations: Operations): boolean =>
  estimate(operations).seconds >= MOMENT_SECONDS || shareOfFreeDay(operations) >= NOTICEABLE_SHARE;
