import * as vscode from 'vscode';
import { KvError } from '../core/errors.ts';
import { listKeys } from '../core/listKeys.ts';
import type { BulkOutcome } from '../core/store.ts';
import { backUpForDelete, type DeleteBackup } from '../core/undo/deleteBackup.ts';
import type { NamespaceRef } from '../fs/kvUri.ts';
import { commandId, settings } from '../ids.ts';
import { confirm, type Question } from '../ui/confirm.ts';
import { byteSize, fullName, keyCount, someKeys } from '../ui/names.ts';
import { tellOutcome } from '../ui/outcome.ts';
import { pickKeys } from '../ui/pickKey.ts';
import { keysArg, namespaceArg, optionalFlag, optionalText } from './arguments.ts';
import type { Call, Run } from './command.ts';
import { defineCommand, FROM_MESSAGE } from './invoke.ts';
import { askNamespace, keysOfCall, storeOf } from './targets.ts';

interface DeleteKeys {
  readonly namespace: NamespaceRef;
  readonly keys: readonly string[];
  /** Every key that begins with one of these, besides `keys`. */
  readonly prefixes: readonly string[];
  readonly confirm?: boolean | undefined;
}

/** `undo` is the id to undo this very delete by; absent when there is nothing to undo, or no room for a backup. */
export interface DeleteOutcome extends BulkOutcome {
  readonly undo?: string;
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
  async run({ namespace, keys: given, prefixes, confirm: confirmed }, run) {
    const { services, signal, report } = run;
    const { source, namespace: described } = await services.sources.describe(namespace);
    const where = fullName({ source, namespace: described });
    const store = await storeOf(services, namespace);
    const keys = [...new Set([...given, ...(await keysUnder(namespace, prefixes, run))])];
    if (keys.length === 0) return { done: 0, skipped: 0, failed: [], cancelled: false };
    const label = vscode.l10n.t('Deleted {0} from {1}', keyCount(keys.length), where);
    const subject = { source: namespace.source, namespace: namespace.id, label };
    const backup = await backUpForDelete(services.backups, subject, store, keys, {
      signal,
      report: (done) => report(vscode.l10n.t('Backing up {0} of {1}', done.toLocaleString(), keyCount(keys.length))),
    });
    if (confirmed !== true && !(await confirm(question(keys, where, backup)))) {
      if (backup) await services.backups.remove(backup.id);
      return undefined;
    }
    const outcome = await store.deleteMany(keys, {
      signal,
      report: (done) =>
        report(vscode.l10n.t('Deleting {0} of {1} from {2}', done.toLocaleString(), keyCount(keys.length), where)),
    });
    return { ...outcome, ...(backup && backup.keys > 0 && { undo: backup.id }) };
  },
  async tell(outcome, { namespace }, services) {
    const where = fullName(await services.sources.describe(namespace));
    const undo = vscode.l10n.t('Undo');
    const total = outcome.done + outcome.skipped + outcome.failed.length;
    const answer = await tellOutcome(
      outcome,
      total,
      {
        all: vscode.l10n.t('Deleted {0} from {1}.', keyCount(outcome.done), where),
        partly: (done) => vscode.l10n.t('Deleted {0} of {1} from {2}.', done, keyCount(total), where),
      },
      ...(outcome.undo === undefined ? [] : [undo]),
    );
    if (answer === undo) await vscode.commands.executeCommand(commandId('undo'), FROM_MESSAGE, outcome.undo);
  },
});

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

async function keysUnder(namespace: NamespaceRef, prefixes: readonly string[], { services, signal, report }: Run) {
  const store = await storeOf(services, namespace);
  const keys: string[] = [];
  for (const prefix of prefixes) {
    for await (const page of listKeys(store, prefix, signal)) {
      for (const { name } of page) keys.push(name);
      report(vscode.l10n.t('Counting: {0}', keyCount(keys.length)));
    }
  }
  return keys;
}

function question(keys: readonly string[], where: string, backup: DeleteBackup | undefined): Question {
  const days = vscode.workspace.getConfiguration('cloudflareKv').get<number>(settings.undoDays, 7);
  const undo = backup
    ? keys.length > 100
      ? vscode.l10n.t('The backup is {0}. You can undo this for {1} days.', byteSize(backup.bytes), days)
      : vscode.l10n.t('You can undo this for {0} days.', days)
    : vscode.l10n.t(
        'This cannot be undone: the values are larger than the setting cloudflareKv.undo.megabytes allows.',
      );
  return {
    question: vscode.l10n.t('Delete {0} from {1}?', keyCount(keys.length), where),
    detail: `${someKeys(keys)}.\n${undo}`,
    button:
      keys.length === 1
        ? vscode.l10n.t('Delete 1 Key')
        : vscode.l10n.t('Delete {0} Keys', keys.length.toLocaleString()),
  };
}
