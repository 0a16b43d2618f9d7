import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import { valueUri } from '../../fs/kvUri.ts';
import { openCommand } from '../../ui/openCommand.ts';
import type { KeyTarget } from '../invocation/call.ts';
import { only, type Run } from '../invocation/command.ts';
import { fields, keyField, namespaceField } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { aKey, storeOf } from '../invocation/targets.ts';

export const openKey = defineCommand<KeyTarget, KeyTarget>('openKey', {
  progress: vscode.l10n.t('Reading the value'),
  args: fields({ namespace: namespaceField, key: keyField }),
  asked: only(aKey({ question: vscode.l10n.t('Open a value: type the beginning of its key'), takesActive: false })),
  run: (target, run) => openValue(target, run),
});

/** Opens an existing value in the editor that suits its content. Throws `notFound`. */
export async function openValue(
  target: KeyTarget,
  { services, signal }: Pick<Run, 'services' | 'signal'>,
  column?: vscode.ViewColumn,
): Promise<KeyTarget> {
  const entry = await (await storeOf(services, target.namespace)).get(target.key, signal);
  if (!entry) {
    throw new KvError('notFound', vscode.l10n.t('“{0}” does not exist: it was deleted or has expired.', target.key));
  }
  const { command, arguments: args = [] } = openCommand(valueUri(target.namespace, target.key), entry.value, column);
  await vscode.commands.executeCommand(command, ...args);
  return target;
}
