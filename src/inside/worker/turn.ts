import type { Finding, JobParams, PartParams, PartResult, Turn, Work } from '../protocol.ts';
import type { Env } from './context.ts';
import { inLanes } from './lanes.ts';
import { textOf } from './limits.ts';
import { fold, type Numbered, type Progress, slowness, tell, workOf } from './progress.ts';
import { emptyTally } from './tally.ts';
import { walkOn } from './walkOn.ts';

const LANES = 6;
/** The engine accepts this many new instances in one call, and 1 MiB. */
const BATCH = 100;
const BATCH_SIZE = 250_000;
/** How many failures to report at once; all of them are in the results of the parts. */
const TOLD_FAILURES = 100;
/** How many characters of results from ended parts a turn takes in: its own result is at most 1 MiB. */
const MOST_ENDED = 150_000;
/** How long a turn lists, at first. */
const LISTING_MS = 8000;
/** How many parts to cut ahead of those that run. */
const AHEAD = 10;

export const partId = (number: number): string => `part-${number}`;

type Ended = Turn['ended'][number];

/**
 * Looks at the parts, starts others, and continues the listing. One step of the coordinator, which may be done twice.
 */
export async function turn(env: Env, params: JobParams, progress: Progress): Promise<Turn> {
  const at = Date.now();
  const { ended, failures, resumed, goingOn } = await look(env, params, progress, at);
  const free = progress.partsAtOnce - (progress.running.length - ended.length);
  // The first part runs alone, because it measures.
  const allowed = progress.paused ? 0 : progress.partsDone + ended.length === 0 ? Math.min(1, free) : free;
  const starting = progress.pending.slice(0, Math.max(0, allowed));
  await start(env, params, progress, starting);
  const work = workOf(progress, params);
  const withTarget = work === 'missing' || work === 'equal' || work === 'compare';
  const room = progress.partsAtOnce + AHEAD - (progress.pending.length - starting.length);
  const isWalking = !progress.walk.done && !progress.paused && room > 0;
  const steps = isWalking
    ? await walkOn(env, params, progress.walk, {
        parts: room,
        listingMs: LISTING_MS * slowness(progress),
        withTarget,
      })
    : { walk: progress.walk, cut: [], listed: 0, lists: 0, listMs: 0 };
  const isRefused = deletes(work, params) && steps.walk.done && steps.walk.last === undefined;
  const done = {
    ...steps,
    ...(isRefused && { cut: [], refused: NO_KEYS }),
    // The comparing pass lists the same keys again.
    listed: progress.round === 'work' || progress.comparesOnly ? steps.listed : 0,
    started: starting.map(({ number }) => number),
    ended,
    failures,
    resumed,
    goingOn,
  };
  const after = structuredClone(progress);
  fold(after, done, at);
  return { ...done, reported: tell(after, params, at) };
}

const NO_KEYS = 'The source has no keys (any more). Nothing was deleted.';

/**
 * Whether everything in the target would be deleted if the source has no keys, without the user having said that this
 * is intended.
 */
const deletes = (work: Work, { request: { mode, keys, emptySource } }: JobParams): boolean =>
  mode === 'equal' && (work === 'equal' || work === 'compare') && keys === undefined && !emptySource;

async function look({ PART }: Env, { pace }: JobParams, progress: Progress, now: number) {
  const ended: Ended[] = [];
  const failures: Finding[] = [];
  const resumed: number[] = [];
  let goingOn = 0;
  let size = 0;
  await inLanes(progress.running, LANES, async ({ number, range, startedAt }) => {
    if (size > MOST_ENDED) return; // the next turn looks at it
    const take = (one: Ended): void => {
      ended.push(one);
      size += JSON.stringify(one).length;
    };
    const give = (more: Partial<PartResult>): void =>
      take({ number, found: 0, result: { tally: emptyTally(), pages: 0, rest: range, ...more } });
    const instance = await found(PART, number);
    // Somebody has deleted it, so another one takes its place.
    if (instance === undefined) return give({});
    const { status, output, error } = await instance.status();
    // Each try gets more time: a part that is merely slow would never end if each try had the same time as the one
    // before.
    const { stuck = 0 } = range;
    const isStuck = !progress.paused && now - startedAt > pace.stuckMs * 2 ** stuck;
    const again = (): void => give({ rest: { ...range, stuck: stuck + 1 } });
    if (progress.paused && ['running', 'waiting', 'queued', 'waitingForPause'].includes(status)) goingOn++;
    if (status === 'complete') {
      const { found, ...result } = output as PartResult;
      take({ number, result, found: found.length });
      failures.push(...found.filter(({ kind }) => kind === 'failed').slice(0, TOLD_FAILURES - failures.length));
    } else if (status === 'errored') give({ error: error?.message ?? 'The part broke off.' });
    else if (status === 'terminated') {
      // An earlier try of this turn may have terminated it, see below.
      if (isStuck) again();
      else give({ error: 'The part was ended from outside.' });
    } else if (status === 'paused' && !progress.paused) {
      await instance.resume();
      resumed.push(number);
    } else if ((status === 'running' || status === 'waiting') && progress.paused) {
      // It may have ended meanwhile; the next turn sees that.
      await instance.pause().catch(() => {});
    } else if (status !== 'queued' && isStuck) {
      // What it may still do, another one does as well, and doing it twice does no harm.
      await instance.terminate();
      again();
    }
  });
  return { ended: ended.sort((a, b) => a.number - b.number), failures, resumed, goingOn };
}

async function found(parts: Env['PART'], number: number): Promise<WorkflowInstance | undefined> {
  try {
    return await parts.get(partId(number));
  } catch (error) {
    if (/not.?found/i.test(textOf(error))) return undefined;
    throw error;
  }
}

/** If an id exists, an earlier try has created it. */
async function start({ PART }: Env, params: JobParams, progress: Progress, parts: readonly Numbered[]): Promise<void> {
  const { request, needle, folder } = params;
  const common = {
    work: workOf(progress, params),
    size: progress.size,
    prefix: request.prefix,
    mode: request.mode,
    needle,
    folder,
    retryMs: params.pace.retryMs,
    callRetryMs: params.pace.callRetryMs,
  };
  const instances = parts.map(({ number, range }) => ({
    id: partId(number),
    params: { ...common, number, range } satisfies PartParams,
  }));
  for (const batch of batchesOf(instances)) {
    const { errors } = await PART.createBatch({ instances: batch });
    const failed = errors.find(({ code, message }) => code !== EXISTS && !/already.exists/i.test(message));
    if (failed) throw new Error(failed.message);
  }
}

function* batchesOf<T>(all: readonly T[]): Generator<T[]> {
  let batch: T[] = [];
  let size = 0;
  for (const one of all) {
    const more = JSON.stringify(one).length;
    if (batch.length === BATCH || (batch.length > 0 && size + more > BATCH_SIZE)) {
      yield batch;
      [batch, size] = [[], 0];
    }
    batch.push(one);
    size += more;
  }
  if (batch.length > 0) yield batch;
}

const EXISTS = 10405;
