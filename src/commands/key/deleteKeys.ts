import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import { fullName, keyCount } from '../../core/store/names.ts';
import type { NamespaceRef } from '../../fs/kvUri.ts';
import { pickKeys } from '../../ui/pickKey.ts';
import { keysArg, namespaceArg, optionalFlag, optionalText } from '../invocation/arguments.ts';
import type { Call, Run } from '../invocation/command.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { askNamespace, keysOfCall, storeOf } from '../invocation/targets.ts';
import { cancelledAsOutcome } from './cancelledAsOutcome.ts';
import { type DeleteOutcome, deleteWithUndo, keysUnder, tellDeleted } from './deleting.ts';

interface DeleteKeys {
  readonly namespace: NamespaceRef;
  readonly keys: readonly string[];
  /** Every key that begins with one of these, besides `keys`. */
  readonly prefixes: readonly string[];
  readonly confirm?: boolean | undefined;
}

export const deleteKeys = defineCommand<DeleteKeys, DeleteOutcome>('deleteKeys', {
  progress: vscode.l10n.t('Deleting keys'),
  parse(input) {
    const prefix = optionalText(input, 'prefix');
    if ((prefix === undefined) === (input.keys === undefined)) {
      throw new KvError('invalidInput', vscode.l10n.t('Give either “keys” or “prefix”.'));
    }
    return {
      namespace: namespaceArg(input),
      keys: prefix === undefined ? keysArg(input) : [],
      prefixes: prefix === undefined ? [] : [prefix],
      confirm: optionalFlag(input, 'confirm'),
    };
  },
  async ask(call, services) {
    const chosen = keysAndGroups(call) ?? (call.uri && keysOfCall(call));
    if (chosen) return { prefixes: [], ...chosen };
    const namespace = await askNamespace(call, services, vscode.l10n.t('Delete keys from which namespace?'));
    if (!namespace) return undefined;
    const keys = await pickKeys(await storeOf(services, namespace), {
      placeHolder: vscode.l10n.t('Choose the keys to delete: type the beginning of a key to search'),
    });
    return keys && { namespace, keys, prefixes: [] };
  },
  run: (args, run) => cancelledAsOutcome(remove(args, run)),
  tell: (outcome, { namespace }, services) => tellDeleted(outcome, namespace, services),
});

async function remove(
  { namespace, keys: given, prefixes, confirm }: DeleteKeys,
  run: Run,
): Promise<DeleteOutcome | undefined> {
  const where = fullName(await run.services.sources.describe(namespace));
  const listed = await keysUnder(namespace, prefixes, run);
  const keys = [...new Set([...given, ...listed])];
  const question = vscode.l10n.t('Delete {0} from {1}?', keyCount(keys.length), where);
  return deleteWithUndo({ namespace, keys, listed, confirmed: confirm === true, question }, run);
}

/** Keys and groups of the selected rows, all of one namespace; `undefined` when no such row is selected. */
function keysAndGroups(call: Call): Pick<DeleteKeys, 'namespace' | 'keys' | 'prefixes'> | undefined {
  const rows = call.nodes.filter((node) => node.kind === 'key' || node.kind === 'group');
  const [first] = rows;
  if (!first) return undefined;
  if (rows.some((row) => row.namespace !== first.namespace)) {
    throw new KvError('invalidInput', vscode.l10n.t('Nothing was deleted: select keys of one namespace at a time.'));
  }
  return {
    namespace: first.namespace.ref,
    keys: rows.flatMap((row) => (row.kind === 'key' ? row.key : [])),
    prefixes: rows.flatMap((row) => (row.kind === 'group' ? row.prefix : [])),
  };
}
