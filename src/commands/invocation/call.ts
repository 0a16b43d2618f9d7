import type * as vscode from 'vscode';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import type { TreeNode } from '../../tree/nodes.ts';

/** A key and its namespace. */
export interface KeyTarget {
  readonly namespace: NamespaceRef;
  readonly key: string;
}

/** How a command was called, if not with its own argument object. */
export type Call = RowCall | DocumentCall | MessageCall | FilesCall | { readonly from: 'palette' };

/** Called from the view. */
export interface RowCall {
  readonly from: 'row';
  /** The row of the menu or button. Absent for a key press, for which `selected` are the rows that are meant. */
  readonly clicked?: TreeNode;
  readonly selected: readonly TreeNode[];
}

/** Called from an editor: from its title, or because it is active. In a comparison, the side with the cursor. */
export interface DocumentCall {
  readonly from: 'document';
  readonly uri: vscode.Uri;
  /** The key that the document shows. */
  readonly shown: KeyTarget | undefined;
  /** Whether the user did not point at the document: it is just the active one. */
  readonly isOnlyActive: boolean;
}

/** Called by a button of one of our messages, which passes a text along. */
export interface MessageCall {
  readonly from: 'message';
  readonly text: string;
}

/** Called from the Explorer. */
export interface FilesCall {
  readonly from: 'files';
  /** The clicked file first, then the others of its selection. */
  readonly files: readonly vscode.Uri[];
}
