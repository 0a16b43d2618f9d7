import * as vscode from 'vscode';
import { errorText } from '../../core/base/errors.ts';
import type { Disposable } from '../../core/base/event.ts';
import { isAffected } from '../../core/store/protection.ts';
import { withoutLinks } from '../../core/text/withoutLinks.ts';
import { commandId } from '../../ids.ts';
import type { JobState } from '../../inside/job.ts';
import type { Services } from '../../services.ts';
import { logError } from '../../ui/reportError.ts';
import { placeText } from './jobActions.ts';
import type { JobFollower } from './jobFollower.ts';
import { jobHeading, mayPause } from './jobTexts.ts';
import { writtenBy } from './writtenBy.ts';

type Needs = Pick<Services, 'protection' | 'sources' | 'log'>;

/**
 * Pauses jobs that write to a namespace that is read-only now, and tells the user. When a namespace is made read-only,
 * pauses every job that this window knows; when the states of jobs change, only those of this window. Read-only
 * settings do not pause jobs of other windows.
 */
export function pauseProtected(follower: JobFollower, services: Needs): Disposable {
  const pausing = new Set<string>();
  /** The last message about each job, until it is paused. */
  const told = new Map<string, string>();
  const tellOnce = (state: JobState, text: string): void => {
    if (told.get(placeText(state)) === text) return;
    told.set(placeText(state), text);
    void tell(text);
  };
  const pause = async (state: JobState, reason: string): Promise<void> => {
    const key = placeText(state);
    if (pausing.has(key)) return;
    pausing.add(key);
    try {
      await follower.act(state, (jobs, signal) => jobs.pause(state.id, signal));
      tellOnce(state, vscode.l10n.t('A job inside Cloudflare was paused: {0}. {1}', jobHeading(state), reason));
    } catch (error) {
      // The next change of its state causes another try.
      logError(services.log, 'pause a job', error);
      const text = vscode.l10n.t(
        'A job inside Cloudflare writes to what is read-only now: {0}. {1}',
        jobHeading(state),
        errorText(error),
      );
      tellOnce(state, text);
    } finally {
      pausing.delete(key);
    }
  };
  const look = (isMeant: (state: JobState) => boolean): void => {
    for (const { state, isRemoved } of follower.jobs) {
      const written = writtenBy(state);
      const reason = written && services.sources.readOnlyReason(written);
      if (reason === undefined || isRemoved || !mayPause(state)) {
        if (state.phase !== 'pausing') told.delete(placeText(state));
      } else if (isMeant(state)) void pause(state, reason);
    }
  };
  const isOwn = (state: JobState): boolean => follower.isOwn(state);
  const listening = [
    follower.onDidChange(() => look(isOwn)),
    services.protection.onDidChange((change) =>
      look((state) => {
        const written = writtenBy(state);
        return isOwn(state) || (change !== 'accounts' && written !== undefined && isAffected(written, change));
      }),
    ),
  ];
  return {
    dispose: () => {
      for (const one of listening) one.dispose();
    },
  };
}

async function tell(text: string): Promise<void> {
  const show = vscode.l10n.t('Show Jobs');
  const answer = await vscode.window.showWarningMessage(withoutLinks(text), show);
  if (answer === show) await vscode.commands.executeCommand(commandId('showJobs'));
}
