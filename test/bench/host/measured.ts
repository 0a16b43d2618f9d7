import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';

/** Environment variable that names the file for what a bench measures inside the extension host. */
export const measuredVariable = 'KV_BENCH_MEASURED';

/** One start of the extension. */
export interface Activation {
  readonly activateMs: number;
  /** Evaluating the main bundle, which comes before. */
  readonly loadMs: number;
  /** Bundles and threads that were there when activate() returned, besides the main bundle. */
  readonly early: readonly string[];
  /** Those that came with the first namespace and the first key. */
  readonly late: readonly string[];
}

/** The view with every group of a large namespace read. */
export interface Tree {
  readonly groups: number;
  readonly keys: number;
  readonly listMs: number;
  readonly topBytes: number;
  readonly heapBytes: number;
  readonly commandMs: number;
  readonly worstCommandMs: number;
  readonly expandMs: number;
  readonly worstExpandMs: number;
  readonly shownMs: number;
  readonly worstShownMs: number;
  readonly shownBytes: number;
}

/** Keys offered in Worker code, letter by letter. */
export interface CodeCompletion {
  readonly answerMs: number;
  readonly worstAnswerMs: number;
  /** Processor time of the whole extension host for one call of a burst. */
  readonly burstMs: number;
  readonly offered: number;
  /** The prefixes of all groups. */
  readonly groupsMs: number;
  readonly groups: number;
}

/** Milliseconds from the command to what a page came to. */
export interface PageTimes {
  /** Its editor was asked for. */
  readonly opened: number;
  /** Its script runs. */
  readonly ready: number;
  /** Anything of it can be seen. */
  readonly painted: number;
  /** What it is about can be seen, its pictures included. */
  readonly complete: number;
}

/** The first one of the window, and the middle of those after it. */
export interface PageOpenings {
  readonly first: PageTimes;
  readonly again: PageTimes;
}

export interface PagePaint {
  readonly usage: PageOpenings;
  readonly space: PageOpenings;
}

/** Hands what was measured over to the bench that started this host. */
export function leave<T>(measured: T): void {
  const file = process.env[measuredVariable];
  assert.ok(file);
  writeFileSync(file, JSON.stringify(measured));
}
