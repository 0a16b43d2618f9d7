import * as vscode from 'vscode';
import type { TreeNode } from '../../tree/nodes.ts';

/*
 * Which rows a key press means. VS Code passes none to a keybinding, and a view tells an extension its selection but
 * not its focus: after a click and Arrow Down these differ, and what a person sees framed is the focus. The list's own
 * command that adds the focused row to the selection, or takes it out, tells which one that is.
 */

const TOGGLE = 'list.toggleSelection';

let last: Promise<unknown> = Promise.resolve();

/**
 * The selected rows when the focused one is among them, else the focused one alone, which is selected then: what the
 * question names is to be seen. One press after the other, as a key that is held down repeats itself.
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
  // It was one of them, or another list has the focus: back to what it was.
  await vscode.commands.executeCommand(TOGGLE);
  return before;
}
