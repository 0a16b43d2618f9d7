import * as vscode from 'vscode';
import { backUpKeys, type KeysBackup } from '../../core/change/undo/keysBackup.ts';
import { listKeys } from '../../core/store/listKeys.ts';
import { byteSize, fullName, keyCount, someKeys } from '../../core/store/names.ts';
import type { BulkOutcome } from '../../core/store/store.ts';
import { witnessed } from '../../core/store/wrappers/witnessed.ts';
import type { Work } from '../../core/transfer/unfinished.ts';
import type { NamespaceRef } from '../../fs/kvUri.ts';
import { commandId } from '../../ids.ts';
import type { Services } from '../../services.ts';
import { confirm } from '../../ui/confirm.ts';
import { costText } from '../../ui/cost.ts';
import { tellOutcome, triedKeys } from '../../ui/outcome.ts';
import { startPace } from '../../ui/pace.ts';
import { undoNote } from '../../ui/undoNote.ts';
import type { Run } from '../invocation/command.ts';
import { CALLED_BY_MESSAGE } from '../invocation/invoke.ts';
import { checkWritable, storeOf } from '../invocation/targets.ts';

export interface DeleteOutcome extends BulkOutcome {
  /** The id to undo this very delete by; absent when there is nothing to undo, or no room for a backup. */
  readonly undo?: string;
  /** How many keys a cancelled delete did not come to; absent for none. */
  readonly left?: number;
  /** How many of the keys, which count as done, were not there; absent for none, or where it was not read. */
  readonly missing?: number;
}

export interface Deletion {
  readonly namespace: NamespaceRef;
  readonly keys: readonly string[];
  /** True when the caller has answered the question. */
  readonly confirmed: boolean;
  /** "Delete 3 keys from SESSIONS (local, shop)?" */
  readonly question: string;
}

/** Every key that begins with one of the prefixes, counted while they are listed. */
export async function keysUnder(
  namespace: NamespaceRef,
  prefixes: readonly string[],
  { services, signal, report }: Run,
): Promise<string[]> {
  const store = await storeOf(services, namespace);
  const where = fullName(await services.sources.describe(namespace));
  const keys: string[] = [];
  for (const prefix of prefixes) {
    for await (const page of listKeys(store, prefix, signal)) {
      for (const { name } of page) keys.push(name);
      report(vscode.l10n.t('Counting what to delete from {0}: {1}', where, keyCount(keys.length)));
    }
  }
  return keys;
}

/** Backs up, asks, deletes; `undefined` when the question was dismissed. */
export async function deleteWithBackup(
  { namespace, keys, confirmed, question }: Deletion,
  { services, signal, report, waitFor }: Run,
): Promise<DeleteOutcome | undefined> {
  checkWritable(services, namespace);
  if (keys.length === 0) return { done: 0, skipped: 0, failed: [], cancelled: false };
  const { source, namespace: described } = await services.sources.describe(namespace);
  const where = fullName({ source, namespace: described });
  const store = witnessed(await storeOf(services, namespace));
  const label = vscode.l10n.t('Deleted {0} from {1}', keyCount(keys.length), where);
  const subject = { kind: 'delete', source: namespace.source, namespace: namespace.id, label } as const;
  const readPace = startPace(keys.length);
  const backup = await backUpKeys(services.backups, subject, store, keys, {
    signal,
    report(done) {
      const count = keyCount(keys.length);
      const text = vscode.l10n.t('Backing up {0} of {1} of {2}', done.toLocaleString(), count, where);
      report(readPace(text, done));
    },
  });
  const forget = async (): Promise<void> => {
    if (backup) await services.backups.remove(backup.id);
  };
  if (!confirmed) {
    const asked = confirm({
      question,
      detail: detail(keys, backup, source.kind === 'remote', services),
      button: button(keys.length),
    });
    if (!(await waitFor(asked))) {
      await forget();
      return undefined;
    }
  }
  const notes = await services.unfinished.begin(deletionWork(namespace), {
    ...{ title: vscode.l10n.t('Deleting keys from {0}', where), total: keys.length, undo: backup?.id },
  });
  const pace = startPace(keys.length);
  let outcome: BulkOutcome;
  try {
    outcome = await store.deleteMany(keys, {
      signal,
      report(done) {
        const text = vscode.l10n.t('Deleting {0} of {1} from {2}', done.toLocaleString(), keyCount(keys.length), where);
        report(pace(text, done));
        void notes.advance(done);
      },
    });
  } finally {
    await notes.finish();
    if (store.isUntouched || backup?.keys === 0) await forget();
  }
  const undoable = !store.isUntouched && backup !== undefined && backup.keys > 0;
  const left = keys.length - triedKeys(outcome);
  // Which keys a cancelled delete has come to is not known.
  const missing = left > 0 || !backup ? 0 : keys.length - backup.keys;
  return {
    ...outcome,
    ...(undoable && { undo: backup.id }),
    ...(left > 0 && { left }),
    ...(missing > 0 && { missing }),
  };
}

/** Every delete is work of its own: what a closed window has left of it can be taken back, and not be gone on with. */
const deletionWork = ({ source, id }: NamespaceRef): Work => ({
  command: 'deleteKeys',
  args: { namespace: { source, id }, at: Date.now() },
});

/** One notification, with the way back. */
export async function tellDeleted(outcome: DeleteOutcome, namespace: NamespaceRef, services: Services): Promise<void> {
  const where = fullName(await services.sources.describe(namespace));
  const undo = vscode.l10n.t('Undo');
  const total = triedKeys(outcome) + (outcome.left ?? 0);
  const answer = await tellOutcome(
    outcome,
    total,
    {
      all: deletedText(outcome, where),
      partly: (done) => vscode.l10n.t('Deleted {0} of {1} from {2}.', done, keyCount(total), where),
      ...(outcome.undo === undefined && {
        nothing: vscode.l10n.t('Nothing was deleted from {0}: it was cancelled.', where),
      }),
    },
    ...(outcome.undo === undefined ? [] : [undo]),
  );
  if (answer === undo) await vscode.commands.executeCommand(commandId('undo'), CALLED_BY_MESSAGE, outcome.undo);
}

/** "Deleted 9,000 keys from SESSIONS (local, shop). 1,000 keys not found." */
function deletedText({ done, missing = 0 }: DeleteOutcome, where: string): string {
  const text = vscode.l10n.t('Deleted {0} from {1}.', keyCount(Math.max(0, done - missing)), where);
  return missing > 0 ? `${text} ${notFoundText(missing)}` : text;
}

const notFoundText = (missing: number): string => vscode.l10n.t('{0} not found.', keyCount(missing));

function detail(
  keys: readonly string[],
  backup: KeysBackup | undefined,
  isRemote: boolean,
  { settings }: Services,
): string {
  const size = backup && keys.length > 100 ? `${vscode.l10n.t('The backup is {0}.', byteSize(backup.bytes))} ` : '';
  const undo = `${size}${undoNote(backup !== undefined, settings)}`;
  const missing = backup ? keys.length - backup.keys : 0;
  const lines = [
    `${someKeys(keys)}.`,
    missing > 0 ? notFoundText(missing) : '',
    isRemote ? costText({ deletes: keys.length }) : '',
    undo,
  ];
  return lines.filter((line) => line !== '').join('\n');
}

const button = (count: number): string =>
  count === 1 ? vscode.l10n.t('Delete 1 Key') : vscode.l10n.t('Delete {0} Keys', count.toLocaleString());
