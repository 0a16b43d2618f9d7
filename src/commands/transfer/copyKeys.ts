import * as vscode from 'vscode';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import { selectionName } from '../../core/transfer/selectionName.ts';
import { betweenOf, findUnfinished, type Resume } from '../change/resuming.ts';
import { about } from '../invocation/command.ts';
import {
  fields,
  flagField,
  namespaceField,
  objectOf,
  oneOf,
  optional,
  selectedOf,
  selectionFields,
} from '../invocation/fields.ts';
import { defineCommand } from '../invocation/invoke.ts';
import type { Selected } from '../invocation/resolve.ts';
import { aSelection, askDestination } from '../invocation/targets.ts';
import { copySelected, copyWork } from './copying.ts';
import { conflictChoices } from './onConflict.ts';
import { tellTransferred } from './tellTransferred.ts';
import type { Transfer, TransferOutcome } from './transferring.ts';

interface CopyKeys {
  readonly from: Selected;
  readonly to: NamespaceRef;
  /** The prefix that key names get, unless they already begin with it. */
  readonly under?: string | undefined;
  readonly onConflict?: Transfer['onConflict'];
  readonly confirm?: boolean | undefined;
  readonly resume: Resume;
}

/**
 * Copies keys to another namespace, with metadata and expiration. Overwrites existing ones only if the user or the
 * caller says so.
 */
export const copyKeys = defineCommand<CopyKeys, TransferOutcome>('copyKeys', {
  progress: vscode.l10n.t('Copying keys'),
  tellsHowFar: true,
  args: fields(
    {
      from: objectOf(selectionFields, selectedOf),
      to: namespaceField,
      onConflict: optional(oneOf(conflictChoices)),
      confirm: optional(flagField),
    },
    ({ onConflict = 'fail', ...given }) => ({ ...given, onConflict, resume: 'unasked' }),
  ),
  asked: about(
    aSelection({ question: vscode.l10n.t('Copy keys of which namespace?'), takesActive: false }),
    async ({ namespace, selection, where }, services) => {
      const what = selectionName(selection, where);
      const to = await askDestination(vscode.l10n.t('Copy {0} to which namespace?', what), services);
      return to && { from: { namespace, selection }, to: to.namespace, resume: 'ask' };
    },
    async (text, services) => {
      const left = await findUnfinished(text, services);
      if (!left) return undefined;
      const { from: namespace, selection, to, under } = betweenOf(left.args);
      return { from: { namespace, selection }, to, under, resume: 'retry' };
    },
  ),
  run: ({ from, to, under, onConflict, confirm, resume }, run) =>
    copySelected(from, { to, under, onConflict, confirmed: confirm === true, resume }, run),
  tell: (outcome, { from, to, under }, services) =>
    tellTransferred(
      outcome,
      { to, kind: 'copy', selection: from.selection, work: copyWork(from, to, under) },
      services,
    ),
});
