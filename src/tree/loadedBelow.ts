import type { KvKeyInfo } from '../core/entry/entry.ts';
import type { ParentNode } from './nodes.ts';

/** Keys with this prefix that have been read below a row, in order. */
export function* loadedBelow(parent: ParentNode, prefix: string): Generator<KvKeyInfo> {
  for (const row of parent.level.rows) {
    if (row.kind === 'key') {
      if (row.key.startsWith(prefix)) yield row.info;
    } else if (row.prefix.startsWith(prefix) || prefix.startsWith(row.prefix)) yield* loadedBelow(row, prefix);
  }
}
