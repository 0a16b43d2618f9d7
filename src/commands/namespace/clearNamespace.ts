import * as vscode from 'vscode';
import { keyCount } from '../../core/store/names.ts';
import { withoutLinks } from '../../core/text/withoutLinks.ts';
import type { NamespaceRef } from '../../fs/kvUri.ts';
import { only, type Run } from '../invocation/command.ts';
import { fields, flagField, namespaceField, optional } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { aWholeNamespace, checkWritable, whereOf } from '../invocation/targets.ts';
import { cancelledAsOutcome } from '../key/cancelledAsOutcome.ts';
import { type DeleteOutcome, deleteWithUndo, keysUnder, tellDeleted } from '../key/deleting.ts';

interface ClearNamespace {
  readonly namespace: NamespaceRef;
  readonly confirm?: boolean | undefined;
}

/** Deletes every key; the namespace itself stays. */
export const clearNamespace = defineCommand<ClearNamespace, DeleteOutcome>('clearNamespace', {
  progress: vscode.l10n.t('Deleting keys'),
  args: fields({ namespace: namespaceField, confirm: optional(flagField) }),
  asked: only(aWholeNamespace({ question: vscode.l10n.t('Delete every key of which namespace?'), writes: true })),
  run: (args, run) => cancelledAsOutcome(remove(args, run)),
  tell(outcome, { namespace }, services) {
    if (outcome.done + outcome.failed.length > 0 || outcome.cancelled) return tellDeleted(outcome, namespace, services);
    return vscode.window.showInformationMessage(withoutLinks(vscode.l10n.t('There was no key to delete.')));
  },
});

async function remove({ namespace, confirm }: ClearNamespace, run: Run): Promise<DeleteOutcome | undefined> {
  checkWritable(run.services, namespace);
  const where = await whereOf(namespace, run.services);
  const keys = await keysUnder(namespace, [''], run);
  const question = vscode.l10n.t('Delete every key ({0}) from {1}?', keyCount(keys.length), where);
  return deleteWithUndo({ namespace, keys, listed: keys, confirmed: confirm === true, question }, run);
}
