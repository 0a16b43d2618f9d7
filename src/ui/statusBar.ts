import * as vscode from 'vscode';
import type { SourceRegistry } from '../core/sourceRegistry.ts';
import { keyOf } from '../fs/kvUri.ts';
import { activeUri } from '../fs/openDocuments.ts';
import { commandId, contextKeys } from '../ids.ts';
import { fullName, namespaceLabel, sourceIcon } from './names.ts';

export interface StatusBarHost {
  readonly sources: SourceRegistry;
  readonly readOnlyReason: (uri: vscode.Uri) => string | undefined;
}

/** Names source and namespace of the active value, and says when it is read-only and why. */
export function createStatusBar(host: StatusBarHost): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('cloudflareKv.active', vscode.StatusBarAlignment.Left, 50);
  item.name = vscode.l10n.t('Cloudflare KV: Active Value');
  item.command = commandId('editEntry');

  const update = async (): Promise<void> => {
    const uri = activeUri();
    const location = uri && keyOf(uri);
    void vscode.commands.executeCommand('setContext', contextKeys.valueActive, location !== undefined);
    if (!uri || !location) {
      item.hide();
      return;
    }
    const described = await host.sources.describe(location.namespace).catch(() => undefined);
    if (activeUri()?.toString() !== uri.toString()) return;
    if (!described) {
      item.hide();
      return;
    }
    const reason = host.readOnlyReason(uri);
    const lock = reason ? ' $(lock)' : '';
    item.text = `$(${sourceIcon(described.source)}) ${described.source.label} / ${namespaceLabel(described.namespace)}${lock}`;
    item.tooltip = [
      `${location.key} · ${fullName(described)}`,
      ...(reason ? [vscode.l10n.t('Read-only: {0}', reason)] : []),
      vscode.l10n.t('Select to edit metadata and expiration'),
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
    host.sources.onDidChange(refresh),
  );
}
