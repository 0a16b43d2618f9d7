import { setTimeout as wait } from 'node:timers/promises';
import type * as vscode from 'vscode';
import { nodeId } from './nodeId.ts';
import type { TreeNode } from './nodes.ts';

/** How long to wait after each try. Reading many rows anew takes VS Code seconds on a busy machine. */
const PAUSES_MS = [100, 100, 200, 400, 800, 1600] as const;

/**
 * Selects and focuses a row. While VS Code reads the rows anew, `reveal` can resolve without selecting anything, or
 * reject because a row is not there for a moment. So this tries again, unless the user selects another row meanwhile.
 * Rejects like the last `TreeView.reveal`.
 */
export async function revealRow(
  view: Pick<vscode.TreeView<TreeNode>, 'reveal' | 'selection'>,
  row: TreeNode,
  { expand = false } = {},
): Promise<void> {
  const id = nodeId(row);
  const selected = (): readonly string[] => view.selection.map(nodeId);
  const before = selected();
  const isSettled = (): boolean => {
    const now = selected();
    return now.includes(id) || now.some((other) => !before.includes(other));
  };
  let failure: { readonly error: unknown } | undefined;
  for (const pause of PAUSES_MS) {
    try {
      await view.reveal(row, { select: true, focus: true, ...(expand && { expand }) });
      failure = undefined;
    } catch (error) {
      failure = { error };
    }
    if (isSettled()) return;
    // The new selection may still be on its way from VS Code.
    await wait(pause);
    if (isSettled()) return;
  }
  if (failure) throw failure.error;
}
