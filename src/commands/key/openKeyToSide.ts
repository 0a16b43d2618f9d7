import * as vscode from 'vscode';
import type { KeyTarget } from '../invocation/call.ts';
import { only } from '../invocation/command.ts';
import { fields, keyField, namespaceField } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { aKey } from '../invocation/targets.ts';
import { openValue } from './openKey.ts';

/** Opens a value in the editor group beside the active one. */
export const openKeyToSide = defineCommand<KeyTarget, KeyTarget>('openKeyToSide', {
  progress: vscode.l10n.t('Reading the value'),
  args: fields({ namespace: namespaceField, key: keyField }),
  asked: only(aKey({ question: vscode.l10n.t('Open a value: type the beginning of its key') })),
  run: (target, run) => openValue(target, run, vscode.ViewColumn.Beside),
});
