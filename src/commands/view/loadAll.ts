import * as vscode from 'vscode';
import { defineCommand } from '../invocation/invoke.ts';
import { askParent } from '../invocation/targets.ts';
import { type Loaded, type LoadTarget, loadRows, parseLoadTarget } from './loadRows.ts';

/** Reads a namespace or group to its end, or until the view shows as many rows as it takes. */
export const loadAll = defineCommand<LoadTarget, Loaded>('loadAll', {
  progress: vscode.l10n.t('Loading keys'),
  parse: parseLoadTarget,
  async ask(call, services) {
    const node = await askParent(call, services);
    return node && { node };
  },
  run: (target, run) => loadRows(target, run, 'loadAll'),
});
