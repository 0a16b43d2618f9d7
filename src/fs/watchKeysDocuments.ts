import * as vscode from 'vscode';
import type { Event } from '../core/base/event.ts';
import { isAffected, type ProtectionChange } from '../core/store/protection.ts';
import { isAccount } from '../core/store/sourceId.ts';
import type { RegistryChange, SourceRegistry } from '../core/store/sourceRegistry.ts';
import type { KeysFileSystem } from './keysFileSystem.ts';
import { openDocument } from './openDocuments.ts';

/** How long changes are gathered before the open documents are read again, in milliseconds. */
const GATHER_MS = 300;

export interface KeysWatchHost {
  readonly sources: SourceRegistry;
  readonly keys: KeysFileSystem;
  readonly onDidChangeProtection: Event<ProtectionChange>;
}

/** Makes open documents of many keys follow changes of their keys, except those with unsaved text. */
export function watchKeysDocuments({ sources, keys, onDidChangeProtection }: KeysWatchHost): vscode.Disposable {
  const { documents } = keys;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const show = (): void => {
    timer = undefined;
    const due = documents.held.filter(({ isToBeShown }) => isToBeShown);
    for (const document of due) document.isToBeShown = false;
    keys.touch(due.map(({ uri }) => uri).filter((uri) => openDocument(uri)?.isDirty === false));
  };

  const showSoon = (change: RegistryChange): void => {
    let isAny = false;
    for (const document of documents.held) {
      if (document.save.isRunning || !document.concerns(change)) continue;
      // In an account, only writes from here name their keys. Reading for any other change would cost requests for
      // nothing.
      if (change.keys === undefined && isAccount(document.kept?.namespace.source ?? '')) continue;
      document.isToBeShown = true;
      isAny = true;
    }
    if (isAny) timer ??= setTimeout(show, GATHER_MS);
  };

  return vscode.Disposable.from(
    sources.onDidChange(showSoon),
    onDidChangeProtection((change) =>
      keys.touch(documents.held.flatMap(({ uri, kept }) => (kept && isAffected(kept.namespace, change) ? uri : []))),
    ),
    { dispose: () => clearTimeout(timer) },
  );
}
