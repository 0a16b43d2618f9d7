import { keyToSegment } from '../core/keys/keyPath.ts';
import type { ParentNode, TreeNode } from './nodes.ts';

/** Unique in the whole view and the same after a reload, so that VS Code keeps rows expanded. */
export function nodeId(node: TreeNode): string {
  switch (node.kind) {
    case 'source':
      return node.source.id;
    case 'problem':
      return [node.parent.source.id, node.problem.path, node.problem.line, node.problem.message].join('!');
    case 'namespace':
      return `${node.ref.source}/${keyToSegment(node.ref.id)}`;
    case 'group':
      return `${insideId(node.parent)}/g${keyToSegment(node.prefix)}${node.atTop ? '^' : ''}`;
    case 'key':
      return `${insideId(node.parent)}/k${keyToSegment(node.key)}`;
    case 'more':
      return `${nodeId(node.parent)}/${node.all ? 'all' : 'more'}`;
    case 'note':
      return `${nodeId(node.parent)}/note/${node.note}`;
  }
}

/** Rows below the pinned copy of a group need other ids than the rows below the group itself. */
const insideId = (parent: ParentNode): string => {
  if (parent.kind === 'namespace') return nodeId(parent);
  return parent.atTop ? nodeId(parent) : insideId(parent.parent);
};
