import * as vscode from 'vscode';
import { keyToSegment, segmentToKey } from '../core/keys/keyPath.ts';
import type { NamespaceRef } from '../core/store/namespaceRef.ts';
import { isAccount } from '../core/store/sourceId.ts';
import { entryScheme, keysScheme, valueScheme } from '../ids.ts';

/** What one of our URIs names. */
export type KvLocation =
  | { readonly kind: 'namespace'; readonly namespace: NamespaceRef }
  | { readonly kind: 'key'; readonly namespace: NamespaceRef; readonly key: string };

const ENTRY_ENDING = '.json';
/** Our URIs have no query, but VS Code's image preview adds this one when it loads the file. */
const QUERY = /^(version=\d+)?$/;

/** `cloudflare-kv://<source>/<namespace>/<key>`. Id and key are one flat, reversible segment each. */
export const valueUri = (namespace: NamespaceRef, key: string): vscode.Uri =>
  vscode.Uri.from({
    scheme: valueScheme,
    authority: namespace.source,
    path: `/${keyToSegment(namespace.id)}/${keyToSegment(key)}`,
  });

/** `cloudflare-kv-entry://<source>/<namespace>/<key>.json`: the metadata and expiration of a key. */
export const entryUri = (namespace: NamespaceRef, key: string): vscode.Uri => {
  const value = valueUri(namespace, key);
  return value.with({ scheme: entryScheme, path: value.path + ENTRY_ENDING });
};

/** `cloudflare-kv-keys:/<id>/<title>.json`: many keys as one document. The id tells which keys. */
export const keysUri = (id: string, title: string): vscode.Uri =>
  vscode.Uri.from({ scheme: keysScheme, path: `/${id}/${keyToSegment(title)}${ENTRY_ENDING}` });

/** The URI of another key as one of the same kind. */
export const siblingUri = ({ scheme }: vscode.Uri, namespace: NamespaceRef, key: string): vscode.Uri =>
  (scheme === entryScheme ? entryUri : valueUri)(namespace, key);

export const isOurs = (uri: vscode.Uri): boolean => uri.scheme === valueScheme || uri.scheme === entryScheme;

/** To write to it is to write to KV. */
export const isInKv = (uri: vscode.Uri): boolean => isOurs(uri) || uri.scheme === keysScheme;

/** Whether the URI of a value or an entry leads to a real account. */
export const isRemote = (uri: vscode.Uri): boolean => isOurs(uri) && isAccount(uri.authority);

/** The URI of a source, or of a namespace in it. Only used to decorate their rows. */
export const containerUri = (source: string, id?: string): vscode.Uri =>
  vscode.Uri.from({ scheme: valueScheme, authority: source, path: id === undefined ? '/' : `/${keyToSegment(id)}/` });

/**
 * The same for a group of keys. It is not the parent of any key's URI: otherwise each group of the namespace would show
 * the decorations of keys, such as an error in a text.
 */
export const groupUri = ({ source, id }: NamespaceRef, prefix: string): vscode.Uri =>
  containerUri(source, id).with({ path: `/${keyToSegment(id)}/${keyToSegment(prefix)}/` });

/** Parses a URI of a namespace, value or entry made by this file; `undefined` for any other. */
export function parseKvUri(uri: vscode.Uri): KvLocation | undefined {
  if (!isOurs(uri) || !QUERY.test(uri.query) || uri.fragment !== '') return undefined;
  const [empty, namespaceSegment, keySegment, ...more] = uri.path.split('/');
  if (empty !== '' || namespaceSegment === undefined || more.length > 0) return undefined;
  const id = segmentToKey(namespaceSegment);
  if (id === undefined) return undefined;
  const namespace = { source: uri.authority, id };
  if (keySegment === undefined || keySegment === '') return { kind: 'namespace', namespace };
  const key = segmentToKey(uri.scheme === entryScheme ? withoutEnding(keySegment) : keySegment);
  return key === undefined ? undefined : { kind: 'key', namespace, key };
}

/** The namespace and key of a URI, if it names a key. */
export const keyOf = (uri: vscode.Uri): { namespace: NamespaceRef; key: string } | undefined => {
  const location = parseKvUri(uri);
  return location?.kind === 'key' ? { namespace: location.namespace, key: location.key } : undefined;
};

const withoutEnding = (segment: string): string =>
  segment.endsWith(ENTRY_ENDING) ? segment.slice(0, -ENTRY_ENDING.length) : '';
