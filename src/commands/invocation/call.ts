import type * as vscode from 'vscode';
import type { NamespaceRef } from '../../core/store/namespaceRef.ts';
import type { TreeNode } from '../../tree/nodes.ts';

/** A key and where it is. */
export interface KeyTarget {
  readonly namespace: NamespaceRef;
  readonly key: string;
}

/** How a command was called when not with an argument object of its own. */
export type Call = RowCall | DocumentCall | MessageCall | FilesCall | { readonly from: 'palette' };

/** From the view. */
export interface RowCall {
  readonly from: 'row';
  /** The row of the menu or the button; absent for a key press, which has the rows that are certainly meant. */
  readonly clicked?: TreeNode;
  readonly selected: readonly TreeNode[];
}

/** From an editor: its title, or because it is the active one. Of a comparison it is the side that has the cursor. */
export interface DocumentCall {
  readonly from: 'document';
  readonly uri: vscode.Uri;
  /** The key that it shows. */
  readonly shown: KeyTarget | undefined;
  /** Nobody pointed at that document: it happens to be open. */
  readonly isOnlyActive: boolean;
}

/** From a button of a message of ours, which passes a text along. */
export interface MessageCall {
  readonly from: 'message';
  readonly text: string;
}

/** From the Explorer. */
export interface FilesCall {
  readonly from: 'files';
  /** The clicked one first, then the others of its selection. */
  readonly files: readonly vscode.Uri[];
}
