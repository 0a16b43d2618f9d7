import * as vscode from 'vscode';
import { elsewhereText } from '../core/store/devServerText.ts';
import { fullName, namespaceLabel, sourceIcon } from '../core/store/names.ts';
import type { KvNamespace, KvSource } from '../core/store/store.ts';
import { labelText } from '../core/text/labelText.ts';

/** What the item of the active value shows. */
export interface ShownInStatusBar {
  readonly source: KvSource;
  readonly namespace: KvNamespace;
  /** Absent for a document of many keys. */
  readonly key?: string | undefined;
  /** Why it is read-only. */
  readonly readOnly?: string | undefined;
  /** It was just written, so other locations may still have the old value. */
  readonly isStale: boolean;
}

export function statusBarText({ source, namespace, readOnly, isStale }: ShownInStatusBar): string {
  return [
    `$(${sourceIcon(source)}) ${labelText(`${source.label} / ${namespaceLabel(namespace)}`)}`,
    ...(readOnly === undefined ? [] : ['$(lock)']),
    ...(isStale ? [vscode.l10n.t('· may be stale elsewhere')] : []),
    ...(source.status?.devServer === 'elsewhere' ? [vscode.l10n.t('· Worker’s data elsewhere')] : []),
  ].join(' ');
}

export function statusBarTooltip({ source, namespace, key, readOnly }: ShownInStatusBar): string {
  const name = fullName({ source, namespace });
  const elsewhere = source.status && elsewhereText(source.status);
  return [
    key === undefined ? vscode.l10n.t('Keys of {0}', name) : `${key} · ${name}`,
    ...(readOnly === undefined ? [] : [vscode.l10n.t('Read-only: {0}', readOnly)]),
    ...(elsewhere === undefined ? [] : [elsewhere]),
    ...(key === undefined ? [] : [vscode.l10n.t('Select to see what can be done with it')]),
  ].join('\n');
}
