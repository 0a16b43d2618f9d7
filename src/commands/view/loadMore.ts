import * as vscode from 'vscode';
import { only } from '../invocation/command.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { type Loaded, type LoadTarget, loadFields, loadRows, shownParent } from './loadRows.ts';

/** Reads the next page of a namespace or group. */
export const loadMore = defineCommand<LoadTarget, Loaded>('loadMore', {
  progress: vscode.l10n.t('Loading keys'),
  tellsHowFar: true,
  args: loadFields,
  asked: only(shownParent),
  run: (target, run) => loadRows(target, run, 'loadMore'),
});
