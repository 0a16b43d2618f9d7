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

/** The follower of this window. */
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
      // When an account is shown again, follow its jobs that were started here.
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
    // It was being removed when the window reloaded.
    if (ended) finish(ended, true);
    else forget(job, services).catch((error: unknown) => reportError(services.log, 'end of a job', error));
  });
  return follower;
}

/** A job started here. It is still followed after the window reloads. */
interface OwnJob extends JobPlace {
  /** Whether to tell the user when it ends. */
  readonly isTold: boolean;
  /** Unix milliseconds; absent if an earlier version stored it. */
  readonly startedAt?: number;
  /** Its state at the end. Set while it is being removed, when the account may no longer know it. */
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

/** Stores nothing if no job is left, so that the next start loads nothing. */
async function forget(job: JobPlace, services: Services): Promise<void> {
  const left = others(job, services);
  await services.memory.update(ownJobsKey, left.length > 0 ? left : undefined);
}

/** Follows a job that was started here until it ends. */
export async function followJob(
  { account, id }: JobRef,
  { request, isTold }: { readonly request: JobRequest; readonly isTold: boolean },
  services: Services,
): Promise<void> {
  await remember({ account, id, isTold, startedAt: Date.now() }, services);
  await followerOf(services).follow({ account, id }, request);
}

/** Follows the jobs again that were started before the window reloaded. */
export async function followOwnJobs(services: Services): Promise<void> {
  const follower = followerOf(services);
  for (const job of ownJobs(services)) {
    const isKnown = follower.isOwn(job) || endingsOf(follower).has(placeText(job));
    if (!isKnown || !follower.job(job)) await follower.follow(job, undefined, job.startedAt);
  }
}

/** Restarts the failed parts of a job and follows it until it ends. */
export async function restartFailed(state: JobState, services: Services): Promise<void> {
  const { account, id, request } = state;
  const follower = followerOf(services);
  checkMayWrite(state, services);
  await follower.act(state, (jobs, signal) => jobs.restartFailed(id, signal));
  if (request) await followJob({ account, id }, { request, isTold: true }, services);
}

/** Resolves when a job started here has ended and was removed. */
export async function jobEnded(job: JobPlace, signal: AbortSignal, services: Services): Promise<JobState> {
  const follower = followerOf(services);
  const state = await follower.ended(job, signal);
  await endingsOf(follower).get(placeText(job));
  return follower.job(job)?.state ?? state;
}

/** What is done at the end of jobs: promises that are pending or settled. */
const endings = new WeakMap<JobFollower, Map<string, Promise<void>>>();

function endingsOf(follower: JobFollower): Map<string, Promise<void>> {
  const known = endings.get(follower) ?? new Map<string, Promise<void>>();
  endings.set(follower, known);
  return known;
}

interface Ending {
  readonly follower: JobFollower;
  readonly services: Services;
  /** Whether the account no longer knows the job. */
  readonly isLost: boolean;
}

/**
 * Refreshes what the job has written. A job of this window is also removed (unless its parts can be restarted), and the
 * user is told. It stays stored until then: after a reload of the window, all of this is done again.
 */
async function end(state: JobState, { follower, services, isLost }: Ending): Promise<void> {
  showWritten(state, services);
  const own = ownJob(state, services);
  if (!own) return;
  // If the user is not told, nobody will restart its parts.
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
