import * as vscode from 'vscode';
import type { Disposable } from '../../core/base/event.ts';
import { commandId } from '../../ids.ts';
import type { JobFollower } from './jobFollower.ts';
import { jobHeading, jobsInBrief, progressText } from './jobTexts.ts';

/** Shows the progress of this window's jobs while the user does not look at their page. A click opens it. */
export function showInStatusBar(follower: JobFollower): Disposable {
  const item = vscode.window.createStatusBarItem('cloudflareKv.jobs', vscode.StatusBarAlignment.Left, 49);
  item.name = vscode.l10n.t('Cloudflare KV: Jobs');
  item.command = commandId('showJobs');
  const show = (): void => {
    const own = follower.jobs.filter(({ state, isRemoved }) => !isRemoved && follower.isOwn(state));
    const brief = jobsInBrief(own.map(({ state }) => state));
    if (brief === undefined) {
      item.hide();
      return;
    }
    item.text = brief;
    item.tooltip = own.map(({ state }) => `${jobHeading(state)}\n${progressText(state) ?? ''}`.trim()).join('\n\n');
    item.show();
  };
  show();
  const listening = follower.onDidChange(show);
  return {
    dispose: () => {
      listening.dispose();
      item.dispose();
    },
  };
}
