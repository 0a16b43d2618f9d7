import { throwIfCancelled } from '../core/base/cancel.ts';
import type { LoadOptions } from './level.ts';
import type { KeyNode, NamespaceNode, ParentNode } from './nodes.ts';

/**
 * The row of a key below a namespace, through its groups. Of a level that was read in part the next page is read by
 * `readOn`; without it, and where a level takes no more rows, the key is `notRead`. A key that everything read does not
 * show is `missing`.
 */
export async function findKeyRow(
  namespace: NamespaceNode,
  key: string,
  { signal }: Pick<LoadOptions, 'signal'> = {},
  readOn?: (parent: ParentNode) => Promise<void>,
): Promise<KeyNode | 'notRead' | 'missing'> {
  let parent: ParentNode = namespace;
  await parent.level.first();
  for (;;) {
    throwIfCancelled(signal);
    if (parent.level.error) throw parent.level.error;
    const row = parent.level.rowOf(key);
    if (row?.kind === 'key') return row;
    if (row) {
      parent = row;
      await parent.level.first();
    } else if (!parent.level.hasMore) {
      return 'missing';
    } else if (parent.level.isFull || !readOn) {
      return 'notRead';
    } else {
      await readOn(parent);
    }
  }
}
