import type { AccountCalls } from '../cloudflare/accountCalls.ts';
import type { AccountJobs } from './job.ts';

const known = new WeakMap<AccountCalls, Promise<AccountJobs>>();

/** The jobs of an account; returns the same object each time. The code for them is loaded on the first call. */
export function accountJobs(calls: AccountCalls): Promise<AccountJobs> {
  const before = known.get(calls);
  if (before) return before;
  const jobs = import('./jobs.lazy.ts').then(({ InsideJobs }) => new InsideJobs({ calls }));
  known.set(calls, jobs);
  return jobs;
}
