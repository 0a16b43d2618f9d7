import * as vscode from 'vscode';
import { KvError } from '../core/errors.ts';
import type { BulkOutcome } from '../core/store.ts';
import type { EntrySource } from '../core/transfer/putEntries.ts';
import { selectedEntries } from '../core/transfer/selection.ts';
import { withSpool } from '../core/transfer/spool.ts';
import type { NamespaceRef } from '../fs/kvUri.ts';
import type { Services } from '../services.ts';
import type { Running } from '../ui/progress.ts';
import { isPlainObject, namespaceArg, oneOfArg, optionalFlag } from './arguments.ts';
import { defineCommand } from './invoke.ts';
import { askSelected, parseSelected, type Selected } from './selecting.ts';
import { askNamespace, storeOf } from './targets.ts';
import { conflictChoices, type Transfer, type TransferOutcome, tellTransferred, transfer } from './transferring.ts';

interface CopyKeys {
  readonly from: Selected;
  readonly to: NamespaceRef;
  readonly onConflict?: Transfer['onConflict'];
  readonly confirm?: boolean | undefined;
}

/** Copies keys to another namespace with metadata and expiration; existing ones only when that is asked for. */
export const copyKeys = defineCommand<CopyKeys, TransferOutcome>('copyKeys', {
  progress: vscode.l10n.t('Copying keys'),
  parse: (input) => ({
    from: parseSelected(isPlainObject(input.from) ? input.from : {}),
    to: namespaceArg(input, 'to'),
    onConflict: input.onConflict === undefined ? 'fail' : oneOfArg(input, 'onConflict', conflictChoices),
    confirm: optionalFlag(input, 'confirm'),
  }),
  async ask(call, services) {
    const from = await askSelected(call, services, vscode.l10n.t('Copy keys of which namespace?'));
    const to =
      from && (await askNamespace({ nodes: [] }, services, vscode.l10n.t('Copy the keys to which namespace?')));
    return to && { from, to };
  },
  run: ({ from, to, onConflict, confirm }, { services, ...running }) =>
    copySelected(from, { to, onConflict, confirmed: confirm === true }, running, services),
  tell: (outcome, { to }, services) => tellTransferred(outcome, { to, kind: 'copy' }, services),
});

/** Copies what is selected; single keys that do not exist stand in `failed`. */
export async function copySelected(
  { namespace, selection }: Selected,
  target: Pick<Transfer, 'to' | 'onConflict' | 'confirmed' | 'asksForRemote'>,
  running: Running,
  services: Services,
): Promise<TransferOutcome | undefined> {
  if (namespace.source === target.to.source && namespace.id === target.to.id) {
    throw new KvError('invalidInput', vscode.l10n.t('Nothing was copied: the keys are in this namespace already.'));
  }
  const store = await storeOf(services, namespace);
  let missing: BulkOutcome['failed'][number][] = [];
  const entries: EntrySource = (signal) => {
    missing = [];
    return selectedEntries(store, selection, signal, (failure) => missing.push(failure));
  };
  const copy = (source: EntrySource): Promise<TransferOutcome | undefined> =>
    transfer({ ...target, entries: source, kind: 'copy' }, running, services);
  const { source } = await services.sources.describe(namespace);
  const outcome = await (source.kind === 'remote' ? withSpool(entries, copy) : copy(entries));
  return outcome && { ...outcome, failed: [...missing, ...outcome.failed] };
}
