import type { JobPhase, JobRef, JobState } from './job.ts';

/** The state of a job of which nothing is known but its place and its phase. */
export const emptyState = ({ account, id }: JobRef, phase: JobPhase): JobState => ({
  account,
  id,
  request: undefined,
  startedAt: undefined,
  endedAt: undefined,
  phase,
  counts: {
    listed: 0,
    allListed: false,
    done: 0,
    expiring: 0,
    gone: 0,
    present: 0,
    removed: 0,
    failed: 0,
    matches: 0,
    bytes: undefined,
  },
  rate: undefined,
  secondsLeft: undefined,
  costSoFar: 0,
  costLeft: undefined,
  partsAtOnce: 0,
  slowedBy: undefined,
  latencies: undefined,
  parts: { total: 0, done: 0, failed: 0 },
  failures: [],
  differences: undefined,
  leftovers: [],
});
