import * as vscode from 'vscode';
import type { NamespaceRef } from '../core/store/namespaceRef.ts';
import { keyOf, valueUri } from './kvUri.ts';

/** The key that a document shows. */
export interface Target {
  readonly uri: vscode.Uri;
  /** The URI as text: the key under which everything about the document is stored. */
  readonly id: string;
  readonly namespace: NamespaceRef;
  readonly key: string;
}

/** Throws `FileNotFound` if the URI names no key. */
export function targetOf(given: vscode.Uri): Target {
  const location = keyOf(given);
  if (!location) throw vscode.FileSystemError.FileNotFound(given);
  const uri = given.with({ query: '' });
  return { uri, id: uri.toString(), ...location };
}

/** Throws `NoPermissions` unless the URI names a key: a namespace cannot be written, moved or deleted as a file. */
export function writableTarget(uri: vscode.Uri): Target {
  if (!keyOf(uri)) throw vscode.FileSystemError.NoPermissions(uri);
  return targetOf(uri);
}

/** Throws `NoPermissions` for a URI of only a part of a key, which cannot be deleted, moved or copied by itself. */
export function valueTarget(uri: vscode.Uri): Target {
  const target = writableTarget(uri);
  if (valueUri(target.namespace, target.key).toString() === target.id) return target;
  throw vscode.FileSystemError.NoPermissions(
    vscode.l10n.t('Metadata and expiration belong to their key: rename, copy or delete the key itself.'),
  );
}
