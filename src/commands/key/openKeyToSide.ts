import * as vscode from 'vscode';
import { defineCommand } from '../invocation/invoke.ts';
import { askKey, type KeyTarget, parseKeyTarget } from '../invocation/targets.ts';
import { openValue } from './openKey.ts';

/** Opens a value in the editor group beside the active one. */
export const openKeyToSide = defineCommand<KeyTarget, KeyTarget>('openKeyToSide', {
  parse: parseKeyTarget,
  ask: (call, services) => askKey(call, services, vscode.l10n.t('Open a value: type the beginning of its key')),
  run: (target, run) => openValue(target, run, vscode.ViewColumn.Beside),
});
