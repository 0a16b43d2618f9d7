import type { Pattern } from '../core/search/pattern.ts';

/** What can be done inside Cloudflare, where thousands of calls run at once and no window must stay open. */
export const jobKinds = ['copy', 'export', 'search', 'delete'] as const;
export type JobKind = (typeof jobKinds)[number];

/**
 * Which keys a copy writes: all; those that the target lacks; or all, while also deleting keys that the source does not
 * have.
 */
export const copyModes = ['all', 'missing', 'equal'] as const;
export type CopyMode = (typeof copyModes)[number];

/** The speeds on offer: how many parts run at once. */
export const jobSpeeds = [20, 50, 200, 800] as const;
export const USUAL_SPEED = 200;

/** A namespace of the job's account. */
export interface JobNamespace {
  readonly id: string;
  readonly title: string;
}

/** What the user asked for. It is kept with the job in the account, so that any window finds it again. */
export interface JobRequest {
  readonly job: JobKind;
  readonly from: JobNamespace;
  /** For a copy. */
  readonly to?: JobNamespace | undefined;
  /** For a copy. */
  readonly mode?: CopyMode | undefined;
  /** R2 bucket, for an export. */
  readonly bucket?: string | undefined;
  readonly prefix?: string | undefined;
  /** Selected keys, instead of a prefix. */
  readonly keys?: readonly string[] | undefined;
  /** For a search. */
  readonly query?: Pattern | undefined;
  /** Whether a comparing pass follows a minute later. */
  readonly verify: boolean;
  /** For a copy: run only the comparing pass, for keys that were copied before. */
  readonly comparesOnly?: boolean | undefined;
  /** For a copy that makes equal: the source may be empty, in which case everything in the target is deleted. */
  readonly emptySource?: boolean | undefined;
  /** The speed: how many parts run at once. */
  readonly partsAtOnce: number;
}

/** Why a job cannot be created; nothing was created. Each reason has its own message and remedy. */
export type Refusal =
  | {
      readonly kind: 'permission' /** As the dashboard calls it: "Workers Scripts: Edit". */;
      readonly permission: string;
    }
  | { readonly kind: 'freePlan' }
  | { readonly kind: 'noSubdomain' }
  | { readonly kind: 'noBuckets' }
  | { readonly kind: 'instantNamespace'; readonly title: string };

/** What will be sent to the account, for the user to review first. */
export interface Upload {
  /** Name of the Worker; the names of its workflows begin with it. */
  readonly script: string;
  readonly modules: readonly { readonly name: string; readonly text: string }[];
  /** Bindings, limits and tags, as JSON text. */
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
  | 'failed' // some parts failed and can be restarted
  | 'done'
  | 'unknown'; // it exists, but does not say what it is

export interface KeyFailure {
  readonly key: string;
  readonly message: string;
}

export interface JobCounts {
  /** Number of keys that the walk has seen; grows until `allListed`. */
  readonly listed: number;
  readonly allListed: boolean;
  /** Keys written, exported, searched or deleted. */
  readonly done: number;
  /** Keys that expire within a minute. */
  readonly expiring: number;
  /** Keys that were deleted or expired meanwhile. */
  readonly gone: number;
  /** For a copy of missing keys: those already in the target. */
  readonly present: number;
  /** For a copy that makes equal: keys of the target that were deleted. */
  readonly removed: number;
  readonly failed: number;
  /** For a search: lines that match. */
  readonly matches: number;
  /** Size of the values read or copied; `undefined` for a delete, which reads none. */
  readonly bytes: number | undefined;
}

/** What a job is and how far it has got, according to the account. */
export interface JobState extends JobRef {
  readonly request: JobRequest | undefined;
  /** Unix milliseconds. If the job does not say what it is, the time of its creation. */
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
  readonly phase: JobPhase;
  readonly counts: JobCounts;
  /** Keys a second over the last minutes, while it runs. */
  readonly rate: number | undefined;
  readonly secondsLeft: number | undefined;
  /** US dollars on the paid plan. */
  readonly costSoFar: number;
  readonly costLeft: number | undefined;
  readonly partsAtOnce: number;
  /** Why the job lowered its speed by itself. */
  readonly slowedBy: 'throttled' | 'subrequests' | 'connections' | undefined;
  /** Milliseconds per call, as the probe measured them. */
  readonly latencies: { readonly read: number; readonly write: number; readonly list: number } | undefined;
  readonly parts: { readonly total: number; readonly done: number; readonly failed: number };
  /** The first hundred; the report has all of them. */
  readonly failures: readonly KeyFailure[];
  /** Results of the comparing pass, if there was one. */
  readonly differences: { readonly found: number; readonly mended: number; readonly left: number } | undefined;
  /** Worker, workflows and instances that could not be removed. */
  readonly leftovers: readonly string[];
}

/** The longest time that a start takes, even if the account throttles requests. */
const STARTS_WITHIN_MS = 15 * 60_000;

/** Whether another window may be creating a job at this moment: its Worker exists, but does not say what it is yet. */
export const isBeingMade = ({ phase, startedAt, leftovers }: JobState): boolean =>
  phase === 'unknown' && leftovers.length === 0 && startedAt !== undefined && Date.now() - startedAt < STARTS_WITHIN_MS;

/** All jobs of one account. Every method rejects with `KvError`; a `Refusal` comes as its own error. */
export interface AccountJobs {
  /** What stands in the way of a job; asked before anything is created. */
  refusal(request: JobRequest, signal: AbortSignal): Promise<Refusal | undefined>;
  /** Names of buckets to choose from for an export. */
  buckets(signal: AbortSignal): Promise<readonly string[]>;
  upload(request: JobRequest): Promise<Upload>;
  /** Resolves as soon as the job runs in the account. If it does not get that far, removes what was created. */
  start(request: JobRequest, upload: Upload, signal: AbortSignal): Promise<JobRef>;
  /**
   * Jobs of any age, from any window, found by their mark. If called often, returns what is known, unless `isFresh`.
   */
  list(signal: AbortSignal, isFresh?: boolean): Promise<readonly JobState[]>;
  state(id: string, signal: AbortSignal): Promise<JobState>;
  pause(id: string, signal: AbortSignal): Promise<void>;
  resume(id: string, signal: AbortSignal): Promise<void>;
  cancel(id: string, signal: AbortSignal): Promise<void>;
  restartFailed(id: string, signal: AbortSignal): Promise<void>;
  setSpeed(id: string, partsAtOnce: number, signal: AbortSignal): Promise<void>;
  /** All keys that failed, matched or differ, as JSON lines. */
  report(id: string, signal: AbortSignal): AsyncIterable<string>;
  /**
   * Removes the Worker, workflows and instances; resolves to the names of those left. With `unlessRunning`, rejects
   * with `conflict` if the account says that the job is running, or may be starting.
   */
  remove(id: string, signal: AbortSignal, unlessRunning?: boolean): Promise<readonly string[]>;
}
