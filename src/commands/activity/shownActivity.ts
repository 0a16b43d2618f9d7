import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import type { Services } from '../../services.ts';
import type { ActivityView } from '../../tree/activity/activityView.ts';

/** Throws `notFound` if no activity is shown. */
export function shownActivity({ activity }: Services): ActivityView {
  if (activity.current) return activity.current;
  throw new KvError('notFound', vscode.l10n.t('No activity is shown. Run “Show Activity” first.'));
}
