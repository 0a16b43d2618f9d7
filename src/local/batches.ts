const MAX_ITEMS = 500;
const MAX_BYTES = 8 * 1024 * 1024;

/** Groups of at most 500 items, and of a few megabytes where `sizeOf` tells an item's bytes; each has one item at least. */
export function* batches<T>(items: readonly T[], sizeOf: (item: T) => number = () => 0): Iterable<readonly T[]> {
  let group: T[] = [];
  let bytes = 0;
  for (const item of items) {
    const size = sizeOf(item);
    if (group.length === MAX_ITEMS || (group.length > 0 && bytes + size > MAX_BYTES)) {
      yield group;
      group = [];
      bytes = 0;
    }
    group.push(item);
    bytes += size;
  }
  if (group.length > 0) yield group;
}
