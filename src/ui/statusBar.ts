import * as vscode from 'vscode';
import type { Event } from '../core/base/event.ts';
import { fullName } from '../core/store/names.ts';
import { type NamespaceRef, namespaceKey } from '../core/store/namespaceRef.ts';
import { isAccount } from '../core/store/sourceId.ts';
import type { RegistryChange, SourceRegistry } from '../core/store/sourceRegistry.ts';
import { keyOf } from '../fs/kvUri.ts';
import { contextKeys, valueActionsCommand } from '../ids.ts';
import { ContextKey } from './contextKey.ts';
import { statusBarText, statusBarTooltip } from './statusBarText.ts';
import { registerValueActions } from './valueActions.ts';

export interface StatusBarHost {
  readonly sources: SourceRegistry;
  readonly readOnlyReason: (uri: vscode.Uri) => string | undefined;
  /** The namespace of a document of many keys. */
  readonly namespaceOfKeys: (uri: vscode.Uri) => NamespaceRef | undefined;
  /** Fires when other namespaces are read-only than before. */
  readonly onDidChangeProtection: Event<unknown>;
  /** What the active editor shows. */
  readonly activeUri: () => vscode.Uri | undefined;
  readonly hasUnsavedText: (uri: vscode.Uri) => boolean;
}

/** For how long other locations may show the old value after a write (Workers KV, "Consistency"), in milliseconds. */
const STALE_MS = 60_000;

/** Shows source and namespace of the active value or keys, and whether and why they are read-only. */
export function createStatusBar(host: StatusBarHost): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('cloudflareKv.active', vscode.StatusBarAlignment.Left, 50);
  item.name = vscode.l10n.t('Cloudflare KV: Active Value');

  const valueActive = new ContextKey<boolean>(contextKeys.valueActive);

  const writes = new Map<string, number>();
  const wroteLately = (namespace: NamespaceRef): boolean =>
    Date.now() - (writes.get(namespaceKey(namespace)) ?? 0) < STALE_MS;
  let stale: ReturnType<typeof setTimeout> | undefined;
  const noteWrite = ({ source, namespace, keys }: RegistryChange): void => {
    if (source !== undefined && namespace !== undefined && keys !== undefined) {
      writes.set(namespaceKey({ source, id: namespace }), Date.now());
      clearTimeout(stale);
      stale = setTimeout(refresh, STALE_MS);
    }
    refresh();
  };

  const update = async (): Promise<void> => {
    const uri = host.activeUri();
    const value = uri && keyOf(uri);
    const namespace = value?.namespace ?? (uri && host.namespaceOfKeys(uri));
    valueActive.set(value !== undefined);
    if (!uri || !namespace) {
      item.hide();
      return;
    }
    const described = await host.sources.describe(namespace).catch(() => undefined);
    if (host.activeUri()?.toString() !== uri.toString()) return;
    if (!described) {
      item.hide();
      return;
    }
    const reason = value ? host.readOnlyReason(uri) : host.sources.readOnlyReason(namespace);
    const isRemote = isAccount(namespace.source);
    const shown = { ...described, key: value?.key, readOnly: reason, isStale: isRemote && wroteLately(namespace) };
    item.text = statusBarText(shown);
    const unsaved = isRemote && host.hasUnsavedText(uri);
    item.backgroundColor = unsaved ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    const name = fullName(described);
    item.tooltip = statusBarTooltip(shown);
    item.command = value && valueActionsCommand;
    item.accessibilityInformation = {
      label: value ? vscode.l10n.t('KV value in {0}', name) : vscode.l10n.t('Keys of {0}', name),
    };
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
    host.sources.onDidChangeStatus(refresh),
    host.onDidChangeProtection(refresh),
    registerValueActions(host.activeUri, host.sources),
    vscode.workspace.onDidChangeTextDocument(({ document: { uri } }) => {
      const source = keyOf(uri)?.namespace.source ?? host.namespaceOfKeys(uri)?.source;
      if (source !== undefined && isAccount(source)) refresh();
    }),
    { dispose: () => clearTimeout(stale) },
  );
}
