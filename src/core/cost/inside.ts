import { MAX_PAGE } from '../entry/limits.ts';
import { estimate, readingOf } from './estimate.ts';
import { type Operations, paidPrice } from './pricing.ts';

/**
 * What the engine of a job inside an account costs on the paid plan, in US dollars, as documented by Cloudflare
 * (Workflows and R2, "Pricing"). As of `pricing.asOf`.
 */
const enginePricing = {
  perMillionSteps: 8,
  perMillionInstances: 0.3,
  perMillionCpuMs: 0.02,
  /** R2 operations that write an object, or that begin, continue or complete a multipart upload. */
  perMillionObjectWrites: 4.5,
} as const;

/** Seconds per call, from inside the account. */
export interface Latencies {
  readonly read: number;
  readonly write: number;
  /** For a page of 1,000 keys. */
  readonly list: number;
}

/**
 * For reads, from figures that Cloudflare has published. There are none for writes: do not rely on this before a job
 * has measured them.
 */
export const assumedLatencies: Latencies = { read: 0.05, write: 0.2, list: 0.25 };

export interface InsideWork {
  readonly job: 'copy' | 'export' | 'search' | 'delete';
  /** Only for a copy. */
  readonly mode?: 'all' | 'missing' | 'equal' | undefined;
  /** Whether both sides are compared a minute after the copy. */
  readonly verify?: boolean | undefined;
  /**
   * Estimates only the comparison of both sides. What differs is written afterwards, but nobody knows how much that is.
   */
  readonly comparesOnly?: boolean | undefined;
  readonly keys: number;
  readonly partsAtOnce: number;
  readonly latencies?: Latencies | undefined;
}

export interface InsideEstimate {
  readonly seconds: number;
  readonly dollars: number;
  /** Seconds if calls take half as long, or five times as long. */
  readonly low: number;
  readonly high: number;
}

/** Calls that one invocation can have waiting at the same time. */
const LANES = 6;
const PROBE_KEYS = 2000;
const KEYS_PER_PART = 4000;
/** Time to upload the job, to start it and to check a last time. */
const STARTING_SECONDS = 20;
const SETTLING_SECONDS = 60;
/** The overhead of checking parts and starting others (simulated by `npm run bench -- inside`). */
const LOOKING = 1.15;
const SECONDS_PER_TURN = 10;
const CPU_MS_PER_KEY = 1;
const OBJECT_WRITES_PER_PAGE = 3;
const [FASTEST, SLOWEST] = [0.5, 5];

/**
 * The time and price of a job that runs inside the account. Only an estimate: how fast the account is shows only once
 * the first part has run.
 */
export function insideEstimate(work: InsideWork): InsideEstimate {
  const { latencies = assumedLatencies } = work;
  const scaled = (factor: number): number =>
    secondsOf(work, {
      read: latencies.read * factor,
      write: latencies.write * factor,
      list: latencies.list * factor,
    });
  const seconds = scaled(1);
  return { seconds, dollars: dollarsOf(work, seconds), low: scaled(FASTEST), high: scaled(SLOWEST) };
}

/** The same for work done from this machine, through the account API. */
export function hereEstimate({ job, keys }: Pick<InsideWork, 'job' | 'keys'>): { seconds: number; dollars: number } {
  const operations: Operations =
    job === 'delete'
      ? { lists: Math.ceil(keys / MAX_PAGE), deletes: keys }
      : { ...readingOf(keys), ...(job === 'copy' && { writes: keys }) };
  return { seconds: estimate(operations).seconds, dollars: paidPrice(operations) };
}

/** Seconds that the calls for one key take, one after the other. */
const secondsPerKey = ({ job }: Pick<InsideWork, 'job'>, { read, write }: Latencies): number =>
  job === 'copy' ? read + write : job === 'delete' ? write : read;

const listsTarget = ({ job, mode }: Pick<InsideWork, 'job' | 'mode'>): boolean =>
  job === 'copy' && (mode === 'missing' || mode === 'equal');

/**
 * The speeds that are each faster than the one before. Beyond some number of parts, the single walk over the keys that
 * feeds them is the bottleneck. `speeds` must be in ascending order.
 */
export function usefulSpeeds<S extends number>(
  speeds: readonly S[],
  work: Pick<InsideWork, 'job' | 'mode'>,
  latencies: Latencies = assumedLatencies,
): readonly S[] {
  const secondsListing = (latencies.list * (listsTarget(work) ? 2 : 1)) / MAX_PAGE;
  const enough = secondsPerKey(work, latencies) / LANES / Math.max(secondsListing, Number.MIN_VALUE);
  return speeds.filter((_, at) => at === 0 || (speeds[at - 1] ?? 0) < enough);
}

function secondsOf(work: InsideWork, latencies: Latencies): number {
  const { keys, partsAtOnce, verify, comparesOnly } = work;
  if (comparesOnly) return STARTING_SECONDS + (keys / MAX_PAGE) * latencies.list * 2 * LOOKING;
  const perKey = secondsPerKey(work, latencies) / LANES;
  const listing = (keys / MAX_PAGE) * latencies.list * (listsTarget(work) ? 2 : 1);
  const probing = Math.min(keys, PROBE_KEYS) * perKey;
  const rest = Math.max(0, keys - PROBE_KEYS);
  const working = Math.max((rest * perKey) / partsAtOnce, Math.min(rest, KEYS_PER_PART) * perKey, listing);
  const comparing = verify ? SETTLING_SECONDS + (keys / MAX_PAGE) * latencies.list * 2 : 0;
  return STARTING_SECONDS + (probing + working) * LOOKING + comparing;
}

function dollarsOf(work: InsideWork, seconds: number): number {
  const { job, keys, verify, comparesOnly } = work;
  const pages = Math.ceil(keys / MAX_PAGE);
  if (comparesOnly) return paidPrice({ lists: pages * 4 }) + engineCost({ steps: pages, instances: 1, keys: 0 });
  const passes = verify ? 2 : 1;
  // The walk and the parts each list the same pages.
  const lists = pages * 2 * (listsTarget(work) ? 2 : 1) + (verify ? pages * 4 : 0);
  const kv = paidPrice({
    lists,
    ...(job === 'delete' ? { deletes: keys } : { reads: keys }),
    ...(job === 'copy' && { writes: keys }),
  });
  const steps = pages * passes + (2 * seconds) / SECONDS_PER_TURN;
  const instances = 1 + (Math.ceil(keys / KEYS_PER_PART) + 1) * passes;
  const objects =
    job === 'export' ? (pages * OBJECT_WRITES_PER_PAGE * enginePricing.perMillionObjectWrites) / 1_000_000 : 0;
  return kv + engineCost({ steps, instances, keys }) + objects;
}

/** What the engine costs, in addition to the KV calls. */
export function engineCost({ steps, instances, keys }: { steps: number; instances: number; keys: number }): number {
  return (
    (steps * enginePricing.perMillionSteps +
      instances * enginePricing.perMillionInstances +
      keys * CPU_MS_PER_KEY * enginePricing.perMillionCpuMs) /
    1_000_000
  );
}
