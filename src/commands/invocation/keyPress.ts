import * as vscode from 'vscode';
import type { TreeNode } from '../../tree/nodes.ts';

/*
 * Finds the rows that a key press applies to. VS Code passes none to a keybinding, and tells extensions the selection
 * of a view but not its focus. After a click and Arrow Down these differ, and the user sees the focus. The list's own
 * command that toggles the focused row in the selection reveals which row that is.
 */

const TOGGLE = 'list.toggleSelection';

let last: Promise<unknown> = Promise.resolve();

/**
 * The selected rows if the focused row is one of them. Otherwise the focused row alone, which this also selects, so
 * that the user sees what a question is about. Handles one press after the other, because a held key repeats.
 */
export function meantRows(view: vscode.TreeView<TreeNode>): Promise<readonly TreeNode[]> {
  const meant = last.then(() => look(view));
  last = meant.catch(() => undefined);
  return meant;
}

async function look(view: vscode.TreeView<TreeNode>): Promise<readonly TreeNode[]> {
  const before = view.selection;
  await vscode.commands.executeCommand(TOGGLE);
  const added = view.selection.find((row) => !before.includes(row));
  if (added) {
    await view.reveal(added, { select: true, focus: true });
    return [added];
  }
  // The focused row was selected, or another list has the focus: restore the selection.
  await vscode.commands.executeCommand(TOGGLE);
  return before;
}
