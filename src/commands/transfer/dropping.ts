import * as vscode from 'vscode';
import type { Work } from '../../core/change/keyChange.ts';
import type { KvEntry } from '../../core/entry/entry.ts';
import { keyUnder } from '../../core/keys/keyUnder.ts';
import { fullName } from '../../core/store/names.ts';
import { type NamespaceRef, sameNamespace } from '../../core/store/namespaceRef.ts';
import type { Selection } from '../../core/store/selection.ts';
import { fileKeys } from '../../core/transfer/fileKeys.ts';
import { placedUnder } from '../../core/transfer/placedUnder.ts';
import { withSpool } from '../../core/transfer/spool.ts';
import type { Services } from '../../services.ts';
import type { GroupNode, KeyNode } from '../../tree/nodes.ts';
import { readSource } from '../../ui/files.ts';
import { withProgress } from '../../ui/progress.ts';
import { reportError } from '../../ui/reportError.ts';
import type { Run } from '../invocation/command.ts';
import { type ParentTarget, selectionOf } from '../invocation/resolve.ts';
import { targetStoreOf } from '../invocation/targets.ts';
import { copySelected, copyWork } from './copying.ts';
import { tellTransferred } from './tellTransferred.ts';
import { type TransferOutcome, transfer } from './transferring.ts';

/** Copies keys that were dropped on a namespace or group there, with metadata and expiration. */
export async function dropKeys(
  rows: readonly (KeyNode | GroupNode)[],
  { namespace: to, prefix }: ParentTarget,
  services: Services,
): Promise<void> {
  const under = prefix === '' ? undefined : prefix;
  const foreign = rows.filter(({ namespace: { ref } }) => !sameNamespace(ref, to));
  for (const [{ ref: namespace }, of] of Map.groupBy(foreign, (row) => row.namespace)) {
    const selection = selectionOf(of);
    const from = { namespace, selection };
    await drop(
      to,
      services,
      (run) => copySelected(from, { to, under, confirmed: false, asksForRemote: true, resume: 'ask' }, run),
      { work: copyWork(from, to, under), selection },
    );
  }
}

/**
 * Puts files that were dropped on a namespace or group there: each becomes the value of the key with its name. Metadata
 * and expiration of an existing key stay.
 */
export async function dropFiles(
  files: readonly vscode.Uri[],
  { namespace: to, prefix }: ParentTarget,
  services: Services,
): Promise<void> {
  const entries = async function* (signal: AbortSignal | undefined) {
    const keys = fileKeys(files.map(({ path }) => path));
    const store = await targetStoreOf(services, to);
    for (const [at, file] of files.entries()) {
      const key = keys[at] ?? '';
      const current = await store.get(keyUnder(prefix, key), signal);
      const entry: KvEntry = { key, value: await readSource(file) };
      yield { ...current, ...entry };
    }
  };
  await drop(to, services, (run) =>
    withSpool(placedUnder(prefix, entries), (source) =>
      transfer({ entries: source, to, kind: 'copy', confirmed: false, asksForRemote: true }, run),
    ),
  );
}

/**
 * Asks before it overwrites anything, and before it writes to a real account. Resolves when the work ends, so that the
 * next drop does not wait until its message is answered.
 */
async function drop(
  to: NamespaceRef,
  services: Services,
  copy: (run: Run) => Promise<TransferOutcome | undefined>,
  about: { readonly work?: Work; readonly selection?: Selection } = {},
): Promise<void> {
  const report = (error: unknown): void => reportError(services.log, 'drop', error);
  try {
    const where = fullName(await services.sources.describe(to));
    const outcome = await withProgress(vscode.l10n.t('Copying keys to {0}', where), undefined, (running) =>
      copy({ services, isInteractive: true, ...running }),
    );
    if (outcome) tellTransferred(outcome, { to, kind: 'copy', ...about }, services).catch(report);
  } catch (error) {
    report(error);
  }
}
