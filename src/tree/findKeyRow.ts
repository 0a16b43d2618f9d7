import { throwIfCancelled } from '../core/base/cancel.ts';
import type { LoadOptions } from './level.ts';
import type { KeyNode, NamespaceNode, ParentNode } from './nodes.ts';

/**
 * Finds the row of a key below a namespace, through its groups. If a level has more pages, `readOn` reads the next one.
 * Without `readOn`, and if the level is full, the result is `notRead`. It is `missing` if everything was read and the
 * key is not there.
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
