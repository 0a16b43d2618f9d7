import { setTimeout as wait } from 'node:timers/promises';
import type * as vscode from 'vscode';
import { nodeId } from './nodeId.ts';
import type { TreeNode } from './nodes.ts';

const MOST_TRIES = 4;
const PAUSE_MS = 100;

/**
 * Selects and focuses a row. While VS Code reads the rows anew, `reveal` can resolve without selecting anything, so
 * this tries again. Rejects like `TreeView.reveal`.
 */
export async function revealRow(
  view: Pick<vscode.TreeView<TreeNode>, 'reveal' | 'selection'>,
  row: TreeNode,
  { expand = false } = {},
): Promise<void> {
  const id = nodeId(row);
  const isSelected = (): boolean => view.selection.some((selected) => nodeId(selected) === id);
  for (let left = MOST_TRIES; left > 0; left--) {
    await view.reveal(row, { select: true, focus: true, ...(expand && { expand }) });
    if (isSelected()) return;
    // The new selection may still be on its way from VS Code.
    await wait(PAUSE_MS);
    if (isSelected()) return;
  }
}
