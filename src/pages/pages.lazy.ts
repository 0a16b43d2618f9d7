import type * as vscode from 'vscode';
import type { PageName } from '../ids.ts';
import type { Services } from '../services.ts';
import { restoreJobs } from './jobs/jobsPage.ts';
import { restoreSpace } from './space/spacePage.ts';
import { restoreUsage } from './usage/usagePage.ts';

/* What pages show, in a bundle of its own: it is loaded with the first one. */
export { followerOf, followJob, followOwnJobs, jobEnded } from './jobs/follower.ts';
export { openJobs } from './jobs/jobsPage.ts';
export { openSpace } from './space/spacePage.ts';
export { openUsage } from './usage/usagePage.ts';

/** Fills a panel that comes back after a reload with what its page kept; false where that is nothing to go by. */
export const restorePage: Readonly<
  Record<PageName, (panel: vscode.WebviewPanel, memory: unknown, services: Services) => boolean>
> = { usage: restoreUsage, space: restoreSpace, jobs: restoreJobs };
