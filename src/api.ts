import * as vscode from 'vscode';
import type { SourceRegistry } from './core/store/sourceRegistry.ts';
import { entryUri, valueUri } from './fs/kvUri.ts';

/** One KV namespace, as other extensions see it. */
export interface KvNamespaceInfo {
  readonly source: string;
  readonly sourceKind: 'local' | 'remote';
  readonly id: string;
  readonly title: string;
  readonly bindings: readonly { readonly name: string; readonly config: vscode.Uri; readonly environment?: string }[];
}

/** What `activate` returns. */
export interface CloudflareKvApi {
  readonly version: 1;
  /** Every namespace, once the workspace has been searched. */
  namespaces(): Promise<KvNamespaceInfo[]>;
  /** The document of a value. */
  valueUri(namespace: { readonly source: string; readonly id: string }, key: string): vscode.Uri;
  /** The document of a key's metadata and expiration. */
  entryUri(namespace: { readonly source: string; readonly id: string }, key: string): vscode.Uri;
}

export const publicApi = (sources: SourceRegistry): CloudflareKvApi => ({
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
  valueUri,
  entryUri,
});
