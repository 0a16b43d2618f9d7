import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from 'cloudflare:workers';
import type { Control, JobParams, ProgressReport, Turn } from '../protocol.ts';
import type { Env } from './context.ts';
import { given } from './given.ts';
import { textOf } from './limits.ts';
import { writeManifest } from './manifest.ts';
import { begin, beginComparing, fold, isThrough, obey, type Progress, slowness, tell, verifies } from './progress.ts';
import { turn } from './turn.ts';

const STEP = { retries: { limit: 8, delay: '3 seconds', backoff: 'exponential' }, timeout: '20 minutes' } as const;
const PAUSED_MS = 60 * 60_000;
/** How long it listens if there is more to start: a user who presses Pause must not wait for the end of a long list. */
const LISTENING_MS = 1000;
const WEEK_MS = 7 * 24 * 60 * 60_000;

/**
 * Walks over the source, cuts it into parts and starts as many of them at once as it may. Each turn is a step, whose
 * result is what it has changed and a report. The newest report alone tells how far the whole job has got.
 */
export class Walk extends WorkflowEntrypoint<Env, JobParams> {
  override async run(event: Readonly<WorkflowEvent<JobParams>>, step: WorkflowStep): Promise<ProgressReport> {
    const params = given(event.payload);
    const progress = begin(params);
    let at = params.startedAt;
    for (let n = 0; ; n++) {
      const done = (await step.do(`turn ${n}`, STEP, () => turn(this.env, params, progress))) as Turn;
      at = done.reported.at;
      fold(progress, done, at);
      // Thrown outside of a step, because another try of the same step would give the same result.
      if (done.refused !== undefined) throw new Error(done.refused);
      if (isThrough(progress)) {
        if (progress.failed.length > 0) {
          // The user may have it tried again.
          if (!(await heard(step, n, WEEK_MS, progress))) break;
        } else if (progress.round === 'work' && verifies(params)) {
          // A message that arrives meanwhile may pause the job.
          const waitsMs = progress.paused ? PAUSED_MS : params.pace.settleMs;
          if (!(await heard(step, n, waitsMs, progress)) && !progress.paused) beginComparing(progress);
        } else break;
      } else await heard(step, n, waitMs(progress, params), progress);
    }
    const reported = tell(progress, params, at);
    if (params.request.job === 'export' && reported.phase === 'running') {
      await step.do('manifest', STEP, () => writeManifest(this.env, params, progress));
      return { ...reported, phase: 'done' };
    }
    return reported;
  }
}

/** How long there is nothing to do but wait for messages. */
function waitMs(progress: Progress, { pace: { turnMs } }: JobParams): number {
  if (hasMoreToDo(progress)) return Math.min(LISTENING_MS, turnMs);
  return progress.paused && progress.goingOn === 0 ? PAUSED_MS : turnMs * slowness(progress);
}

/** Whether something can be started at once. */
const hasMoreToDo = ({ paused, running, pending, partsAtOnce, partsDone }: Progress): boolean =>
  !paused && pending.length > 0 && running.length < (partsDone === 0 ? 1 : partsAtOnce);

/** Waits for a message, at most this long; returns whether one came. */
async function heard(step: WorkflowStep, turns: number, timeoutMs: number, progress: Progress): Promise<boolean> {
  try {
    const { payload } = await step.waitForEvent<Control>(`wait ${turns}`, { type: 'control', timeout: timeoutMs });
    obey(progress, payload);
    return true;
  } catch (error) {
    // The engine pauses an instance by means of an error. Any other error means that no message came.
    if (/abort/i.test(textOf(error))) throw error;
    return false;
  }
}
