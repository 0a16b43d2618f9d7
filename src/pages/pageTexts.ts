import * as vscode from 'vscode';
import type { PageTexts } from './shared/model.ts';

/** Fixed texts of pages, in the user's language. */
export const pageTexts = (): PageTexts => ({
  showTable: vscode.l10n.t('Show as Table'),
  copyPicture: vscode.l10n.t('Copy as SVG'),
  savePicture: vscode.l10n.t('Save as SVG…'),
  saveTable: vscode.l10n.t('Save as CSV…'),
  keys: vscode.l10n.t('Arrow keys go from mark to mark.'),
});
