import type { AccountCalls } from '../../src/cloudflare/accountCalls.ts';
import { realTiming } from '../../src/core/base/timing.ts';
import type { Latencies } from '../../src/core/cost/inside.ts';
import { InsideJobs } from '../../src/inside/insideJobs.ts';
import type { JobRequest, JobState } from '../../src/inside/job.ts';
import { usualPace } from '../../src/inside/jobUpload.ts';
import type { JobParams, PartParams, PartResult, Turn } from '../../src/inside/protocol.ts';
import { begin, fold, isThrough, type Progress, slowness } from '../../src/inside/worker/progress.ts';
import { emptyTally } from '../../src/inside/worker/tally.ts';
import { never } from './insideJobs.ts';

/** Assumptions about the engine and the account; none of them was measured in a real one. */
export interface Assumed {
  readonly keys: number;
  readonly partsAtOnce: number;
  readonly latencies: Latencies;
  /** More writes a second are refused with 429; unlimited by default. */
  readonly writesPerSecond?: number;
  /** How many calls an instance may make. */
  readonly subrequests?: number;
}

export interface Simulated {
  readonly seconds: number;
  readonly dollars: number;
  readonly parts: number;
  readonly turns: number;
  /** The size of the coordinator's largest step result, and of all of them. */
  readonly largestTurnBytes: number;
  readonly turnBytes: number;
  /** For a window that looks every five seconds. */
  readonly mostRequestsInAMinute: number;
  readonly slowedBy: JobState['slowedBy'];
  readonly partsAtOnce: number;
  readonly done: number;
}

const PAGE = 1000;
const LANES = 6;
const STATUS_SECONDS = 0.05;
const LOOK_EVERY_MS = 5000;
const ID = 'cloudflare-kv-job-000000000000';
const name = (index: number): string => `key:${String(index).padStart(12, '0')}`;

/** A clock that moves only when something takes time. */
class Clock {
  now = Date.UTC(2026, 10, 20);
  pass(seconds: number): void {
    this.now += seconds * 1000;
  }
}

type RunTurn = (env: unknown, params: JobParams, progress: Progress) => Promise<Turn>;

/** The real coordinator and the real window with a simulated engine: a copy of this many keys, in simulated time. */
export async function simulate(assumed: Assumed): Promise<Simulated> {
  const { turn } = (await import(new URL('../../src/inside/worker/turn.ts', import.meta.url).href)) as {
    turn: RunTurn;
  };
  const realNow = Date.now;
  const clock = new Clock();
  Date.now = () => clock.now;
  try {
    return await run(assumed, clock, turn);
  } finally {
    Date.now = realNow;
  }
}

async function run(assumed: Assumed, clock: Clock, turn: RunTurn): Promise<Simulated> {
  const namespace = { id: '0'.repeat(32), title: 'made up' };
  const request: JobRequest = {
    job: 'copy',
    from: namespace,
    to: namespace,
    mode: 'all',
    verify: false,
    partsAtOnce: assumed.partsAtOnce,
  };
  const params: JobParams = { request, startedAt: clock.now, pace: usualPace };
  const progress = begin(params);
  const engine = new Engine(assumed, clock);
  const window = new Window(params, clock);
  const sizes: number[] = [];
  for (;;) {
    const done = await turn(engine, params, progress);
    sizes.push(JSON.stringify(done).length);
    fold(progress, done, done.reported.at);
    await window.see(done);
    if (isThrough(progress)) break;
    const mayStart =
      progress.pending.length > 0 && progress.running.length < (progress.partsDone === 0 ? 1 : progress.partsAtOnce);
    // It waits briefly for messages if there is more to start, and longer the more turns there were.
    if (mayStart) clock.pass(1);
    for (let waited = 0; !mayStart && waited < usualPace.turnMs * slowness(progress); waited += LOOK_EVERY_MS) {
      clock.pass(LOOK_EVERY_MS / 1000);
      await window.see(done);
    }
  }
  const state = await window.last();
  return {
    seconds: (clock.now - params.startedAt) / 1000,
    dollars: state.costSoFar,
    parts: progress.partsDone,
    turns: progress.turns,
    largestTurnBytes: Math.max(...sizes),
    turnBytes: sizes.reduce((sum, size) => sum + size, 0),
    mostRequestsInAMinute: window.mostInAMinute(),
    slowedBy: state.slowedBy,
    partsAtOnce: progress.partsAtOnce,
    done: state.counts.done,
  };
}

/** What the coordinator is bound to. */
class Engine {
  readonly #assumed: Assumed;
  readonly #clock: Clock;
  readonly #parts = new Map<string, { readonly endsAt: number; readonly result: PartResult }>();
  #running = 0;
  readonly SOURCE;
  readonly PART;

  constructor(assumed: Assumed, clock: Clock) {
    this.#assumed = assumed;
    this.#clock = clock;
    this.SOURCE = { list: async ({ cursor }: { cursor?: string }) => this.#list(cursor) };
    this.PART = {
      get: async (id: string) => ({ status: async () => this.#status(id) }),
      createBatch: async ({ instances }: { instances: readonly { id: string; params: PartParams }[] }) => {
        for (const { id, params } of instances) this.#start(id, params);
        return { created: [], errors: [] };
      },
    };
  }

  #list(cursor: string | undefined) {
    this.#clock.pass(this.#assumed.latencies.list);
    const from = Number(cursor ?? 0);
    const to = Math.min(this.#assumed.keys, from + PAGE);
    const keys = { length: to - from, at: () => (to > from ? { name: name(to - 1) } : undefined) };
    return { keys, list_complete: to === this.#assumed.keys, cursor: String(to) };
  }

  #status(id: string) {
    this.#clock.pass(STATUS_SECONDS / LANES);
    const part = this.#parts.get(id);
    if (part === undefined || part.endsAt > this.#clock.now) return { status: 'running' };
    this.#parts.delete(id);
    this.#running--;
    return { status: 'complete', output: part.result };
  }

  #start(id: string, { range, size }: PartParams): void {
    const { keys, latencies, subrequests = Number.POSITIVE_INFINITY, writesPerSecond } = this.#assumed;
    const { read, write, list } = latencies;
    const from = Number(range.cursor ?? 0);
    const end = range.last === undefined ? keys : Number(range.last.slice('key:'.length)) + 1;
    const to = Math.min(end, from + size.pages * size.pageSize);
    const count = to - from;
    const pages = Math.ceil(count / size.pageSize);
    const seconds = pages * list + (count * (read + write)) / size.lanes;
    this.#running++;
    const isThrottled =
      writesPerSecond !== undefined && (this.#running * size.lanes) / (read + write) > writesPerSecond;
    const isOver = pages + 2 * count > subrequests;
    const limit = isOver ? 'subrequests' : isThrottled ? 'throttled' : undefined;
    const tally = { ...emptyTally(), lists: pages, listMs: pages * list * 1000 };
    const worked = {
      done: count,
      reads: count,
      writes: count,
      readMs: count * read * 1000,
      writeMs: count * write * 1000,
    };
    this.#parts.set(id, {
      endsAt: this.#clock.now + (limit ? 2 : seconds) * 1000,
      result: {
        found: [],
        pages: 0,
        tally: limit ? tally : { ...tally, ...worked },
        ...(limit && { limit, rest: range }),
        ...(!limit && to < end && { rest: { ...range, cursor: String(to), after: name(to - 1) } }),
      },
    });
  }
}

/** A window that is always open and looks often. */
class Window {
  readonly #clock: Clock;
  readonly #asked: number[] = [];
  readonly #jobs: InsideJobs;
  #step: Turn | undefined;
  #lookedAt = 0;

  constructor(params: JobParams, clock: Clock) {
    this.#clock = clock;
    const calls = {
      account: '0'.repeat(32),
      call: async ({ path }: { path: string }) => {
        this.#asked.push(clock.now);
        const output = path.endsWith('/step') ? this.#step : JSON.stringify(this.#step).slice(0, 1024);
        const step = { name: 'turn 0-1', success: true, start: '', end: '', output };
        const result = path.endsWith('/step') ? step : { status: 'running', params, steps: [step] };
        return { ok: true, answer: { success: true, result } };
      },
    };
    this.#jobs = new InsideJobs({
      calls: calls as unknown as AccountCalls,
      timing: { ...realTiming, now: () => clock.now },
    });
  }

  async see(step: Turn): Promise<void> {
    this.#step = step;
    if (this.#clock.now - this.#lookedAt < LOOK_EVERY_MS) return;
    this.#lookedAt = this.#clock.now;
    await this.#jobs.state(ID, never);
  }

  /** The state in a window that is opened at the end. */
  async last(): Promise<JobState> {
    this.#clock.pass(60);
    const state = await this.#jobs.state(ID, never);
    this.#clock.pass(-60);
    return state;
  }

  mostInAMinute(): number {
    let [most, first] = [0, 0];
    for (let last = 0; last < this.#asked.length; last++) {
      while ((this.#asked[first] ?? 0) <= (this.#asked[last] ?? 0) - 60_000) first++;
      most = Math.max(most, last - first + 1);
    }
    return most;
  }
}
