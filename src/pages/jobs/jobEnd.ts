import * as vscode from 'vscode';
import { sourceIdOf } from '../../auth/account.ts';
import { fullName, keyCount } from '../../core/store/names.ts';
import { countText } from '../../core/text/countText.ts';
import { withoutLinks } from '../../core/text/withoutLinks.ts';
import { keysOf } from '../../core/transfer/selectionName.ts';
import { commandId } from '../../ids.ts';
import type { JobNamespace, JobState } from '../../inside/job.ts';
import type { Services } from '../../services.ts';
import { compareAfter, removeJob, showReport } from './jobDeeds.ts';
import type { JobFollower } from './jobFollower.ts';
import { differencesText, jobHeading, selectionOfJob } from './jobTexts.ts';
import { writtenBy } from './writtenBy.ts';

/** Makes rows and documents reload what a job has written. */
export function showWritten(state: JobState, { accounts }: Pick<Services, 'accounts'>): void {
  const written = writtenBy(state);
  if (written) accounts.namespaceChanged(state.account, written.id);
}

/**
 * Shows one message at the end of a job, with what can be done next. Resolves to whether to restart its failed parts.
 * `onShown` is called before the user answers.
 */
export async function tellEnded(
  state: JobState,
  { follower, services, onShown }: { follower: JobFollower; services: Services; onShown: () => void },
): Promise<boolean> {
  const { phase, request, counts, leftovers } = state;
  const keptFor = follower.job(state)?.keptFor;
  const text = [
    await endedText(state, services),
    // Why the job failed as a whole. Failures of single keys are reported with their keys.
    ...(phase === 'failed'
      ? state.failures
          .filter(({ key }) => key === '')
          .map(({ message }) => message)
          .slice(0, 1)
      : []),
    ...(counts.failed > 0 ? [vscode.l10n.t('{0} failed.', countText(counts.failed))] : []),
    ...(counts.expiring > 0
      ? [vscode.l10n.t('{0} left out, because they expire within a minute.', keyCount(counts.expiring))]
      : []),
    ...(state.differences && (request?.comparesOnly || state.differences.left > 0)
      ? [differencesText(state.differences)]
      : []),
    ...(keptFor !== undefined
      ? [keptFor]
      : leftovers.length > 0
        ? [vscode.l10n.t('This could not be removed from the account: {0}.', leftovers.join(', '))]
        : []),
  ].join(' ');
  const buttons = {
    restart: vscode.l10n.t('Restart Failed Parts'),
    remove: vscode.l10n.t('Remove Again'),
    compare: vscode.l10n.t('Compare and Mend…'),
    report: vscode.l10n.t('Show Report'),
    jobs: vscode.l10n.t('Show Jobs'),
  };
  const offered = [
    ...(phase === 'failed' ? [buttons.restart] : []),
    ...(leftovers.length > 0 && keptFor === undefined ? [buttons.remove] : []),
    ...(phase === 'done' && request?.job === 'copy' && !request.verify ? [buttons.compare] : []),
    buttons.report,
    buttons.jobs,
  ];
  const isWell = phase === 'done' && counts.failed === 0 && leftovers.length === 0;
  const answering = isWell
    ? vscode.window.showInformationMessage(withoutLinks(text), ...offered)
    : vscode.window.showWarningMessage(withoutLinks(text), ...offered);
  onShown();
  const answer = await answering;
  switch (answer) {
    case buttons.remove:
      await removeJob(state, follower);
      break;
    case buttons.compare:
      await compareAfter(state);
      break;
    case buttons.report:
      await showReport(state, follower, services);
      break;
    case buttons.jobs:
      await vscode.commands.executeCommand(commandId('showJobs'));
  }
  return answer === buttons.restart;
}

/** "Copied 10,000,000 keys to cache (Acme Inc) inside Cloudflare." */
async function endedText({ account, phase, request, counts, ...state }: JobState, services: Services): Promise<string> {
  if (!request || phase !== 'done') {
    const heading = jobHeading({ ...state, request });
    return phase === 'failed'
      ? vscode.l10n.t('Parts of a job inside Cloudflare failed: {0}.', heading)
      : phase === 'cancelled'
        ? vscode.l10n.t('A job inside Cloudflare was cancelled: {0}.', heading)
        : vscode.l10n.t('A job inside Cloudflare has ended: {0}.', heading);
  }
  const nameOf = ({ id, title }: JobNamespace): Promise<string> =>
    services.sources.describe({ source: sourceIdOf({ id: account }), id }).then(fullName, () => title);
  const keys = keysOf(selectionOfJob(request), keyCount(counts.done));
  switch (request.job) {
    case 'copy':
      // The message also says what was found and corrected.
      if (request.comparesOnly)
        return vscode.l10n.t('A job inside Cloudflare has ended: {0}.', jobHeading({ ...state, request }));
      return vscode.l10n.t('Copied {0} to {1} inside Cloudflare.', keys, await nameOf(request.to ?? request.from));
    case 'export':
      return vscode.l10n.t(
        'Exported {0} of {1} to the bucket {2} inside Cloudflare.',
        keys,
        await nameOf(request.from),
        request.bucket ?? '',
      );
    case 'search':
      return [
        vscode.l10n.t('Searched {0} of {1} inside Cloudflare.', keys, await nameOf(request.from)),
        vscode.l10n.t('Lines that match: {0}.', countText(counts.matches)),
      ].join(' ');
    case 'delete':
      return vscode.l10n.t('Deleted {0} from {1} inside Cloudflare.', keys, await nameOf(request.from));
  }
}
