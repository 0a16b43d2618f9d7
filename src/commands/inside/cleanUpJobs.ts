import * as vscode from 'vscode';
import { errorText, isKvError } from '../../core/base/errors.ts';
import { withoutLinks } from '../../core/text/withoutLinks.ts';
import { isBeingMade, type JobState } from '../../inside/job.ts';
import { hasEnded, jobHeading } from '../../pages/jobs/jobTexts.ts';
import { confirm as askToConfirm } from '../../ui/confirm.ts';
import { logError } from '../../ui/reportError.ts';
import { only } from '../invocation/command.ts';
import { fields, flagField, optional } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { nothing } from '../invocation/targets.ts';

interface CleanUpJobs {
  readonly confirm?: boolean | undefined;
}

interface CleanedUp {
  /** Ids of jobs that were removed completely. */
  readonly removed: readonly string[];
  /** Names of what could not be removed, with the reason if it is known. */
  readonly leftovers: readonly string[];
  /** Ids of jobs that are running, or that another window may be creating. They are left alone. */
  readonly running: readonly string[];
  /** Accounts whose jobs could not be listed, each with the reason; absent if all could be. */
  readonly unread?: readonly string[];
}

/** Removes what jobs have left in the accounts, of any age and from any window. Running jobs stay. */
export const cleanUpJobs = defineCommand<CleanUpJobs, CleanedUp>('cleanUpJobs', {
  progress: vscode.l10n.t('Looking for what jobs have left'),
  args: fields({ confirm: optional(flagField) }),
  asked: only(nothing),
  async run({ confirm }, { services, signal, report, waitFor }) {
    const { followerOf } = await import('../../pages/pages.lazy.ts');
    const follower = followerOf(services);
    const jobs = await follower.list(signal, true);
    const failed = follower.accounts.filter(({ error }) => error !== undefined);
    // If no account could be read, its error says what to do.
    if (failed.length > 0 && failed.length === follower.accounts.length) throw failed[0]?.error;
    const unread = failed.map(({ name, error }) => unreadText(name, error));
    for (const { error } of failed) logError(services.log, 'cleanUpJobs', error);
    const isRead = ({ account }: JobState): boolean => !failed.some(({ id }) => id === account);
    const read = jobs.filter(isRead);
    const going = read.filter((job) => hasEnded(job) || (job.phase === 'unknown' && !isBeingMade(job)));
    const running = read.filter((job) => !going.includes(job)).map(({ id }) => id);
    const outcome = (removed: readonly string[], leftovers: readonly string[]): CleanedUp => ({
      removed,
      leftovers,
      running,
      ...(unread.length > 0 && { unread }),
    });
    if (going.length === 0) return outcome([], []);
    if (confirm !== true && !(await waitFor(askToConfirm(questionOf(going, unread))))) return undefined;
    const removed: string[] = [];
    const leftovers: string[] = [];
    for (const [at, job] of going.entries()) {
      report(vscode.l10n.t('Removing {0} of {1} jobs', at + 1, going.length));
      try {
        const left = await follower.remove(job, signal, { unlessRunning: true });
        if (left.length === 0) removed.push(job.id);
        leftovers.push(...left);
      } catch (error) {
        if (isKvError(error, 'cancelled')) throw error;
        // Another window has started the job again since the user was asked.
        if (isKvError(error, 'conflict')) {
          running.push(job.id);
          continue;
        }
        logError(services.log, 'cleanUpJobs', error);
        leftovers.push(vscode.l10n.t('{0}: {1}', job.id, errorText(error)));
      }
    }
    return outcome(removed, leftovers);
  },
  tell: tellCleanedUp,
});

const unreadText = (name: string, error: unknown): string =>
  vscode.l10n.t('The jobs of {0} could not be listed: {1}', name, errorText(error));

const questionOf = (going: readonly JobState[], unread: readonly string[]) => ({
  question:
    going.length === 1
      ? vscode.l10n.t('Remove what 1 job has left in your accounts?')
      : vscode.l10n.t('Remove what {0} jobs have left in your accounts?', going.length),
  detail: [
    ...going.slice(0, MOST_NAMED).map((job) => vscode.l10n.t('{0}: {1}', job.id, jobHeading(job))),
    ...(going.length > MOST_NAMED ? [vscode.l10n.t('… and {0} more', going.length - MOST_NAMED)] : []),
    '',
    vscode.l10n.t(
      'Their Workers, Workflows and reports are removed. What they have done to keys stays. Failed parts cannot be started again then.',
    ),
    ...unread,
  ].join('\n'),
  button: going.length === 1 ? vscode.l10n.t('Remove 1 Job') : vscode.l10n.t('Remove {0} Jobs', going.length),
});

/** The most leftovers that the question names. */
const MOST_NAMED = 5;

function tellCleanedUp({ removed, leftovers, running, unread = [] }: CleanedUp): unknown {
  const goesOn = running.length === 0 ? [] : [vscode.l10n.t('{0} go on, and stay.', running.length)];
  if (leftovers.length > 0) {
    const text = vscode.l10n.t('This could not be removed from the account: {0}.', leftovers.join(', '));
    return vscode.window.showWarningMessage(withoutLinks([text, ...goesOn, ...unread].join(' ')));
  }
  const text =
    removed.length === 0
      ? unread.length > 0
        ? vscode.l10n.t('Nothing was removed.')
        : vscode.l10n.t('Jobs have left nothing in your accounts.')
      : removed.length === 1
        ? vscode.l10n.t('What 1 job had left was removed.')
        : vscode.l10n.t('What {0} jobs had left was removed.', removed.length);
  const told = [text, ...goesOn, ...unread].join(' ');
  return unread.length > 0
    ? vscode.window.showWarningMessage(withoutLinks(told))
    : vscode.window.showInformationMessage(withoutLinks(told));
}
