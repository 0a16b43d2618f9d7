import * as vscode from 'vscode';
import { keyCount } from '../../core/store/names.ts';
import { withoutLinks } from '../../core/text/withoutLinks.ts';
import type { Run } from '../invocation/command.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { checkWritable, whereOf } from '../invocation/targets.ts';
import { cancelledAsOutcome } from '../key/cancelledAsOutcome.ts';
import { type DeleteOutcome, deleteWithUndo, keysUnder, tellDeleted } from '../key/deleting.ts';
import { askWholeNamespace, type WholeNamespace, wholeNamespaceArgs } from './wholeNamespace.ts';

/** Deletes every key but keeps the namespace. */
export const clearNamespace = defineCommand<WholeNamespace, DeleteOutcome>('clearNamespace', {
  progress: vscode.l10n.t('Deleting keys'),
  tellsHowFar: true,
  args: wholeNamespaceArgs,
  asked: askWholeNamespace(vscode.l10n.t('Delete every key of which namespace?')),
  run: (args, run) => cancelledAsOutcome(remove(args, run)),
  tell(outcome, { namespace }, services) {
    if (outcome.done + outcome.failed.length > 0 || outcome.cancelled) return tellDeleted(outcome, namespace, services);
    return vscode.window.showInformationMessage(withoutLinks(vscode.l10n.t('There was no key to delete.')));
  },
});

async function remove({ namespace, confirm }: WholeNamespace, run: Run): Promise<DeleteOutcome | undefined> {
  await checkWritable(run.services, namespace);
  const where = await whereOf(namespace, run.services);
  const keys = await keysUnder(namespace, [''], run);
  if (!keys) return undefined;
  const question = vscode.l10n.t('Delete every key ({0}) from {1}?', keyCount(keys.length), where);
  return deleteWithUndo({ namespace, keys, listed: keys, confirmed: confirm === true, question }, run);
}
