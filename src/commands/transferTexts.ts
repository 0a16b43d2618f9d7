import * as vscode from 'vscode';
import type { Transfer } from './transferring.ts';

/** What is said of an import or a copy. */
export interface TransferTexts {
  readonly label: string;
  question(count: string): string;
  button(count: number): string;
  progress(done: string, total: string): string;
  done(count: string): string;
  partly(done: string, total: string): string;
}

export function textsOf(kind: Transfer['kind'], where: string): TransferTexts {
  return kind === 'import'
    ? {
        label: vscode.l10n.t('Imported keys into {0}', where),
        question: (count) => vscode.l10n.t('Import {0} into {1}?', count, where),
        button: (count) =>
          count === 1 ? vscode.l10n.t('Import 1 Key') : vscode.l10n.t('Import {0} Keys', count.toLocaleString()),
        progress: (done, total) => vscode.l10n.t('Importing {0} of {1} into {2}', done, total, where),
        done: (count) => vscode.l10n.t('Imported {0} into {1}.', count, where),
        partly: (done, total) => vscode.l10n.t('Imported {0} of {1} into {2}.', done, total, where),
      }
    : {
        label: vscode.l10n.t('Copied keys to {0}', where),
        question: (count) => vscode.l10n.t('Copy {0} to {1}?', count, where),
        button: (count) =>
          count === 1 ? vscode.l10n.t('Copy 1 Key') : vscode.l10n.t('Copy {0} Keys', count.toLocaleString()),
        progress: (done, total) => vscode.l10n.t('Copying {0} of {1} to {2}', done, total, where),
        done: (count) => vscode.l10n.t('Copied {0} to {1}.', count, where),
        partly: (done, total) => vscode.l10n.t('Copied {0} of {1} to {2}.', done, total, where),
      };
}
