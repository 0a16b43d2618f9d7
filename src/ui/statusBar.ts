import * as vscode from 'vscode';
import { fullName, namespaceLabel, sourceIcon } from '../core/names.ts';
import type { RegistryChange, SourceRegistry } from '../core/sourceRegistry.ts';
import { isRemote, keyOf, type NamespaceRef } from '../fs/kvUri.ts';
import { contextKeys } from '../ids.ts';
import { registerValueActions, valueActionsCommand } from './valueActions.ts';

export interface StatusBarHost {
  readonly sources: SourceRegistry;
  readonly readOnlyReason: (uri: vscode.Uri) => string | undefined;
  /** What the active editor shows. */
  readonly activeUri: () => vscode.Uri | undefined;
  readonly hasUnsavedText: (uri: vscode.Uri) => boolean;
}

/** For how long other places may still show what was there before a write (Workers KV, "Consistency"), in milliseconds. */
const STALE_MS = 60_000;

/** Names source and namespace of the active value, and says when it is read-only and why. */
export function createStatusBar(host: StatusBarHost): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('cloudflareKv.active', vscode.StatusBarAlignment.Left, 50);
  item.name = vscode.l10n.t('Cloudflare KV: Active Value');
  item.command = valueActionsCommand;

  const writes = new Map<string, number>();
  const wroteLately = ({ source, id }: NamespaceRef): boolean =>
    Date.now() - (writes.get(`${source}\n${id}`) ?? 0) < STALE_MS;
  let stale: ReturnType<typeof setTimeout> | undefined;
  const noteWrite = ({ source, namespace, keys }: RegistryChange): void => {
    if (source !== undefined && namespace !== undefined && keys !== undefined) {
      writes.set(`${source}\n${namespace}`, Date.now());
      clearTimeout(stale);
      stale = setTimeout(refresh, STALE_MS);
    }
    refresh();
  };

  const update = async (): Promise<void> => {
    const uri = host.activeUri();
    const location = uri && keyOf(uri);
    void vscode.commands.executeCommand('setContext', contextKeys.valueActive, location !== undefined);
    if (!uri || !location) {
      item.hide();
      return;
    }
    const described = await host.sources.describe(location.namespace).catch(() => undefined);
    if (host.activeUri()?.toString() !== uri.toString()) return;
    if (!described) {
      item.hide();
      return;
    }
    const reason = host.readOnlyReason(uri);
    const stale = isRemote(uri) && wroteLately(location.namespace);
    item.text = [
      `$(${sourceIcon(described.source)}) ${described.source.label} / ${namespaceLabel(described.namespace)}`,
      ...(reason ? ['$(lock)'] : []),
      ...(stale ? [vscode.l10n.t('· may be stale elsewhere')] : []),
    ].join(' ');
    const unsaved = isRemote(uri) && host.hasUnsavedText(uri);
    item.backgroundColor = unsaved ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    item.tooltip = [
      `${location.key} · ${fullName(described)}`,
      ...(reason ? [vscode.l10n.t('Read-only: {0}', reason)] : []),
      vscode.l10n.t('Select to see what can be done with it'),
    ].join('\n');
    item.accessibilityInformation = { label: vscode.l10n.t('KV value in {0}', fullName(described)) };
    item.show();
  };

  const refresh = (): void => void update();
  refresh();
  return vscode.Disposable.from(
    item,
    vscode.window.tabGroups.onDidChangeTabs(refresh),
    vscode.window.tabGroups.onDidChangeTabGroups(refresh),
    vscode.window.onDidChangeActiveTextEditor(refresh),
    host.sources.onDidChange(noteWrite),
    registerValueActions(host.activeUri),
    vscode.workspace.onDidChangeTextDocument(({ document }) => {
      if (isRemote(document.uri)) refresh();
    }),
    { dispose: () => clearTimeout(stale) },
  );
}
