import * as vscode from 'vscode';
import { fullName, keyCount } from '../../core/store/names.ts';
import type { NamespaceRef } from '../../fs/kvUri.ts';
import { fileArg, namespaceArg, optionalFlag } from '../invocation/arguments.ts';
import type { Run } from '../invocation/command.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { askWholeNamespace, checkWritable } from '../invocation/targets.ts';
import { askBulkFile, diskPath } from '../transfer/bulkPaths.ts';
import { cancelledAsOutcome } from './cancelledAsOutcome.ts';
import { type DeleteOutcome, deleteWithUndo, tellDeleted } from './deleting.ts';

interface DeleteKeysInFile {
  readonly namespace: NamespaceRef;
  readonly from: vscode.Uri;
  readonly confirm?: boolean | undefined;
}

/** Deletes the keys that a file lists, as `wrangler kv key list` prints them or in any format of an export. */
export const deleteKeysInFile = defineCommand<DeleteKeysInFile, DeleteOutcome>('deleteKeysInFile', {
  progress: vscode.l10n.t('Deleting keys'),
  parse: (input) => ({
    namespace: namespaceArg(input),
    from: fileArg(input, 'from'),
    confirm: optionalFlag(input, 'confirm'),
  }),
  async ask(call, services) {
    const namespace = await askWholeNamespace(call, services, vscode.l10n.t('Delete keys from which namespace?'));
    if (!namespace) return undefined;
    checkWritable(services, namespace);
    const where = fullName(await services.sources.describe(namespace));
    const from = await askBulkFile(vscode.l10n.t('Delete Keys in File from {0}', where));
    return from && { namespace, from };
  },
  run: (args, run) => cancelledAsOutcome(remove(args, run)),
  tell: (outcome, { namespace }, services) => tellDeleted(outcome, namespace, services),
});

async function remove({ namespace, from, confirm }: DeleteKeysInFile, run: Run): Promise<DeleteOutcome | undefined> {
  const where = fullName(await run.services.sources.describe(namespace));
  const { readKeyFile } = await import('../../core/transfer/files/bulkFiles.lazy.ts');
  const keys = await readKeyFile(diskPath(from), run.signal);
  const question = vscode.l10n.t('Delete {0} from {1}?', keyCount(keys.length), where);
  return deleteWithUndo({ namespace, keys, confirmed: confirm === true, question }, run);
}
