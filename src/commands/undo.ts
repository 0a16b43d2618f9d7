import * as vscode from 'vscode';
import { batchLimits } from '../core/batches.ts';
import { KvError } from '../core/errors.ts';
import { keyCount } from '../core/names.ts';
import { type RestoreOutcome, restore } from '../core/undo/restore.ts';
import { tellOutcome } from '../ui/outcome.ts';
import { optionalText } from './arguments.ts';
import { defineCommand } from './invoke.ts';
import { storeOf } from './targets.ts';

interface Undo {
  readonly id?: string | undefined;
}

/** Takes the newest delete or bulk operation back, or the one with this id. */
export const undo = defineCommand<Undo, RestoreOutcome>('undo', {
  progress: vscode.l10n.t('Undoing'),
  parse: (input) => ({ id: optionalText(input, 'id') }),
  ask: async ({ text }) => ({ id: text }),
  async run({ id }, { services, signal, report }) {
    const backup = await (id === undefined
      ? services.backups.newest()
      : services.backups.list().then((all) => all.find((one) => one.id === id)));
    if (!backup) {
      throw new KvError(
        'notFound',
        vscode.l10n.t('There is nothing to undo: no delete or bulk operation has a backup.'),
      );
    }
    const store = await storeOf(services, { source: backup.source, id: backup.namespace });
    const { kind } = await services.sources.source(backup.source);
    const outcome = await restore(services.backups.read(backup.id), store, {
      ...{ signal, limits: batchLimits[kind] },
      report: (done) => report(vscode.l10n.t('Restoring {0} of {1}', done.toLocaleString(), keyCount(backup.keys))),
    });
    const { unfinished } = services;
    for (const work of await unfinished.list()) if (work.undo === backup.id) await unfinished.remove(work.id);
    if (outcome.failed.length === 0 && !outcome.cancelled) await services.backups.remove(backup.id);
    return outcome;
  },
  async tell(outcome) {
    const total = outcome.done + outcome.skipped + outcome.failed.length;
    await tellOutcome(outcome, total, {
      all: vscode.l10n.t('Undone: {0}.', restoredText(outcome)),
      partly: (done) => vscode.l10n.t('Undone in part: {0} of {1} as before.', done, keyCount(total)),
    });
  },
});

/** "3 keys restored, 1 key removed". */
function restoredText({ done, removed }: RestoreOutcome): string {
  const restored = done - removed;
  return [
    ...(restored > 0 || removed === 0 ? [vscode.l10n.t('{0} restored', keyCount(restored))] : []),
    ...(removed > 0 ? [vscode.l10n.t('{0} removed', keyCount(removed))] : []),
  ].join(', ');
}
