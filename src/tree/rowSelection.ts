import { setTimeout as wait } from 'node:timers/promises';
import type * as vscode from 'vscode';
import { nodeId } from './nodeId.ts';
import type { TreeNode } from './nodes.ts';

type View = Pick<vscode.TreeView<TreeNode>, 'selection' | 'onDidChangeSelection'>;

/** How long to wait for rows that are read anew. */
const PATIENCE_MS = 1000;
const STEP_MS = 10;

/**
 * The selected rows of a view. While VS Code reads rows anew, `TreeView.selection` lacks those that it has not read
 * yet, although they stay selected. `onDidChangeSelection` does not fire for that.
 */
export class RowSelection {
  readonly #view: View;
  #told: readonly TreeNode[];
  readonly #listener: vscode.Disposable;

  constructor(view: View) {
    this.#view = view;
    this.#told = view.selection;
    this.#listener = view.onDidChangeSelection(({ selection }) => {
      this.#told = selection;
    });
  }

  /** While rows are read anew, as they were when they were selected. */
  get rows(): readonly TreeNode[] {
    return this.#isWhole ? this.#view.selection : this.#told;
  }

  has(row: TreeNode): boolean {
    return this.rows.some((one) => nodeId(one) === nodeId(row));
  }

  /** Waits until the view knows all selected rows again, for a moment at most. */
  async settled(): Promise<void> {
    const end = performance.now() + PATIENCE_MS;
    while (!this.#isWhole && performance.now() < end) await wait(STEP_MS);
  }

  get #isWhole(): boolean {
    return this.#view.selection.length >= this.#told.length;
  }

  dispose(): void {
    this.#listener.dispose();
  }
}
