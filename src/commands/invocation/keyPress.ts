import * as vscode from 'vscode';
import type { KvTree } from '../../tree/kvTree.ts';
import { nodeId } from '../../tree/nodeId.ts';
import type { TreeNode } from '../../tree/nodes.ts';

/*
 * Finds the rows that a key press applies to. VS Code passes none to a keybinding, and tells extensions the selection
 * of a view but not its focus. After a click and Arrow Down these differ, and the user sees the focus. The list's own
 * command that toggles the focused row in the selection reveals which row that is.
 */

type Tree = Pick<KvTree, 'view' | 'selection'>;

const TOGGLE = 'list.toggleSelection';

let last: Promise<unknown> = Promise.resolve();

/**
 * The selected rows if the focused row is one of them. Otherwise the focused row alone, which this also selects, so
 * that the user sees what a question is about. Handles one press after the other, because a held key repeats.
 */
export function meantRows(tree: Tree): Promise<readonly TreeNode[]> {
  const meant = last.then(() => look(tree));
  last = meant.catch(() => undefined);
  return meant;
}

async function look({ view, selection }: Tree): Promise<readonly TreeNode[]> {
  // Otherwise a row that is read anew seems to have been added.
  await selection.settled();
  const before = selection.rows;
  const ids = before.map(nodeId);
  await vscode.commands.executeCommand(TOGGLE);
  const added = selection.rows.find((row) => !ids.includes(nodeId(row)));
  if (added) {
    await view.reveal(added, { select: true, focus: true });
    return [added];
  }
  // The focused row was selected, or another list has the focus: restore the selection.
  await vscode.commands.executeCommand(TOGGLE);
  return before;
}
