import * as vscode from 'vscode';
import { fullName } from '../../core/store/names.ts';
import { selectionName } from '../../core/transfer/selectionName.ts';
import type { NamespaceRef } from '../../fs/kvUri.ts';
import { betweenOf, findUnfinished } from '../change/resuming.ts';
import { namespaceArg, objectArg, oneOfArg, optionalFlag } from '../invocation/arguments.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { askSelected, parseSelected, type Selected } from '../invocation/selecting.ts';
import { askNamespace, withoutActiveDocument } from '../invocation/targets.ts';
import { copySelected, copyWork } from './copying.ts';
import { conflictChoices } from './onConflict.ts';
import { tellTransferred } from './tellTransferred.ts';
import type { Transfer, TransferOutcome } from './transferring.ts';

interface CopyKeys {
  readonly from: Selected;
  readonly to: NamespaceRef;
  readonly onConflict?: Transfer['onConflict'];
  readonly confirm?: boolean | undefined;
  /** An interrupted copy is gone on with, unasked. */
  readonly resume: boolean;
}

/** Copies keys to another namespace with metadata and expiration; existing ones only when that is asked for. */
export const copyKeys = defineCommand<CopyKeys, TransferOutcome>('copyKeys', {
  progress: vscode.l10n.t('Copying keys'),
  parse: (input) => ({
    from: parseSelected(objectArg(input, 'from', '{ namespace, prefix? | keys? }')),
    to: namespaceArg(input, 'to'),
    onConflict: input.onConflict === undefined ? 'fail' : oneOfArg(input, 'onConflict', conflictChoices),
    confirm: optionalFlag(input, 'confirm'),
    resume: true,
  }),
  async ask(call, services) {
    const left = await findUnfinished(call.text, services);
    if (left) {
      const { from: namespace, selection, to } = betweenOf(left.args);
      return { from: { namespace, selection }, to, resume: true };
    }
    const from = await askSelected(
      withoutActiveDocument(call),
      services,
      vscode.l10n.t('Copy keys of which namespace?'),
    );
    if (!from) return undefined;
    const what = selectionName(from.selection, fullName(await services.sources.describe(from.namespace)));
    const to = await askNamespace({ nodes: [] }, services, vscode.l10n.t('Copy {0} to which namespace?', what));
    return to && { from, to, resume: false };
  },
  run: ({ from, to, onConflict, confirm, resume }, run) =>
    copySelected(from, { to, onConflict, confirmed: confirm === true, resume }, run),
  tell: (outcome, { from, to }, services) =>
    tellTransferred(outcome, { to, kind: 'copy', selection: from.selection, work: copyWork(from, to) }, services),
});
