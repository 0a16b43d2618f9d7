import { setTimeout as wait } from 'node:timers/promises';
import type * as vscode from 'vscode';
import { nodeId } from './nodeId.ts';
import type { TreeNode } from './nodes.ts';
import { RowSelection } from './rowSelection.ts';

type View = Pick<vscode.TreeView<TreeNode>, 'reveal' | 'selection' | 'onDidChangeSelection'>;

/** How long to wait after each try. Reading many rows anew takes VS Code seconds on a busy machine. */
const PAUSES_MS = [100, 100, 200, 400, 800, 1600] as const;

/**
 * Selects and focuses a row. While VS Code reads the rows anew, `reveal` can resolve without selecting anything, or
 * reject because a row is not there for a moment. So this tries again, unless the user selects another row meanwhile.
 * Rejects like the last `TreeView.reveal`.
 */
export async function revealRow(view: View, row: TreeNode, { expand = false } = {}): Promise<void> {
  const options = { select: true, focus: true, ...(expand && { expand }) };
  let failure = await failureOf(view.reveal(row, options));
  const selection = new RowSelection(view);
  const before = selection.rows.map(nodeId);
  let isElsewhere = false;
  // Listened to only now, because what was selected earlier may have been told during the first try.
  const listener = view.onDidChangeSelection(({ selection: now }) => {
    isElsewhere = !selection.has(row) && now.some((other) => !before.includes(nodeId(other)));
  });
  try {
    const isOver = (): boolean => isElsewhere || selection.has(row);
    for (const [index, pause] of PAUSES_MS.entries()) {
      if (index > 0) failure = await failureOf(view.reveal(row, options));
      if (isOver()) return;
      // The new selection may still be on its way from VS Code.
      await wait(pause);
      if (isOver()) return;
    }
    if (failure) throw failure.error;
  } finally {
    listener.dispose();
    selection.dispose();
  }
}

const failureOf = async (revealed: Thenable<void>): Promise<{ readonly error: unknown } | undefined> => {
  try {
    await revealed;
    return undefined;
  } catch (error) {
    return { error };
  }
};
