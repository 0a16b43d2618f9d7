import * as vscode from 'vscode';
import { keyCount } from '../../core/store/names.ts';
import { EVERYTHING, type Selection } from '../../core/store/selection.ts';
import { countText } from '../../core/text/countText.ts';
import { keysOf } from '../../core/transfer/selectionName.ts';
import { staysHere } from '../inside/ways.ts';

export type TransferKind = 'import' | 'copy';

/** The texts of an import or a copy. */
export interface TransferTexts {
  readonly label: string;
  /** Entries to write are counted, then existing ones are looked up. Several transfers may run at once. */
  counting(count: number): string;
  checking(count: number): string;
  question(count: number): string;
  button(count: number): string;
  progress(done: string, total: number): string;
  done(count: number): string;
  partly(done: string, total: number): string;
  /** Shown if it was cancelled before anything was written. */
  readonly nothing: string;
  /** Why it does not run inside Cloudflare, given how many seconds it takes from here. */
  readonly staysHere?: (seconds: number) => string;
}

/** The text for a copy or sync that was cancelled before anything was written. */
export const nothingCopied = (where: string): string =>
  vscode.l10n.t('Nothing was copied to {0}: it was cancelled.', where);

/** `selection` is what is copied from the source namespace. */
export function textsOf(
  { kind, selection = EVERYTHING }: { readonly kind: TransferKind; readonly selection?: Selection },
  where: string,
): TransferTexts {
  const keys = (count: number): string => keysOf(selection, keyCount(count));
  return kind === 'import'
    ? {
        label: vscode.l10n.t('Imported keys into {0}', where),
        counting: (count) => vscode.l10n.t('Counting what to import into {0}: {1}', where, keyCount(count)),
        checking: (count) => vscode.l10n.t('Checking what to import into {0}: {1}', where, keyCount(count)),
        question: (count) => vscode.l10n.t('Import {0} into {1}?', keys(count), where),
        button: (count) =>
          count === 1 ? vscode.l10n.t('Import 1 Key') : vscode.l10n.t('Import {0} Keys', countText(count)),
        progress: (done, total) => vscode.l10n.t('Importing {0} of {1} into {2}', done, keys(total), where),
        done: (count) => vscode.l10n.t('Imported {0} into {1}.', keys(count), where),
        partly: (done, total) => vscode.l10n.t('Imported {0} of {1} into {2}.', done, keys(total), where),
        nothing: vscode.l10n.t('Nothing was imported into {0}: it was cancelled.', where),
        staysHere: (seconds) => staysHere('import', seconds),
      }
    : {
        label: vscode.l10n.t('Copied {0} to {1}', keysOf(selection), where),
        counting: (count) => vscode.l10n.t('Counting what to copy to {0}: {1}', where, keyCount(count)),
        checking: (count) => vscode.l10n.t('Checking what to copy to {0}: {1}', where, keyCount(count)),
        question: (count) => vscode.l10n.t('Copy {0} to {1}?', keys(count), where),
        button: (count) =>
          count === 1 ? vscode.l10n.t('Copy 1 Key') : vscode.l10n.t('Copy {0} Keys', countText(count)),
        progress: (done, total) => vscode.l10n.t('Copying {0} of {1} to {2}', done, keys(total), where),
        done: (count) => vscode.l10n.t('Copied {0} to {1}.', keys(count), where),
        partly: (done, total) => vscode.l10n.t('Copied {0} of {1} to {2}.', done, keys(total), where),
        nothing: nothingCopied(where),
      };
}
