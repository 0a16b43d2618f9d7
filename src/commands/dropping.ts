import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { KvEntry } from '../core/entry.ts';
import { listKeys } from '../core/listKeys.ts';
import { fullName, keyCount, someKeys } from '../core/names.ts';
import { type EntrySource, planPut, putEntries } from '../core/transfer/putEntries.ts';
import { withoutLinks } from '../core/withoutLinks.ts';
import type { NamespaceRef } from '../fs/kvUri.ts';
import { commandId } from '../ids.ts';
import type { Services } from '../services.ts';
import type { GroupNode, KeyNode } from '../tree/nodes.ts';
import { readSource } from '../ui/files.ts';
import { tellOutcome } from '../ui/outcome.ts';
import { withProgress } from '../ui/progress.ts';
import { reportError } from '../ui/reportError.ts';
import { FROM_MESSAGE } from './invoke.ts';
import { storeOf } from './targets.ts';

/** Keys dropped on a namespace: copies them with metadata and expiration. */
export async function dropKeys(
  rows: readonly (KeyNode | GroupNode)[],
  to: NamespaceRef,
  services: Services,
): Promise<void> {
  const foreign = rows.filter(({ namespace: { ref } }) => ref.source !== to.source || ref.id !== to.id);
  if (foreign.length === 0) return;
  await dropEntries(
    async function* (signal) {
      for (const row of foreign) {
        const store = await storeOf(services, row.namespace.ref);
        if (row.kind === 'key') yield* store.getMany([row.key], signal);
        else {
          for await (const page of listKeys(store, row.prefix, signal)) {
            yield* store.getMany(
              page.map(({ name }) => name),
              signal,
            );
          }
        }
      }
    },
    to,
    services,
  );
}

/** Files dropped on a namespace: each becomes a value under its name; metadata and expiration of a key stay. */
export async function dropFiles(files: readonly vscode.Uri[], to: NamespaceRef, services: Services): Promise<void> {
  await dropEntries(
    async function* (signal) {
      const store = await storeOf(services, to);
      for (const file of files) {
        const key = basename(file.path);
        const current = await store.get(key, signal);
        const entry: KvEntry = { key, value: await readSource(file) };
        yield { ...current, ...entry };
      }
    },
    to,
    services,
  );
}

/** Asks before anything that exists is overwritten, and before anything is written to a real account. */
async function dropEntries(source: EntrySource, to: NamespaceRef, services: Services): Promise<void> {
  try {
    const described = await services.sources.describe(to);
    const where = fullName(described);
    const store = await storeOf(services, to);
    const result = await withProgress(
      vscode.l10n.t('Copying keys to {0}', where),
      undefined,
      async ({ signal, report, waitFor }) => {
        const label = vscode.l10n.t('Copied keys to {0}', where);
        const subject = { kind: 'import' as const, source: to.source, namespace: to.id, label };
        const plan = await planPut(source, store, services.backups, subject, signal);
        const answer = await waitFor(ask(plan.total, plan.existing, where, described.source.kind));
        if (answer === undefined) {
          if (plan.undo !== undefined) await services.backups.remove(plan.undo);
          return undefined;
        }
        const outcome = await putEntries(source, store, {
          signal,
          ...(answer === 'skip' && { skip: new Set(plan.existing) }),
          report: (done) =>
            report(vscode.l10n.t('Copying {0} of {1} to {2}', done.toLocaleString(), keyCount(plan.total), where)),
        });
        return { plan, outcome };
      },
    );
    if (!result) return;
    const { plan, outcome } = result;
    const undo = vscode.l10n.t('Undo');
    const pressed = await tellOutcome(
      outcome,
      plan.total,
      {
        all: vscode.l10n.t('Copied {0} to {1}.', keyCount(outcome.done), where),
        partly: (done) => vscode.l10n.t('Copied {0} of {1} to {2}.', done, keyCount(plan.total), where),
      },
      ...(plan.undo !== undefined && outcome.done > 0 ? [undo] : []),
    );
    if (pressed === undo) await vscode.commands.executeCommand(commandId('undo'), FROM_MESSAGE, plan.undo);
  } catch (error) {
    reportError(services.log, 'drop', error);
  }
}

async function ask(
  total: number,
  existing: readonly string[],
  where: string,
  side: 'local' | 'remote',
): Promise<'write' | 'skip' | undefined> {
  if (total === 0) return undefined;
  if (existing.length === 0 && side === 'local') return 'write';
  const overwrite = vscode.l10n.t('Overwrite');
  const skip = vscode.l10n.t('Skip Existing');
  const copy = vscode.l10n.t('Copy');
  const answer = await vscode.window.showWarningMessage(
    withoutLinks(vscode.l10n.t('Copy {0} to {1}?', keyCount(total), where)),
    {
      modal: true,
      ...(existing.length > 0 && {
        detail: vscode.l10n.t('{0} already there: {1}.', keyCount(existing.length), someKeys(existing)),
      }),
    },
    ...(existing.length > 0 ? [overwrite, skip] : [copy]),
  );
  return answer === undefined ? undefined : answer === skip ? 'skip' : 'write';
}
