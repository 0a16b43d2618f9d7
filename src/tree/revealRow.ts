import { setTimeout as wait } from 'node:timers/promises';
import type * as vscode from 'vscode';
import { nodeId } from './nodeId.ts';
import type { TreeNode } from './nodes.ts';

const MOST_TRIES = 4;
const PAUSE_MS = 100;

/**
 * Selects a row and gives it the focus. VS Code answers as if it had when it was just reading the rows anew and knew
 * none: then it is told again. Rejects like `TreeView.reveal`.
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
    // Word of what is selected may be on its way.
    await wait(PAUSE_MS);
    if (isSelected()) return;
  }
}
