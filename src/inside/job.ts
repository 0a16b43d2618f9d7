import type { Pattern } from '../core/search/pattern.ts';

/** What is done inside Cloudflare, where thousands of calls run at once and no window must stay open. */
export const jobKinds = ['copy', 'export', 'search', 'delete'] as const;
export type JobKind = (typeof jobKinds)[number];

/** Which keys a copy writes: all, those that the target lacks, or all, and deletes what the source does not have. */
export const copyModes = ['all', 'missing', 'equal'] as const;
export type CopyMode = (typeof copyModes)[number];

/** The speeds that are offered: so many parts run at once. */
export const jobSpeeds = [20, 50, 200, 800] as const;
export const USUAL_SPEED = 200;

/** A namespace of the job's account. */
export interface JobNamespace {
  readonly id: string;
  readonly title: string;
}

/** What a person asked for. It is kept with the job in the account, so that any window finds it again. */
export interface JobRequest {
  readonly job: JobKind;
  readonly from: JobNamespace;
  /** Of a copy. */
  readonly to?: JobNamespace | undefined;
  /** Of a copy. */
  readonly mode?: CopyMode | undefined;
  /** R2, of an export. */
  readonly bucket?: string | undefined;
  readonly prefix?: string | undefined;
  /** A selection, in the place of a prefix. */
  readonly keys?: readonly string[] | undefined;
  /** Of a search. */
  readonly query?: Pattern | undefined;
  /** A comparing pass a minute after it. */
  readonly verify: boolean;
  /** Of a copy: only that pass, for what was copied before. */
  readonly comparesOnly?: boolean | undefined;
  /** Of a copy that makes equal: a source without keys is meant, and everything in the target is deleted. */
  readonly emptySource?: boolean | undefined;
  /** The speed: so many parts run at once. */
  readonly partsAtOnce: number;
}

/** Why a job cannot be made; each has its own sentence and remedy. Nothing was made. */
export type Refusal =
  | {
      readonly kind: 'permission' /** As the dashboard names it: "Workers Scripts: Edit". */;
      readonly permission: string;
    }
  | { readonly kind: 'freePlan' }
  | { readonly kind: 'noSubdomain' }
  | { readonly kind: 'noBuckets' }
  | { readonly kind: 'instantNamespace'; readonly title: string };

/** What will be sent to the account, for a person to read before. */
export interface Upload {
  /** Of the Worker; its workflows begin with it. */
  readonly script: string;
  readonly modules: readonly { readonly name: string; readonly text: string }[];
  /** Bindings, limits, tags: as JSON text. */
  readonly metadata: string;
}

export interface JobRef {
  readonly account: string;
  /** The name of its Worker. */
  readonly id: string;
}

export type JobPhase =
  | 'probing' // 2,000 keys, to measure
  | 'running'
  | 'pausing'
  | 'paused'
  | 'waitingToVerify'
  | 'verifying'
  | 'cancelling' // terminated; writes may go on for minutes
  | 'cancelled'
  | 'failed' // parts of it: they can be restarted
  | 'done'
  | 'unknown'; // it is there, but is not told what it is

export interface KeyFailure {
  readonly key: string;
  readonly message: string;
}

export interface JobCounts {
  /** Of keys that the walk has seen; `listed` grows until `allListed`. */
  readonly listed: number;
  readonly allListed: boolean;
  /** Written, exported, searched or deleted. */
  readonly done: number;
  /** Within a minute of their end. */
  readonly expiring: number;
  /** Deleted or expired meanwhile. */
  readonly gone: number;
  /** In the target already, of a copy of what is missing. */
  readonly present: number;
  /** Of a copy that makes equal: keys of the target that were deleted. */
  readonly removed: number;
  readonly failed: number;
  /** Of a search: lines that match. */
  readonly matches: number;
  /** Of the values that were read, or copied; `undefined` for a delete, which reads none. */
  readonly bytes: number | undefined;
}

/** What a job is and how far it is, as the account tells it. */
export interface JobState extends JobRef {
  readonly request: JobRequest | undefined;
  /** Unix milliseconds; of one that does not tell what it is, when it was made. */
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
  readonly phase: JobPhase;
  readonly counts: JobCounts;
  /** Keys a second over the last minutes, where it runs. */
  readonly rate: number | undefined;
  readonly secondsLeft: number | undefined;
  /** US dollars on the paid plan. */
  readonly costSoFar: number;
  readonly costLeft: number | undefined;
  readonly partsAtOnce: number;
  /** Why the speed was lowered by itself. */
  readonly slowedBy: 'throttled' | 'subrequests' | 'connections' | undefined;
  /** As the probe measured them, milliseconds of one call. */
  readonly latencies: { readonly read: number; readonly write: number; readonly list: number } | undefined;
  readonly parts: { readonly total: number; readonly done: number; readonly failed: number };
  /** The first hundred; the report has all. */
  readonly failures: readonly KeyFailure[];
  /** Of the comparing pass, where one was made. */
  readonly differences: { readonly found: number; readonly mended: number; readonly left: number } | undefined;
  /** Worker, workflows, instances that could not be removed. */
  readonly leftovers: readonly string[];
}

/** A start takes no longer, also where the account asks for patience. */
const STARTS_WITHIN_MS = 15 * 60_000;

/** Whether another window may be making a job at this moment: then there is a Worker, and nothing that tells of it. */
export const isBeingMade = ({ phase, startedAt, leftovers }: JobState): boolean =>
  phase === 'unknown' && leftovers.length === 0 && startedAt !== undefined && Date.now() - startedAt < STARTS_WITHIN_MS;

/** All jobs of one account. Every method rejects with `KvError`; a `Refusal` comes as its own error. */
export interface AccountJobs {
  /** What stands in the way, asked before anything is made. */
  refusal(request: JobRequest, signal: AbortSignal): Promise<Refusal | undefined>;
  /** Names of buckets, of an export's choice. */
  buckets(signal: AbortSignal): Promise<readonly string[]>;
  upload(request: JobRequest): Promise<Upload>;
  /** Resolves as soon as it runs in the account; takes away what it made where it does not come so far. */
  start(request: JobRequest, upload: Upload, signal: AbortSignal): Promise<JobRef>;
  /** Of any age and any window, by the mark; asked often it gives what it knows, but for `isFresh`. */
  list(signal: AbortSignal, isFresh?: boolean): Promise<readonly JobState[]>;
  state(id: string, signal: AbortSignal): Promise<JobState>;
  pause(id: string, signal: AbortSignal): Promise<void>;
  resume(id: string, signal: AbortSignal): Promise<void>;
  cancel(id: string, signal: AbortSignal): Promise<void>;
  restartFailed(id: string, signal: AbortSignal): Promise<void>;
  setSpeed(id: string, partsAtOnce: number, signal: AbortSignal): Promise<void>;
  /** All that failed, matched or differs, by key, as JSON lines. */
  report(id: string, signal: AbortSignal): AsyncIterable<string>;
  /**
   * Worker, workflows, instances; resolves to what is left, by name. With `unlessRunning` it rejects with `conflict`
   * where the account tells now that the job goes on, or may be starting.
   */
  remove(id: string, signal: AbortSignal, unlessRunning?: boolean): Promise<readonly string[]>;
}
