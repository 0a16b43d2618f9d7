import type { Services } from '../../services.ts';
import type { TreeNode } from '../../tree/nodes.ts';

/**
 * Focuses a row. Call this before rows are removed: the tree gets the focus back as soon as its question is answered.
 */
export function focusRow(row: TreeNode | undefined, { tree }: Pick<Services, 'tree'>): void {
  if (row && tree.view.visible) tree.view.reveal(row, { select: true, focus: true }).then(undefined, () => {});
}
