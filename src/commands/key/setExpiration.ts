import * as vscode from 'vscode';
import { backUpKeys } from '../../core/change/undo/keysBackup.ts';
import { batchLimits } from '../../core/store/batches.ts';
import { fullName, keyCount } from '../../core/store/names.ts';
import type { BulkOutcome } from '../../core/store/store.ts';
import { witnessed } from '../../core/store/wrappers/witnessed.ts';
import { setExpirations, withExpiration } from '../../core/transfer/setExpirations.ts';
import type { NamespaceRef } from '../../fs/kvUri.ts';
import { commandId } from '../../ids.ts';
import { tellOutcome } from '../../ui/outcome.ts';
import { pickExpiration } from '../../ui/pickExpiration.ts';
import { expirationArg, keysArg, namespaceArg } from '../invocation/arguments.ts';
import type { Run } from '../invocation/command.ts';
import { CALLED_BY_MESSAGE, defineCommand } from '../invocation/invoke.ts';
import { askKey, keysOfCall, storeOf } from '../invocation/targets.ts';
import { cancelledAsOutcome } from './cancelledAsOutcome.ts';

interface SetExpiration {
  readonly namespace: NamespaceRef;
  readonly keys: readonly string[];
  readonly expiration: number | null;
}

export interface ExpirationOutcome extends BulkOutcome {
  /** The id to undo this by; absent for a single key, and where there is no room for a backup. */
  readonly undo?: string;
}

export const setExpiration = defineCommand<SetExpiration, ExpirationOutcome>('setExpiration', {
  progress: vscode.l10n.t('Setting expirations'),
  parse(input) {
    const keys = [...new Set(keysArg(input))];
    return { namespace: namespaceArg(input), keys, expiration: expirationArg(input, keys[0] ?? '') };
  },
  async ask(call, services) {
    const chosen = keysOfCall(call);
    const single = chosen ? undefined : await askKey(call, services, vscode.l10n.t('Which key should expire?'));
    const target = chosen ?? (single && { namespace: single.namespace, keys: [single.key] });
    const [key] = target?.keys ?? [];
    if (!target || key === undefined) return undefined;
    const title = target.keys.length === 1 ? key : keyCount(target.keys.length);
    const answer = await pickExpiration(key, vscode.l10n.t('Set Expiration: {0}', title));
    return answer && { ...target, ...answer };
  },
  writes: ({ namespace, keys }) => ({ namespace, keys }),
  run: (args, run) => cancelledAsOutcome(set(args, run)),
  async tell(outcome, { namespace, keys }, services) {
    const where = fullName(await services.sources.describe(namespace));
    const undo = vscode.l10n.t('Undo');
    const answer = await tellOutcome(
      outcome,
      keys.length,
      {
        // What became of one key, the view shows.
        ...(keys.length > 1 && {
          all: vscode.l10n.t('Set the expiration of {0} in {1}.', keyCount(outcome.done), where),
        }),
        partly: (done) => vscode.l10n.t('Set the expiration of {0} of {1} in {2}.', done, keyCount(keys.length), where),
      },
      ...(outcome.undo === undefined ? [] : [undo]),
    );
    if (answer === undo) await vscode.commands.executeCommand(commandId('undo'), CALLED_BY_MESSAGE, outcome.undo);
  },
});

/** Several keys are backed up first. */
async function set(
  { namespace, keys, expiration: given }: SetExpiration,
  { services, signal, report }: Run,
): Promise<ExpirationOutcome> {
  const { backups, sources, unfinished } = services;
  const expiration = given ?? undefined;
  const { source, namespace: described } = await sources.describe(namespace);
  const where = fullName({ source, namespace: described });
  const store = witnessed(await storeOf(services, namespace));
  const count = keyCount(keys.length);
  const label = vscode.l10n.t('Set the expiration of {0} in {1}', count, where);
  const subject = { kind: 'overwrite', source: namespace.source, namespace: namespace.id, label } as const;
  const backUp = () =>
    backUpKeys(backups, subject, store, keys, {
      signal,
      after: (entry) => withExpiration(entry, expiration),
      report: (done) => report(vscode.l10n.t('Backing up {0} of {1} of {2}', done.toLocaleString(), count, where)),
    });
  const backup = keys.length > 1 ? await backUp() : undefined;
  const notes = await unfinished.begin(
    { command: 'setExpiration', args: { namespace: { source: namespace.source, id: namespace.id }, at: Date.now() } },
    { title: vscode.l10n.t('Setting expirations in {0}', where), total: keys.length, undo: backup?.id },
  );
  const isUndoable = (): boolean => backup !== undefined && backup.keys > 0 && !store.isUntouched;
  try {
    const outcome = await setExpirations(store, keys, expiration, {
      ...{ signal, limits: batchLimits[source.kind] },
      entries: source.kind === 'remote' ? backup?.entries : undefined,
      report(done) {
        report(vscode.l10n.t('Setting the expiration of {0} of {1} in {2}', done.toLocaleString(), count, where));
        void notes.advance(done);
      },
    });
    return { ...outcome, ...(isUndoable() && { undo: backup?.id }) };
  } finally {
    await notes.finish();
    if (backup && !isUndoable()) await backups.remove(backup.id);
  }
}
