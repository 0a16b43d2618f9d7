import type * as vscode from 'vscode';
import type { PageName } from '../ids.ts';
import type { Services } from '../services.ts';
import { restoreJobs } from './jobs/jobsPage.ts';
import { restoreSpace } from './space/spacePage.ts';
import { restoreUsage } from './usage/usagePage.ts';

/* The code of pages, in a bundle of its own that the first page loads. */
export { followerOf, followJob, followOwnJobs, jobEnded } from './jobs/follower.ts';
export { openJobs } from './jobs/jobsPage.ts';
export { openSpace } from './space/spacePage.ts';
export { openUsage } from './usage/usagePage.ts';

/** Fills a panel that is restored after a reload, from what its page stored. Returns false if that is not usable. */
export const restorePage: Readonly<
  Record<PageName, (panel: vscode.WebviewPanel, memory: unknown, services: Services) => boolean>
> = { usage: restoreUsage, space: restoreSpace, jobs: restoreJobs };
