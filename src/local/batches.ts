import type { BatchLimits } from '../core/store/batches.ts';

const USUAL: BatchLimits = { items: 500, bytes: 8 * 1024 * 1024 };

/**
 * Splits items into groups of at most 500 and, if `sizeOf` gives an item's bytes, of a few megabytes. Each group has at
 * least one item.
 */
export function* batches<T>(
  items: readonly T[],
  sizeOf: (item: T) => number = () => 0,
  limits = USUAL,
): Iterable<readonly T[]> {
  let group: T[] = [];
  let bytes = 0;
  for (const item of items) {
    const size = sizeOf(item);
    if (group.length === limits.items || (group.length > 0 && bytes + size > limits.bytes)) {
      yield group;
      group = [];
      bytes = 0;
    }
    group.push(item);
    bytes += size;
  }
  if (group.length > 0) yield group;
}
