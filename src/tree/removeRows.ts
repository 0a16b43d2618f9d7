import type { GroupNode, KeyNode, ParentNode, RowNode } from './nodes.ts';

/**
 * Removes rows, and groups that become empty. Returns the parents whose rows changed. Takes one pass over each level,
 * however many rows are removed.
 */
export function removeRows(rows: Iterable<GroupNode | KeyNode>): ReadonlySet<ParentNode> {
  const changed = new Set<ParentNode>();
  const empty: GroupNode[] = [];
  for (const [parent, gone] of Map.groupBy(rows, (row) => row.parent)) {
    parent.level.remove(new Set<RowNode>(gone));
    if (parent.kind === 'group' && !parent.atTop && parent.level.rows.length === 0 && !parent.level.hasMore) {
      empty.push(parent);
    } else changed.add(parent);
  }
  return empty.length === 0 ? changed : new Set([...changed, ...removeRows(empty)]);
}
