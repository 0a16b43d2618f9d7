import * as vscode from 'vscode';
import { keyCount } from '../../core/store/names.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import { type BulkFormat, bulkFormats } from '../../core/transfer/files/bulkFormat.ts';
import { about, type Run } from '../invocation/command.ts';
import { fields, fileField, flagField, namespaceField, oneOf, optional } from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { aWholeNamespace, whereOf } from '../invocation/targets.ts';
import { askBulkFile, diskPath } from '../transfer/bulkPaths.ts';
import { cancelledAsOutcome } from './cancelledAsOutcome.ts';
import { type DeleteOutcome, deleteWithUndo, tellDeleted } from './deleting.ts';

interface DeleteKeysInFile {
  readonly namespace: NamespaceRef;
  readonly from: vscode.Uri;
  /** Detected by the file extension or the content if absent. */
  readonly format?: BulkFormat | undefined;
  readonly confirm?: boolean | undefined;
}

/** Deletes the keys listed in a file: the output of `wrangler kv key list`, or any export format. */
export const deleteKeysInFile = defineCommand<DeleteKeysInFile, DeleteOutcome>('deleteKeysInFile', {
  progress: vscode.l10n.t('Deleting keys'),
  tellsHowFar: true,
  args: fields({
    namespace: namespaceField,
    from: fileField,
    format: optional(oneOf(bulkFormats)),
    confirm: optional(flagField),
  }),
  asked: about(
    aWholeNamespace({ question: vscode.l10n.t('Delete keys from which namespace?'), writes: true }),
    async ({ namespace, where }) => {
      const from = await askBulkFile(vscode.l10n.t('Delete Keys in File from {0}', where));
      return from && { namespace, from };
    },
  ),
  run: (args, run) => cancelledAsOutcome(remove(args, run)),
  tell: (outcome, { namespace }, services) => tellDeleted(outcome, namespace, services),
});

async function remove(
  { namespace, from, format, confirm }: DeleteKeysInFile,
  run: Run,
): Promise<DeleteOutcome | undefined> {
  const where = await whereOf(namespace, run.services);
  const { readKeyFile } = await import('../../core/transfer/files/bulkFiles.lazy.ts');
  const keys = await readKeyFile(diskPath(from), run.signal, format);
  const question = vscode.l10n.t('Delete {0} from {1}?', keyCount(keys.length), where);
  return deleteWithUndo({ namespace, keys, confirmed: confirm === true, question }, run);
}
