import * as vscode from 'vscode';
import { countText } from '../core/text/countText.ts';
import type { ComparisonCounts } from '../core/transfer/comparison.ts';

/** "3 added, 2 changed, 1 removed". */
export const changesText = ({ add, change, remove }: Omit<ComparisonCounts, 'same'>): string =>
  [
    ...(add > 0 ? [vscode.l10n.t('{0} added', countText(add))] : []),
    ...(change > 0 ? [vscode.l10n.t('{0} changed', countText(change))] : []),
    ...(remove > 0 ? [vscode.l10n.t('{0} removed', countText(remove))] : []),
  ].join(', ');
