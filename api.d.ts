/*
 * What the extension “Cloudflare KV” gives to other extensions:
 *
 *   const kv = vscode.extensions.getExtension<CloudflareKvApi>('cloudflare-kv-contributors.cloudflare-kv');
 *   const api = await kv?.activate();
 */
import type * as vscode from 'vscode';

/** What names a namespace, here and as `namespace` in the arguments of commands. */
export interface KvNamespaceId {
  /** Id of the account or project that it belongs to. */
  readonly source: string;
  readonly id: string;
}

/** A binding of a wrangler config. */
export interface KvBinding {
  readonly name: string;
  /** The config file. */
  readonly config: vscode.Uri;
  /** Absent at the top level of the config. */
  readonly environment?: string;
}

/** One KV namespace. */
export interface KvNamespaceInfo extends KvNamespaceId {
  readonly sourceKind: 'local' | 'remote';
  readonly title: string;
  readonly bindings: readonly KvBinding[];
}

/** What `activate` returns. */
export interface CloudflareKvApi {
  /** Goes up only when something that is here changes its meaning or goes. */
  readonly version: 1;
  /** Every namespace, once the workspace has been searched. */
  namespaces(): Promise<KvNamespaceInfo[]>;
  /**
   * What `namespaces` gives may have changed: projects, accounts, namespaces or bindings came or went. Keys fire
   * nothing.
   */
  readonly onDidChangeNamespaces: vscode.Event<void>;
  /** The document of a value. Throws for an empty key. */
  valueUri(namespace: KvNamespaceId, key: string): vscode.Uri;
  /** The document of a key's metadata and expiration. Throws for an empty key. */
  entryUri(namespace: KvNamespaceId, key: string): vscode.Uri;
}
