import * as vscode from 'vscode';
import { keyCount } from '../../core/store/names.ts';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import type { Call } from '../invocation/call.ts';
import { about, type Run } from '../invocation/command.ts';
import {
  checkEither,
  fields,
  flagField,
  keysField,
  namespaceField,
  optional,
  textField,
} from '../invocation/fields.ts';
import { focusRow } from '../invocation/focusRow.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { orOfNamespace } from '../invocation/namespaceRow.ts';
import { neighbourOf, rowsOf } from '../invocation/resolve.ts';
import { someKeysOf, whereOf } from '../invocation/targets.ts';
import { cancelledAsOutcome } from './cancelledAsOutcome.ts';
import { type DeleteOutcome, deleteWithUndo, keysUnder, tellDeleted } from './deleting.ts';

interface DeleteKeys {
  readonly namespace: NamespaceRef;
  readonly keys: readonly string[];
  /** Prefixes whose keys are all deleted, in addition to `keys`. */
  readonly prefixes: readonly string[];
  readonly confirm?: boolean | undefined;
  /** Called when the user has confirmed. */
  readonly onAgreed?: () => void;
}

export const deleteKeys = defineCommand<DeleteKeys, DeleteOutcome>('deleteKeys', {
  progress: vscode.l10n.t('Deleting keys'),
  tellsHowFar: true,
  args: fields(
    {
      namespace: namespaceField,
      keys: optional(keysField),
      prefix: optional(textField),
      confirm: optional(flagField),
    },
    (given) => {
      checkEither(given, 'keys', 'prefix');
      const { namespace, keys = [], prefix, confirm } = given;
      return { namespace, keys, prefixes: prefix === undefined ? [] : [prefix], confirm };
    },
  ),
  asked: orOfNamespace(
    'deleteNamespace',
    about(
      someKeysOf({
        question: vscode.l10n.t('Delete which keys? Type the beginning of a key to search'),
        writes: true,
        withGroups: true,
      }),
      ({ namespace, selection }, services, call) => ({
        namespace,
        ...selection,
        onAgreed: () => focusRow(neighbourOf(goingOf(call)), services),
      }),
    ),
  ),
  run: (args, run) => cancelledAsOutcome(remove(args, run)),
  tell: (outcome, { namespace }, services) => tellDeleted(outcome, namespace, services),
});

async function remove(
  { namespace, keys: given, prefixes, confirm, onAgreed }: DeleteKeys,
  run: Run,
): Promise<DeleteOutcome | undefined> {
  const where = await whereOf(namespace, run.services);
  const listed = await keysUnder(namespace, prefixes, run);
  if (!listed) return undefined;
  const keys = [...new Set([...given, ...listed])];
  const question = vscode.l10n.t('Delete {0} from {1}?', keyCount(keys.length), where);
  return deleteWithUndo({ namespace, keys, listed, confirmed: confirm === true, question, onAgreed }, run);
}

const goingOf = (call: Call) => rowsOf(call).filter((row) => row.kind === 'key' || row.kind === 'group');
