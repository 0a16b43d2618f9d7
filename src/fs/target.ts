import * as vscode from 'vscode';
import { keyOf, type NamespaceRef } from './kvUri.ts';

/** The key that a document shows. */
export interface Target {
  readonly uri: vscode.Uri;
  /** The URI as text, by which everything about the document is kept. */
  readonly id: string;
  readonly namespace: NamespaceRef;
  readonly key: string;
}

/** Throws `FileNotFound` for a URI that names no key. */
export function targetOf(given: vscode.Uri): Target {
  const location = keyOf(given);
  if (!location) throw vscode.FileSystemError.FileNotFound(given);
  const uri = given.with({ query: '' });
  return { uri, id: uri.toString(), ...location };
}

/** Anything but a key, such as a namespace, is none of a file's to write, move or remove: throws `NoPermissions`. */
export function writableTarget(uri: vscode.Uri): Target {
  if (!keyOf(uri)) throw vscode.FileSystemError.NoPermissions(uri);
  return targetOf(uri);
}
