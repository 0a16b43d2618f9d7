import type * as vscode from 'vscode';
import type { TreeNode } from '../../src/tree/nodes.ts';

/** The selection of a tree view, which VS Code tells of, and does not know while it reads the rows anew. */
export function selectingView() {
  type Listener = (event: vscode.TreeViewSelectionChangeEvent<TreeNode>) => unknown;
  const listeners = new Set<Listener>();
  let selected: readonly TreeNode[] = [];
  let isKnown = true;
  return {
    get selection(): readonly TreeNode[] {
      return isKnown ? selected : [];
    },
    onDidChangeSelection: (listener: Listener) => {
      listeners.add(listener);
      return { dispose: () => listeners.delete(listener) };
    },
    select(...rows: readonly TreeNode[]): void {
      selected = rows;
      isKnown = true;
      for (const listener of listeners) listener({ selection: rows });
    },
    forget(): void {
      isKnown = false;
    },
    readAgain(): void {
      isKnown = true;
    },
  };
}
