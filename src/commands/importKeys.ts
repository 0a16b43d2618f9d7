import * as vscode from 'vscode';
import { someKeys } from '../core/names.ts';
import { BulkFile } from '../core/transfer/files/bulkFile.ts';
import type { NamespaceRef } from '../fs/kvUri.ts';
import { fileArg, namespaceArg, oneOfArg, optionalFlag } from './arguments.ts';
import { askBulkFile, diskPath } from './bulkPaths.ts';
import { defineCommand } from './invoke.ts';
import { askNamespace } from './targets.ts';
import { conflictChoices, type OnConflict, type TransferOutcome, tellTransferred, transfer } from './transferring.ts';

interface ImportKeys {
  readonly namespace: NamespaceRef;
  readonly from: vscode.Uri;
  readonly onConflict?: OnConflict;
  readonly confirm?: boolean | undefined;
}

/** Keys for which there was nothing to write count as skipped, and are named here where there are any. */
interface ImportOutcome extends TransferOutcome {
  readonly expired?: readonly string[];
  readonly missing?: readonly string[];
}

/** Writes the entries of a bulk file or folder; nothing, unless all of it can be read. */
export const importKeys = defineCommand<ImportKeys, ImportOutcome>('importKeys', {
  progress: vscode.l10n.t('Importing keys'),
  parse: (input) => ({
    namespace: namespaceArg(input),
    from: fileArg(input, 'from'),
    onConflict: oneOfArg(input, 'onConflict', conflictChoices),
    confirm: optionalFlag(input, 'confirm'),
  }),
  async ask(call, services) {
    const namespace = await askNamespace(call, services, vscode.l10n.t('Import keys into which namespace?'));
    const from = namespace && (await askBulkFile(vscode.l10n.t('Import Keys')));
    return from && { namespace, from };
  },
  async run({ namespace, from, onConflict, confirm }, { services, ...running }) {
    const file = await BulkFile.open(diskPath(from));
    const entries = (signal: AbortSignal | undefined) => file.entries(signal);
    const outcome = await transfer(
      { entries, to: namespace, kind: 'import', onConflict, confirmed: confirm === true },
      running,
      services,
    );
    if (!outcome) return undefined;
    const { expired, missing } = file.leftOut;
    return {
      ...outcome,
      skipped: outcome.skipped + expired.length + missing.length,
      ...(expired.length > 0 && { expired }),
      ...(missing.length > 0 && { missing }),
    };
  },
  async tell(outcome, { namespace }, services) {
    const { expired = [], missing = [] } = outcome;
    await tellTransferred(outcome, { to: namespace, kind: 'import' }, services, [
      ...(expired.length > 0 ? [vscode.l10n.t('Expired already: {0}.', someKeys(expired))] : []),
      ...(missing.length > 0 ? [vscode.l10n.t('Without a value in the file: {0}.', someKeys(missing))] : []),
    ]);
  },
});
