import * as vscode from 'vscode';
import { KvError } from '../../core/base/errors.ts';
import type { RestoreOutcome } from '../../core/change/undo/restore.ts';
import { batchLimits } from '../../core/store/batches.ts';
import { fullName, keyCount } from '../../core/store/names.ts';
import type { NamespaceRef } from '../../fs/kvUri.ts';
import type { Services } from '../../services.ts';
import { tellOutcome, triedKeys } from '../../ui/outcome.ts';
import { optionalText } from '../invocation/arguments.ts';
import { defineCommand } from '../invocation/invoke.ts';
import { storeOf } from '../invocation/targets.ts';

interface Undo {
  readonly id?: string | undefined;
}

/** With `isRest` something of it stays that an earlier start had written. */
interface UndoOutcome extends RestoreOutcome {
  /** Where it was undone. */
  readonly namespace: NamespaceRef;
  /** How many keys a cancelled one did not come to; absent for none. */
  readonly left?: number;
  readonly isRest?: true;
}

/**
 * An account may show for a minute what was there before a write (Workers KV documentation, "How KV works"), and another
 * window may have made it. Work may have gone on for long after its backup was made.
 */
const SETTLED_MS = 60 * 60_000;

/** Takes the newest delete or bulk operation back, or the one with this id; with all starts of it. */
export const undo = defineCommand<Undo, UndoOutcome>('undo', {
  progress: vscode.l10n.t('Undoing'),
  parse: (input) => ({ id: optionalText(input, 'id') }),
  ask: async ({ text }) => ({ id: text }),
  async run({ id }, { services, signal, report }) {
    const { backups } = services;
    const backup = await (id === undefined ? backups.newest() : backups.find(id));
    if (!backup) {
      throw new KvError(
        'notFound',
        id === undefined
          ? vscode.l10n.t('There is nothing to undo: no delete or bulk operation has a backup.')
          : vscode.l10n.t('This cannot be undone: it was undone already, or its backup is gone.'),
      );
    }
    const namespace = { source: backup.source, id: backup.namespace };
    const store = await storeOf(services, namespace);
    const described = await services.sources.describe(namespace);
    const where = fullName(described);
    const { kind } = described.source;
    const { restore } = await import('../../core/change/undo/undoing.lazy.ts');
    const outcome = await backups.whileUsed(backup.id, () =>
      restore(backups.read(backup.id), store, {
        ...{ signal, limits: batchLimits[kind] },
        mayBeStale: kind === 'remote' && Date.now() - backup.at < SETTLED_MS,
        report: (done) =>
          report(
            vscode.l10n.t('Undoing in {0}: {1} of {2} checked', where, done.toLocaleString(), keyCount(backup.keys)),
          ),
      }),
    );
    if (!outcome.cancelled) await forgetWork([backup.id, ...(backup.continues ?? [])], services);
    if (outcome.failed.length === 0 && !outcome.cancelled) await backups.remove(backup.id);
    const left = outcome.cancelled ? backup.keys - triedKeys(outcome) : 0;
    return { ...outcome, namespace, ...(left > 0 && { left }), ...(backup.isRest && { isRest: true }) };
  },
  async tell(outcome, _, { sources }) {
    const where = fullName(await sources.describe(outcome.namespace));
    const rest = outcome.isRest
      ? [vscode.l10n.t('What was written before the interruption stays: there is no backup of that.')]
      : [];
    const total = triedKeys(outcome) + (outcome.left ?? 0);
    await tellOutcome(outcome, total, {
      all: [vscode.l10n.t('Undone in {0}: {1}.', where, restoredText(outcome)), ...rest].join(' '),
      partly: (done) =>
        [vscode.l10n.t('Undone in part in {0}: {1} of {2} as before.', where, done, keyCount(total)), ...rest].join(
          ' ',
        ),
      nothing: vscode.l10n.t('Nothing was undone in {0}: it was cancelled.', where),
    });
  },
});

/** What was taken back is not to be gone on with. */
async function forgetWork(backups: readonly string[], { unfinished }: Services): Promise<void> {
  for (const { id, undo } of await unfinished.list()) {
    if (undo !== undefined && backups.includes(undo)) await unfinished.remove(id);
  }
}

/** "3 keys restored, 1 key removed". */
function restoredText({ done, removed }: RestoreOutcome): string {
  const restored = done - removed;
  return [
    ...(restored > 0 || removed === 0 ? [vscode.l10n.t('{0} restored', keyCount(restored))] : []),
    ...(removed > 0 ? [vscode.l10n.t('{0} removed', keyCount(removed))] : []),
  ].join(', ');
}
