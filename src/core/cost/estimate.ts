import { MAX_PAGE } from '../entry/limits.ts';
import { batchLimits } from '../store/batches.ts';
import { type Operations, shareOfFreeDay } from './pricing.ts';

/** Keys that one bulk read takes (Cloudflare API, "Get multiple KV pairs"). */
const KEYS_PER_READ = 100;
/** The work on an account takes about so many seconds for each request: reads go six at once, writes one by one. */
const SECONDS_PER_READ = 0.1;
const SECONDS_PER_WRITE = 0.5;
/** What a usual line carries up, in bytes a second. */
const BYTES_PER_SECOND = 4_000_000;
/** The budget of an account's requests, see `budget.ts`: what exceeds it waits. */
const REQUESTS_AT_ONCE = 1200;
const REQUESTS_PER_SECOND = 4;

/** Less than this is not worth a word, in seconds. */
export const MOMENT_SECONDS = 10;
/** A smaller part of the free plan's day is not worth a question. */
const NOTICEABLE_SHARE = 0.1;

/** What bulk work on an account takes. A guess, to tell seconds from minutes before it starts. */
export interface Estimate {
  readonly requests: number;
  readonly seconds: number;
}

/** Everything goes in bulk; `bytes` are those of the values written. */
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

/** What it takes to read every value of so many keys that are listed first. */
export const readingOf = (keys: number): Operations => ({ reads: keys, lists: Math.ceil(keys / MAX_PAGE) });

/** Whether it is worth a question of its own: it takes more than a moment, or a tenth of the free plan's day. */
export const isCostly = (operations: Operations): boolean =>
  estimate(operations).seconds >= MOMENT_SECONDS || shareOfFreeDay(operations) >= NOTICEABLE_SHARE;
