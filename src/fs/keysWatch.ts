import * as vscode from 'vscode';
import type { Event } from '../core/base/event.ts';
import { isAffected, type ProtectionChange } from '../core/store/protection.ts';
import { isAccount } from '../core/store/sourceId.ts';
import type { RegistryChange, SourceRegistry } from '../core/store/sourceRegistry.ts';
import { keysScheme } from '../ids.ts';
import type { KeysFileSystem } from './keysFileSystem.ts';

/** How long changes are gathered before the open documents are read again, in milliseconds. */
const GATHER_MS = 300;

export interface KeysWatchHost {
  readonly sources: SourceRegistry;
  readonly keys: KeysFileSystem;
  /** True from the moment a save of this document begins until it has ended. */
  readonly isSaving: (uri: vscode.Uri) => boolean;
  readonly onDidChangeProtection: Event<ProtectionChange>;
}

/** Lets open documents of many keys follow what happens to their keys, except those with unsaved text. */
export function watchKeysDocuments({
  sources,
  keys,
  isSaving,
  onDidChangeProtection,
}: KeysWatchHost): vscode.Disposable {
  const pending = new Map<string, vscode.Uri>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const show = (): void => {
    timer = undefined;
    const open = vscode.workspace.textDocuments.filter(({ uri, isDirty }) => pending.has(uri.toString()) && !isDirty);
    pending.clear();
    keys.touch(open.map(({ uri }) => uri));
  };

  const showSoon = (change: RegistryChange): void => {
    for (const { uri } of vscode.workspace.textDocuments) {
      if (uri.scheme !== keysScheme || isSaving(uri) || !keys.concerns(uri, change)) continue;
      // In an account only what is written from here tells of itself: anything else would cost reads for nothing.
      if (change.keys === undefined && isAccount(keys.namespaceOf(uri)?.source ?? '')) continue;
      pending.set(uri.toString(), uri);
    }
    if (pending.size > 0) timer ??= setTimeout(show, GATHER_MS);
  };

  return vscode.Disposable.from(
    sources.onDidChange(showSoon),
    onDidChangeProtection((change) => {
      const uris = vscode.workspace.textDocuments.map(({ uri }) => uri);
      const isConcerned = (uri: vscode.Uri): boolean => {
        const namespace = keys.namespaceOf(uri);
        return namespace !== undefined && isAffected(namespace, change);
      };
      keys.touch(uris.filter(isConcerned));
    }),
    { dispose: () => clearTimeout(timer) },
  );
}
