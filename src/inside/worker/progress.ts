import type {
  Control,
  Finding,
  JobParams,
  Limit,
  PartResult,
  Phase,
  ProgressReport,
  Range,
  Size,
  Tally,
  Turn,
  Walked,
  Work,
} from '../protocol.ts';
import { add, emptyTally } from './tally.ts';

const LANES = 6; // the number of connections that an invocation has
const MOST_FAILURES = 100;
const MOST_ERRORS = 5;
/** The rate is computed over this many last turns. */
const SAMPLES = 12;
const SMALLEST_PAGE = 10;
/**
 * How many parts in a row may hit a limit without getting anything done, although nothing can be slowed down further.
 */
const MOST_BARREN = 10;
/**
 * After this many turns, turns become twice as long: the engine keeps 25,000 steps of an instance, and a turn is two
 * steps.
 */
const TURNS_OF_A_KIND = 3000;
const SLOWEST = 32;

/** A range with the number of its part. */
export interface Numbered {
  readonly number: number;
  readonly range: Range;
}

/** How far the job has got. Only {@link fold} and {@link obey} change it, so that a replay gives the same result. */
export interface Progress {
  round: 'work' | 'compare';
  readonly comparesOnly: boolean;
  walk: Walked;
  pending: Numbered[];
  running: (Numbered & { readonly startedAt: number; readonly startedIn: number })[];
  failed: { readonly range: Range; readonly message: string }[];
  tally: Tally;
  listed: number;
  partsDone: number;
  nextNumber: number;
  partsAtOnce: number;
  size: Size;
  limit?: Limit;
  /** How many parts in a row got nothing done at the slowest speed. */
  barren: number;
  /** The turn in which each limit was last responded to. */
  slowed: Partial<Record<Limit, number>>;
  paused: boolean;
  /** Number of parts that go on although the job is paused. */
  goingOn: number;
  failures: Finding[];
  notable: number[];
  /** For an export: how many objects each part has written. */
  objects: { readonly part: number; readonly pages: number }[];
  samples: { readonly at: number; readonly keys: number }[];
  turns: number;
}

const atTheStart: Walked = { start: {}, pages: 0, done: false };

export const begin = ({ request, pace }: JobParams): Progress => ({
  round: request.comparesOnly ? 'compare' : 'work',
  comparesOnly: request.comparesOnly === true,
  walk: atTheStart,
  pending: [],
  running: [],
  failed: [],
  tally: emptyTally(),
  listed: 0,
  partsDone: 0,
  nextNumber: 0,
  partsAtOnce: request.partsAtOnce,
  paused: false,
  goingOn: 0,
  slowed: {},
  barren: 0,
  size: { pageSize: pace.pageSize, pages: pace.pagesPerPart, lanes: LANES },
  failures: [],
  notable: [],
  objects: [],
  samples: [],
  turns: 0,
});

/** What the parts of this round do. */
export function workOf({ round }: Progress, { request: { job, mode, keys } }: JobParams): Work {
  if (job !== 'copy') return job;
  if (round === 'compare') return 'compare';
  // A selection has nothing beside it that the target could have in excess.
  if (mode === 'missing' || (mode === 'equal' && keys === undefined)) return mode;
  return 'copy';
}

/** Whether there is a comparing pass. A delete has none, because it would remove keys that were put since. */
export const verifies = ({ request }: JobParams): boolean => request.verify && request.job === 'copy';

/** How many times longer than usual a turn is by now. */
export const slowness = ({ turns }: Pick<Progress, 'turns'>): number =>
  Math.min(SLOWEST, 2 ** Math.floor(turns / TURNS_OF_A_KIND));

/** Applies what a turn has done. */
export function fold(progress: Progress, turn: Omit<Turn, 'reported'>, at: number): void {
  progress.turns++;
  progress.listed += turn.listed;
  progress.tally.lists += turn.lists;
  progress.tally.listMs += turn.listMs;
  progress.walk = turn.walk;
  for (const number of turn.started) {
    const part = progress.pending.find((one) => one.number === number);
    progress.pending = progress.pending.filter((one) => one.number !== number);
    if (part) progress.running.push({ ...part, startedAt: at, startedIn: progress.turns });
  }
  const resumed = new Set(turn.resumed);
  // The time that a part was paused does not count.
  progress.running = progress.running.map((part) => (resumed.has(part.number) ? { ...part, startedAt: at } : part));
  progress.goingOn = turn.goingOn;
  const limits = new Set<Limit>();
  for (const { number, result, found } of turn.ended) {
    const part = progress.running.find((one) => one.number === number);
    const startedIn = part?.startedIn ?? 0;
    progress.running = progress.running.filter((one) => one.number !== number);
    end(progress, number, result, part?.range);
    if (found > 0) progress.notable.push(number);
    // A part that started before the last response to this limit tells nothing new.
    if (result.limit && startedIn > (progress.slowed[result.limit] ?? 0)) limits.add(result.limit);
  }
  for (const limit of limits) slowDown(progress, limit);
  progress.pending.push(...turn.cut.map((range) => ({ number: progress.nextNumber++, range })));
  // Ranges on which nothing was done wait for the others: something in them stands in the way, or they succeed later.
  progress.pending = [false, true].flatMap((barren) =>
    progress.pending.filter(({ range }) => (range.barren ?? false) === barren),
  );
  progress.failures.push(...turn.failures.slice(0, MOST_FAILURES - progress.failures.length));
  progress.samples = [...progress.samples, { at, keys: keysOf(progress.tally) }].slice(-SAMPLES);
}

function end(
  progress: Progress,
  number: number,
  { tally, pages, rest, limit, error }: Omit<PartResult, 'found'>,
  range: Range | undefined,
): void {
  progress.partsDone++;
  add(progress.tally, progress.round === 'work' || progress.comparesOnly ? tally : asDifferences(tally));
  if (pages > 0) progress.objects.push({ part: number, pages });
  const isBarren = limit !== undefined && keysOf(tally) + tally.removed === 0 && rest?.cursor === range?.cursor;
  if (!isBarren) progress.barren = 0;
  else if (isSlowest(progress, limit)) progress.barren++;
  const isFailed = isBarren ? progress.barren >= MOST_BARREN : limit === undefined && error !== undefined;
  if (rest && isFailed) progress.failed.push({ range: rest, message: error ?? limit ?? '' });
  else if (rest) {
    const next = isBarren ? { ...rest, barren: true } : rest;
    progress.pending.unshift({ number: progress.nextNumber++, range: next });
  }
}

/** Whether the job cannot be slowed down further for this limit. */
const isSlowest = ({ partsAtOnce, size }: Progress, limit: Limit): boolean =>
  limit === 'subrequests'
    ? size.pages === 1 && size.pageSize === SMALLEST_PAGE
    : size.lanes === 1 && (limit === 'connections' || partsAtOnce === 1);

/**
 * Keys deleted by the comparing pass were left behind by the copy, and count separately. A key that failed is already
 * known.
 */
const asDifferences = (tally: Tally): Tally => ({
  ...tally,
  done: 0,
  expiring: 0,
  gone: 0,
  present: 0,
  failed: 0,
  differs: tally.differs + tally.done,
  mended: tally.mended + tally.done,
});

/** Responds to a limit by reducing what hits it. */
function slowDown(progress: Progress, limit: Limit): void {
  const { size } = progress;
  progress.limit = limit;
  progress.slowed[limit] = progress.turns;
  if (limit === 'throttled' && progress.partsAtOnce > 1) progress.partsAtOnce >>= 1;
  else if (limit !== 'subrequests') progress.size = { ...size, lanes: Math.max(1, size.lanes >> 1) };
  else if (size.pages > 1) progress.size = { ...size, pages: size.pages >> 1 };
  else progress.size = { ...size, pageSize: Math.max(SMALLEST_PAGE, size.pageSize >> 1) };
}

/** Carries out what the window has asked for. */
export function obey(progress: Progress, { partsAtOnce, paused, restart }: Control): void {
  if (partsAtOnce !== undefined) {
    progress.partsAtOnce = partsAtOnce;
    progress.limit = undefined;
  }
  if (paused !== undefined) {
    progress.paused = paused;
    progress.goingOn = progress.running.length;
  }
  if (restart) {
    const again = progress.failed.map(({ range }) => ({ number: progress.nextNumber++, range }));
    progress.pending.push(...again);
    progress.failed = [];
    progress.barren = 0;
  }
}

/** Begins the comparing pass. */
export function beginComparing(progress: Progress): void {
  progress.round = 'compare';
  progress.walk = atTheStart;
}

export const isThrough = ({ walk, pending, running }: Progress): boolean =>
  walk.done && pending.length === 0 && running.length === 0;

export function phaseOf(progress: Progress, params: JobParams): Phase {
  if (isThrough(progress)) {
    if (progress.failed.length > 0) return 'failed';
    if (progress.round === 'work' && verifies(params)) return progress.paused ? 'paused' : 'waitingToVerify';
    return params.request.job === 'export' ? 'running' : 'done';
  }
  if (progress.paused) return progress.goingOn > 0 ? 'pausing' : 'paused';
  if (progress.round === 'compare') return 'verifying';
  return progress.partsDone === 0 ? 'probing' : 'running';
}

export function tell(progress: Progress, params: JobParams, at: number): ProgressReport {
  const { tally, listed, walk, running, pending, partsAtOnce, limit, failures, notable, samples, turns } = progress;
  const [first, last] = [samples[0], samples.at(-1)];
  const rate =
    first && last && last.at > first.at ? ((last.keys - first.keys) * 1000) / (last.at - first.at) : undefined;
  return {
    phase: phaseOf(progress, params),
    at,
    listed,
    allListed: walk.done || (progress.round === 'compare' && !progress.comparesOnly),
    tally,
    ...(rate !== undefined && { rate }),
    parts: {
      total: progress.partsDone + running.length + pending.length + progress.failed.length,
      done: progress.partsDone,
      failed: progress.failed.length,
      running: running.length,
    },
    partsAtOnce,
    ...(limit && { limit }),
    failures,
    notable,
    turns,
    errors: [...new Set(progress.failed.map(({ message }) => message))].slice(0, MOST_ERRORS),
  };
}

const keysOf = ({ done, expiring, gone, present, failed }: Tally): number => done + expiring + gone + present + failed;
