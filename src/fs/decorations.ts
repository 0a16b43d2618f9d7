import * as vscode from 'vscode';
import type { Event } from '../core/base/event.ts';
import type { NamespaceRef } from '../core/store/namespaceRef.ts';
import { isAccount } from '../core/store/sourceId.ts';
import type { RegistryChange } from '../core/store/sourceRegistry.ts';
import { isOurs, isRemote, valueUri } from './kvUri.ts';

/** How long a value is marked as just changed, in milliseconds. */
const JUST_CHANGED_MS = 3000;

export interface DecorationsHost {
  readonly readOnlyReason: (uri: vscode.Uri) => string | undefined;
  /** The namespace of a document of many keys. */
  readonly namespaceOfKeys: (uri: vscode.Uri) => NamespaceRef | undefined;
  readonly onDidOpen: vscode.Event<vscode.Uri>;
  readonly onDidChange: Event<RegistryChange>;
  /** Fires when other namespaces are read-only than before. */
  readonly onDidChangeProtection: Event<unknown>;
}

/** Decorates rows and tabs: why a value opens read-only, and what somebody else has just changed. */
export function registerDecorations(host: DecorationsHost): vscode.Disposable {
  const { readOnlyReason, onDidOpen, onDidChange, onDidChangeProtection } = host;
  const redraw = new vscode.EventEmitter<vscode.Uri[] | undefined>();
  const timers = new Map<string, ReturnType<typeof setTimeout>>();

  const markChanged = (uri: vscode.Uri): void => {
    const id = uri.toString();
    clearTimeout(timers.get(id));
    const forget = (): void => {
      timers.delete(id);
      redraw.fire([uri]);
    };
    timers.set(id, setTimeout(forget, JUST_CHANGED_MS));
  };

  const decorationOf = (uri: vscode.Uri): vscode.FileDecoration | undefined => {
    const ofKeys = host.namespaceOfKeys(uri);
    if (ofKeys) return isAccount(ofKeys.source) ? remoteDecoration(undefined) : undefined;
    if (!isOurs(uri)) return undefined;
    if (timers.has(uri.toString()) && !isRemote(uri)) {
      return {
        badge: '•',
        color: new vscode.ThemeColor('gitDecoration.modifiedResourceForeground'),
        tooltip: vscode.l10n.t('Just changed'),
      };
    }
    const reason = readOnlyReason(uri);
    if (isRemote(uri)) return remoteDecoration(reason);
    return reason === undefined ? undefined : { tooltip: vscode.l10n.t('Read-only: {0}', reason) };
  };

  return vscode.Disposable.from(
    redraw,
    onDidOpen((uri) => redraw.fire([uri])),
    onDidChangeProtection(() => redraw.fire(undefined)),
    onDidChange(({ source, namespace, written }) => {
      if (source === undefined || namespace === undefined || written === undefined) return;
      const uris = written.map((key) => valueUri({ source, id: namespace }, key));
      for (const uri of uris) markChanged(uri);
      redraw.fire(uris);
    }),
    vscode.window.registerFileDecorationProvider({
      onDidChangeFileDecorations: redraw.event,
      provideFileDecoration: decorationOf,
    }),
    { dispose: () => timers.forEach(clearTimeout) },
  );
}

/** For every row and tab of a real account. */
const remoteDecoration = (readOnly: string | undefined): vscode.FileDecoration => ({
  badge: 'R',
  color: new vscode.ThemeColor('cloudflareKv.remoteForeground'),
  tooltip:
    readOnly === undefined
      ? vscode.l10n.t('Remote: a real account')
      : vscode.l10n.t('Remote, read-only: {0}', readOnly),
});
