import * as vscode from 'vscode';
import { only } from '../invocation/command.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { type Loaded, type LoadTarget, loadFields, loadRows, shownParent } from './loadRows.ts';

/** Reads a namespace or group to its end, or until the view is full. */
export const loadAll = defineCommand<LoadTarget, Loaded>('loadAll', {
  progress: vscode.l10n.t('Loading keys'),
  tellsHowFar: true,
  args: loadFields,
  asked: only(shownParent),
  run: (target, run) => loadRows(target, run, 'loadAll'),
});
