import type { Services } from '../../services.ts';
import type { TreeNode } from '../../tree/nodes.ts';

/**
 * To be called while the rows that go are there still: the tree has the focus again as soon as its question is
 * answered.
 */
export function focusRow(row: TreeNode | undefined, { tree }: Pick<Services, 'tree'>): void {
  if (row && tree.view.visible) tree.view.reveal(row, { select: true, focus: true }).then(undefined, () => {});
}
