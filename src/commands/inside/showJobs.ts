import * as vscode from 'vscode';
import type { JobState } from '../../inside/job.ts';
import { only } from '../invocation/command.ts';
import { noFields } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { nothing } from '../invocation/targets.ts';

/** Shows the jobs inside Cloudflare of the accounts, whichever window started them. Resolves to them. */
export const showJobs = defineCommand<object, readonly JobState[]>('showJobs', {
  progress: vscode.l10n.t('Looking for jobs'),
  args: noFields,
  asked: only(nothing),
  async run(_, { services, endProgress }) {
    const { openJobs } = await import('../../pages/pages.lazy.ts');
    // The page itself shows progress and errors.
    endProgress();
    return await openJobs(services);
  },
});
