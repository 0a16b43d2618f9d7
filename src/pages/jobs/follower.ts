import { realTiming } from '../../core/base/timing.ts';
import { ownJobsKey } from '../../ids.ts';
import type { JobRef, JobRequest, JobState } from '../../inside/job.ts';
import type { Services } from '../../services.ts';
import { logError, reportError } from '../../ui/reportError.ts';
import { type JobPlace, placeText } from './jobActions.ts';
import { checkMayWrite } from './jobDeeds.ts';
import { showWritten, tellEnded } from './jobEnd.ts';
import { JobFollower } from './jobFollower.ts';
import { showInStatusBar } from './jobsStatusBar.ts';
import { pauseProtected } from './protectedJobs.ts';

const followers = new WeakMap<Services, JobFollower>();

/** The one of this window. */
export function followerOf(services: Services): JobFollower {
  const known = followers.get(services);
  if (known) return known;
  const { accounts, jobs, pages } = services;
  const follower = pages.own(
    new JobFollower({
      jobsOf: jobs,
      accounts: () => accounts.accounts.filter(({ isShown }) => isShown).map(({ id, name }) => ({ id, name })),
      timing: realTiming,
    }),
  );
  followers.set(services, follower);
  pages.own(
    accounts.onDidChange(() => {
      follower.forgetAccounts();
      // An account that comes back brings those along that were started here.
      const shown = new Set(accounts.accounts.filter(({ isShown }) => isShown).map(({ id }) => id));
      const left = ownJobs(services).filter((job) => shown.has(job.account) && !follower.job(job));
      if (left.length === 0) return;
      followOwnJobs(services).catch((error: unknown) => reportError(services.log, 'follow jobs', error));
    }),
  );
  pages.own(showInStatusBar(follower));
  pages.own(pauseProtected(follower, services));
  const finish = (state: JobState, isLost = false): void => {
    const ending = end(state, { follower, services, isLost }).catch((error: unknown) => {
      reportError(services.log, 'end of a job', error);
    });
    endingsOf(follower).set(placeText(state), ending);
  };
  follower.onDidEnd((state) => finish(state));
  follower.onDidLose((job) => {
    const ended = ownJob(job, services)?.ended;
    // It was being removed when the window was reloaded.
    if (ended) finish(ended, true);
    else forget(job, services).catch((error: unknown) => reportError(services.log, 'end of a job', error));
  });
  return follower;
}

/** Started here, and followed after a reload of the window too. */
interface OwnJob extends JobPlace {
  /** Its end is told to somebody. */
  readonly isTold: boolean;
  /** Unix milliseconds; none was kept by earlier versions. */
  readonly startedAt?: number;
  /** How it was when it ended: it is being removed, and nothing in the account may tell of it any more. */
  readonly ended?: JobState;
}

const ownJobs = ({ memory }: Services): readonly OwnJob[] => memory.get<readonly OwnJob[]>(ownJobsKey, []);

const ownJob = ({ account, id }: JobPlace, services: Services): OwnJob | undefined =>
  ownJobs(services).find((job) => job.account === account && job.id === id);

const others = (job: JobPlace, services: Services): readonly OwnJob[] =>
  ownJobs(services).filter(({ account, id }) => account !== job.account || id !== job.id);

async function remember(job: OwnJob, services: Services): Promise<void> {
  await services.memory.update(ownJobsKey, [...others(job, services), job]);
}

/** Nothing is kept where there is none: then nothing is loaded at the next start. */
async function forget(job: JobPlace, services: Services): Promise<void> {
  const left = others(job, services);
  await services.memory.update(ownJobsKey, left.length > 0 ? left : undefined);
}

/** Follows a job that was started here until its end. */
export async function followJob(
  { account, id }: JobRef,
  { request, isTold }: { readonly request: JobRequest; readonly isTold: boolean },
  services: Services,
): Promise<void> {
  await remember({ account, id, isTold, startedAt: Date.now() }, services);
  await followerOf(services).follow({ account, id }, request);
}

/** Goes on following the jobs that were started before a reload of the window. */
export async function followOwnJobs(services: Services): Promise<void> {
  const follower = followerOf(services);
  for (const job of ownJobs(services)) {
    const isKnown = follower.isOwn(job) || endingsOf(follower).has(placeText(job));
    if (!isKnown || !follower.job(job)) await follower.follow(job, undefined, job.startedAt);
  }
}

/** Starts the failed parts of a job again, and follows it to its end. */
export async function restartFailed(state: JobState, services: Services): Promise<void> {
  const { account, id, request } = state;
  const follower = followerOf(services);
  checkMayWrite(state, services);
  await follower.act(state, (jobs, signal) => jobs.restartFailed(id, signal));
  if (request) await followJob({ account, id }, { request, isTold: true }, services);
}

/** Resolves when a job that was started here has ended and was removed. */
export async function jobEnded(job: JobPlace, signal: AbortSignal, services: Services): Promise<JobState> {
  const follower = followerOf(services);
  const state = await follower.ended(job, signal);
  await endingsOf(follower).get(placeText(job));
  return follower.job(job)?.state ?? state;
}

/** What is done at the end of jobs, under way or done. */
const endings = new WeakMap<JobFollower, Map<string, Promise<void>>>();

function endingsOf(follower: JobFollower): Map<string, Promise<void>> {
  const known = endings.get(follower) ?? new Map<string, Promise<void>>();
  endings.set(follower, known);
  return known;
}

interface Ending {
  readonly follower: JobFollower;
  readonly services: Services;
  /** The account does not tell of it any more. */
  readonly isLost: boolean;
}

/**
 * What a job has written is shown; one of this window is removed, unless its parts can be started again, and told. It
 * is remembered until then: after a reload of the window all of it is done again.
 */
async function end(state: JobState, { follower, services, isLost }: Ending): Promise<void> {
  showWritten(state, services);
  const own = ownJob(state, services);
  if (!own) return;
  // Where nobody is told, nobody starts its parts again.
  const stays = own.isTold && state.phase === 'failed';
  if (!stays) await remember({ ...own, ended: state }, services);
  const leftovers = stays ? [] : await follower.removeEnded(state, isLost);
  if (own.isTold) void tell({ ...state, leftovers }, follower, services);
  else await forget(own, services);
}

async function tell(state: JobState, follower: JobFollower, services: Services): Promise<void> {
  const onShown = (): void => {
    forget(state, services).catch((error: unknown) => logError(services.log, 'end of a job', error));
  };
  try {
    if (await tellEnded(state, { follower, services, onShown })) await restartFailed(state, services);
  } catch (error) {
    reportError(services.log, 'end of a job', error);
  }
}
