import { MAX_PAGE } from '../entry/limits.ts';
import { estimate, readingOf } from './estimate.ts';
import { type Operations, paidPrice } from './pricing.ts';

/**
 * What the engine that runs a job in an account costs on the paid plan, as documented by Cloudflare (Workflows and R2,
 * "Pricing"), in US dollars; as old as `pricing.asOf`.
 */
const enginePricing = {
  perMillionSteps: 8,
  perMillionInstances: 0.3,
  perMillionCpuMs: 0.02,
  /** Of R2: what writes an object or begins, carries and ends one in parts. */
  perMillionObjectWrites: 4.5,
} as const;

/** Seconds of one call, from inside. */
export interface Latencies {
  readonly read: number;
  readonly write: number;
  /** Of a page of 1,000 keys. */
  readonly list: number;
}

/**
 * From what Cloudflare has published of reads; of writes nothing is: a job measures before anybody should rely on them.
 */
export const assumedLatencies: Latencies = { read: 0.05, write: 0.2, list: 0.25 };

export interface InsideWork {
  readonly job: 'copy' | 'export' | 'search' | 'delete';
  /** Of a copy. */
  readonly mode?: 'all' | 'missing' | 'equal' | undefined;
  /** Both sides are compared a minute after it. */
  readonly verify?: boolean | undefined;
  /** Only that: what differs is written, and nobody knows how much that is. */
  readonly comparesOnly?: boolean | undefined;
  readonly keys: number;
  readonly partsAtOnce: number;
  readonly latencies?: Latencies | undefined;
}

export interface InsideEstimate {
  readonly seconds: number;
  readonly dollars: number;
  /** Seconds where calls take half as long, and five times. */
  readonly low: number;
  readonly high: number;
}

/** Calls of an invocation that wait for an answer at once. */
const LANES = 6;
const PROBE_KEYS = 2000;
const KEYS_PER_PART = 4000;
/** What it takes to upload, to begin and to look a last time. */
const STARTING_SECONDS = 20;
const SETTLING_SECONDS = 60;
/** Looking at parts and starting others takes its share (`npm run bench -- inside` simulates it). */
const LOOKING = 1.15;
const SECONDS_PER_TURN = 10;
const CPU_MS_PER_KEY = 1;
const OBJECT_WRITES_PER_PAGE = 3;
const [FASTEST, SLOWEST] = [0.5, 5];

/**
 * What a job takes that runs in the account. An estimate: nothing but its own first part knows how fast the account is.
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

/** What the same takes from here, through the account API. */
export function hereEstimate({ job, keys }: Pick<InsideWork, 'job' | 'keys'>): { seconds: number; dollars: number } {
  const operations: Operations =
    job === 'delete'
      ? { lists: Math.ceil(keys / MAX_PAGE), deletes: keys }
      : { ...readingOf(keys), ...(job === 'copy' && { writes: keys }) };
  return { seconds: estimate(operations).seconds, dollars: paidPrice(operations) };
}

/** Seconds that the calls for one key take, one after another. */
const secondsPerKey = ({ job }: Pick<InsideWork, 'job'>, { read, write }: Latencies): number =>
  job === 'copy' ? read + write : job === 'delete' ? write : read;

const listsTarget = ({ job, mode }: Pick<InsideWork, 'job' | 'mode'>): boolean =>
  job === 'copy' && (mode === 'missing' || mode === 'equal');

/**
 * The speeds of which each is faster than the one before it: from some number of parts on, the one walk over the keys
 * that feeds them is what takes long. In ascending order.
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
  // The walk and the parts list the same pages.
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

/** What the engine costs, beside the calls of KV. */
export function engineCost({ steps, instances, keys }: { steps: number; instances: number; keys: number }): number {
  return (
    (steps * enginePricing.perMillionSteps +
      instances * enginePricing.perMillionInstances +
      keys * CPU_MS_PER_KEY * enginePricing.perMillionCpuMs) /
    1_000_000
  );
}
