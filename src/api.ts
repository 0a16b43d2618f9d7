import * as vscode from 'vscode';
import type { CloudflareKvApi } from '../api.d.ts';
import { checkKey } from './core/entry/limits.ts';
import type { SourceRegistry } from './core/store/sourceRegistry.ts';
import { entryUri, valueUri } from './fs/kvUri.ts';

/** What `activate` returns: the API, and a disposable that stops listening to the sources. */
export function publicApi(
  sources: Pick<SourceRegistry, 'namespaces' | 'onDidChange'>,
): readonly [CloudflareKvApi, vscode.Disposable] {
  // VS Code's EventEmitter: one listener that throws does not keep the others from being called.
  const changed = new vscode.EventEmitter<void>();
  const listening = sources.onDidChange(({ namespace }) => {
    if (namespace === undefined) changed.fire();
  });
  const api: CloudflareKvApi = {
    version: 1,
    namespaces: async () =>
      (await sources.namespaces()).map(({ source, sourceKind, id, title, bindings }) => ({
        source,
        sourceKind,
        id,
        title,
        bindings: bindings.map(({ name, config, environment }) => ({
          name,
          config: vscode.Uri.file(config),
          ...(environment !== undefined && { environment }),
        })),
      })),
    onDidChangeNamespaces: changed.event,
    valueUri: (namespace, key) => valueUri(namespace, named(key)),
    entryUri: (namespace, key) => entryUri(namespace, named(key)),
  };
  return [api, vscode.Disposable.from(listening, changed)];
}

/** Throws `invalidInput` for an empty key: its URI would be that of the namespace. */
function named(key: string): string {
  if (key === '') checkKey(key);
  return key;
}
