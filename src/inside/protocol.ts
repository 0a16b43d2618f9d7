import type { JobRequest } from './job.ts';

/** What the Worker and the extension tell each other. Only types, so that nothing of it is uploaded. */

/** What a search looks for in values: plain text, or an expression that was already compiled in the extension. */
export type Needle = { readonly text: string } | { readonly source: string; readonly flags: string };

/** Timing and sizes of the coordinator; tests use smaller ones. */
export interface Pace {
  /** Time between two looks at the parts. */
  readonly turnMs: number;
  /** Wait before the comparing pass, until the writes are visible everywhere. */
  readonly settleMs: number;
  /** Number of keys in the first part, which measures. */
  readonly probeKeys: number;
  readonly pagesPerPart: number;
  readonly pageSize: number;
  /** A part that runs for longer than this is restarted, with twice the time. */
  readonly stuckMs: number;
  /** Wait before a failed page is tried again; it grows each time. */
  readonly retryMs: number;
  /** Wait before a failed call is tried again; it grows each time. KV accepts one write a second to a key. */
  readonly callRetryMs: number;
}

/** Parameters of the coordinator's instance; kept in the account, so that any window finds them. */
export interface JobParams {
  readonly request: JobRequest;
  /** Unix milliseconds. */
  readonly startedAt: number;
  /** For a search. */
  readonly needle?: Needle;
  /** For an export: the beginning of the names of its objects. */
  readonly folder?: string;
  readonly pace: Pace;
}

/** What a part does with its keys. */
export type Work = 'copy' | 'missing' | 'equal' | 'compare' | 'export' | 'search' | 'delete';

/** A place in the listings of source and target. */
export interface Place {
  /** Cursor in the source's listing. */
  readonly cursor?: string;
  /** Cursor in the target's listing. */
  readonly targetCursor?: string;
  /** Keys up to this one are done. */
  readonly after?: string;
  /**
   * Keys that are not done although they come before `after`: the page was given up while several keys were in progress
   * at once.
   */
  readonly behind?: readonly string[];
}

/** The keys of a part: from a place up to a key or to the end, or a selection. */
export interface Range extends Place {
  readonly last?: string;
  readonly keys?: readonly string[];
  /** How many parts have got stuck on it. */
  readonly stuck?: number;
  /** A part hit a limit on it before it got anything done. */
  readonly barren?: boolean;
}

/** A limit that was hit. Each kind is handled differently. */
export type Limit = 'throttled' | 'subrequests' | 'connections';

/** How much a part does at once; reduced when a limit was hit. */
export interface Size {
  readonly pageSize: number;
  /** A part ends after this many pages and leaves the rest to another one. */
  readonly pages: number;
  /** Number of concurrent calls. */
  readonly lanes: number;
}

export interface PartParams {
  readonly number: number;
  readonly work: Work;
  readonly range: Range;
  readonly size: Size;
  readonly prefix?: string;
  /** For a copy and its comparison. */
  readonly mode?: JobRequest['mode'];
  readonly needle?: Needle;
  readonly folder?: string;
  readonly retryMs: number;
  readonly callRetryMs: number;
}

export interface Tally {
  done: number;
  expiring: number;
  gone: number;
  present: number;
  removed: number;
  failed: number;
  matches: number;
  differs: number;
  mended: number;
  bytes: number;
  reads: number;
  readMs: number;
  writes: number;
  writeMs: number;
  deletes: number;
  lists: number;
  listMs: number;
}

/** Something to report about a key. */
export interface Finding {
  readonly kind: 'failed' | 'match' | 'differs';
  readonly key: string;
  readonly text: string;
  /** For a match: the line, from 1. */
  readonly line?: number;
}

/** The result of a page: the checkpoint of a part. */
export interface Page {
  readonly place: Place;
  readonly ended: boolean;
  readonly tally: Tally;
  readonly found: readonly Finding[];
  /** The page hit a limit, so the rest continues more slowly. */
  readonly limit?: Limit;
  /** Why the page was given up. What it did before that is kept. */
  readonly error?: string;
}

export interface PartResult {
  readonly tally: Tally;
  readonly found: readonly Finding[];
  /** For an export: number of objects written. */
  readonly pages: number;
  /** What remains of its keys. */
  readonly rest?: Range;
  /** The part hit a limit, so the rest continues more slowly. */
  readonly limit?: Limit;
  /** Why the part got no further. */
  readonly error?: string;
}

/** A message to the coordinator, sent as an event of type `control`. */
export interface Control {
  readonly partsAtOnce?: number;
  readonly paused?: boolean;
  readonly restart?: boolean;
}

export type Phase = 'probing' | 'running' | 'pausing' | 'paused' | 'waitingToVerify' | 'verifying' | 'failed' | 'done';

/** How far the job has got, from the output of the coordinator's newest turn. */
export interface ProgressReport {
  readonly phase: Phase;
  /** Unix milliseconds. */
  readonly at: number;
  readonly listed: number;
  readonly allListed: boolean;
  readonly tally: Tally;
  /** Keys a second. */
  readonly rate?: number;
  readonly parts: { readonly total: number; readonly done: number; readonly failed: number; readonly running: number };
  readonly partsAtOnce: number;
  readonly limit?: Limit;
  readonly failures: readonly Finding[];
  /** Numbers of the parts that have findings. */
  readonly notable: readonly number[];
  /** Error messages of the failed parts. */
  readonly errors: readonly string[];
  readonly turns: number;
}

/** What a turn of the coordinator has changed. All turns applied in order make up the state. */
export interface Turn {
  /** Number of keys that the walk has seen in this turn, and its position. */
  readonly listed: number;
  readonly walk: Walked;
  /** Ranges cut in this turn. They start in the next turn, once they are saved. */
  readonly cut: readonly Range[];
  /** Numbers of the parts that were started. */
  readonly started: readonly number[];
  /** Numbers of the paused parts that were resumed. */
  readonly resumed: readonly number[];
  /** Number of parts that go on although the job is paused: they finish their page first. */
  readonly goingOn: number;
  /** Why the job does not go on. */
  readonly refused?: string;
  readonly ended: readonly {
    readonly number: number;
    readonly result: Omit<PartResult, 'found'>;
    readonly found: number;
  }[];
  readonly failures: readonly Finding[];
  /** Calls made by the turn itself. */
  readonly lists: number;
  readonly listMs: number;
  readonly reported: ProgressReport;
}

/** How far the walk over the listings has got. */
export interface Walked {
  /** Where the part that is being cut begins. */
  readonly start: Place;
  readonly cursor?: string;
  readonly targetCursor?: string;
  /** The last key that was seen. */
  readonly last?: string;
  /** Number of pages in the part that is being cut. */
  readonly pages: number;
  readonly done: boolean;
}
