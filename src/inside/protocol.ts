import type { JobRequest } from './job.ts';

/** What the Worker and the extension tell each other: only types, so that nothing of it is uploaded. */

/** Where something is looked for in values: a text as it is, or an expression that was compiled here before. */
export type Needle = { readonly text: string } | { readonly source: string; readonly flags: string };

/** How the coordinator goes about it; tests are in a hurry. */
export interface Pace {
  /** Between two looks at the parts. */
  readonly turnMs: number;
  /** Before the comparing pass, for what was written to be seen everywhere. */
  readonly settleMs: number;
  /** Keys of the first part, which measures. */
  readonly probeKeys: number;
  readonly pagesPerPart: number;
  readonly pageSize: number;
  /** A part that runs for so long is made again, with twice the time. */
  readonly stuckMs: number;
  /** Before a page that has failed is tried again; longer each time. */
  readonly retryMs: number;
  /** Before a call that has failed is tried again; longer each time. KV takes one write a second to a key. */
  readonly callRetryMs: number;
}

/** Of the coordinator's instance; kept in the account, so that any window finds it. */
export interface JobParams {
  readonly request: JobRequest;
  /** Unix milliseconds. */
  readonly startedAt: number;
  /** Of a search. */
  readonly needle?: Needle;
  /** Of an export: what the names of its objects begin with. */
  readonly folder?: string;
  readonly pace: Pace;
}

/** What a part does with its keys. */
export type Work = 'copy' | 'missing' | 'equal' | 'compare' | 'export' | 'search' | 'delete';

/** A place in the listings of source and target. */
export interface Place {
  /** Of the source's listing. */
  readonly cursor?: string;
  /** Of the target's. */
  readonly targetCursor?: string;
  /** Keys up to this one are done. */
  readonly after?: string;
  /** But for these: a page that was given up was worked on in several places at once. */
  readonly behind?: readonly string[];
}

/** The keys of a part: from a place up to a key, or to the end; or these. */
export interface Range extends Place {
  readonly last?: string;
  readonly keys?: readonly string[];
  /** So many parts have stood still over it. */
  readonly stuck?: number;
  /** A part has hit a limit at its very beginning. */
  readonly barren?: boolean;
}

/** A limit that was hit; each is answered in a way of its own. */
export type Limit = 'throttled' | 'subrequests' | 'connections';

/** How much a part takes on, lowered where a limit was hit. */
export interface Size {
  readonly pageSize: number;
  /** A part ends after so many and leaves the rest to another one. */
  readonly pages: number;
  /** Calls under way at once. */
  readonly lanes: number;
}

export interface PartParams {
  readonly number: number;
  readonly work: Work;
  readonly range: Range;
  readonly size: Size;
  readonly prefix?: string;
  /** Of a copy and its comparison. */
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

/** Something to tell of a key. */
export interface Finding {
  readonly kind: 'failed' | 'match' | 'differs';
  readonly key: string;
  readonly text: string;
  /** Of a match, from 1. */
  readonly line?: number;
}

/** What a page has come to: the checkpoint of a part. */
export interface Page {
  readonly place: Place;
  readonly ended: boolean;
  readonly tally: Tally;
  readonly found: readonly Finding[];
  /** It has met a limit: the rest goes on more slowly. */
  readonly limit?: Limit;
  /** Why it was given up; what it had done before is kept. */
  readonly error?: string;
}

export interface PartResult {
  readonly tally: Tally;
  readonly found: readonly Finding[];
  /** Objects written, of an export. */
  readonly pages: number;
  /** What is left of its keys. */
  readonly rest?: Range;
  /** It has met a limit: the rest goes on more slowly. */
  readonly limit?: Limit;
  /** Why it came no further. */
  readonly error?: string;
}

/** Of the coordinator: sent to it as an event of type `control`. */
export interface Control {
  readonly partsAtOnce?: number;
  readonly paused?: boolean;
  readonly restart?: boolean;
}

export type Phase = 'probing' | 'running' | 'pausing' | 'paused' | 'waitingToVerify' | 'verifying' | 'failed' | 'done';

/** How far the job is, as the output of the coordinator's newest turn tells it. */
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
  /** Numbers of the parts that have found something. */
  readonly notable: readonly number[];
  /** Why the parts that failed did. */
  readonly errors: readonly string[];
  readonly turns: number;
}

/** What a turn of the coordinator has changed; the state is all of them, one after another. */
export interface Turn {
  /** Keys that the walk has seen in it, and where it stands. */
  readonly listed: number;
  readonly walk: Walked;
  /** Cut in this turn: to be started in the next, when they are kept. */
  readonly cut: readonly Range[];
  /** Numbers of the parts that were started. */
  readonly started: readonly number[];
  /** Numbers of those that were paused, and go on. */
  readonly resumed: readonly number[];
  /** So many go on although the job is paused: they end their page first. */
  readonly goingOn: number;
  /** Why the job does not go on. */
  readonly refused?: string;
  readonly ended: readonly {
    readonly number: number;
    readonly result: Omit<PartResult, 'found'>;
    readonly found: number;
  }[];
  readonly failures: readonly Finding[];
  /** Calls of the turn itself. */
  readonly lists: number;
  readonly listMs: number;
  readonly reported: ProgressReport;
}

/** How far the walk over the listings is. */
export interface Walked {
  /** Where the part that is being cut begins. */
  readonly start: Place;
  readonly cursor?: string;
  readonly targetCursor?: string;
  /** The last key that was seen. */
  readonly last?: string;
  /** Pages in the part that is being cut. */
  readonly pages: number;
  readonly done: boolean;
}
