/**
 * Sizes that a document has reported, as ascending ranges from-to. This way, a value that keeps changing at the same
 * length takes only one range.
 */
export type TakenSizes = readonly (readonly [from: number, to: number])[];

/** The smallest size from `size` on that is not taken. */
export function freeSize(taken: TakenSizes, size: number): number {
  const run = taken.find(([from, to]) => from <= size && size <= to);
  // Ranges never touch, so the next size is free.
  return run ? run[1] + 1 : size;
}

/** Adds a size that is not taken yet. */
export function withSize(taken: TakenSizes, size: number): TakenSizes {
  const before = taken.findLast(([, to]) => to < size);
  const after = taken.find(([from]) => from > size);
  const joinsBefore = before?.[1] === size - 1;
  const joinsAfter = after?.[0] === size + 1;
  return [
    ...taken.filter((run) => run[1] < size && !(joinsBefore && run === before)),
    [joinsBefore ? before[0] : size, joinsAfter ? after[1] : size],
    ...taken.filter((run) => run[0] > size && !(joinsAfter && run === after)),
  ];
}
