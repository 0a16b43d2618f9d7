import type { SourceKind } from './store.ts';

/** A batch ends at so many items or bytes, whichever comes first. */
export interface BatchLimits {
  readonly items: number;
  readonly bytes: number;
}

/**
 * What is written together. To an account as much as one request takes (10,000 keys and 100 MB, the values as JSON), as
 * far as memory allows, for a request is what costs; to a disk little: what outlives two of V8's small collections
 * makes its young generation grow, and with 500 items that took 80 MB more for 100,000 of them.
 */
export const batchLimits: Readonly<Record<SourceKind, BatchLimits>> = {
  local: { items: 250, bytes: 8_000_000 },
  remote: { items: 10_000, bytes: 32_000_000 },
};

/** Gathers items. What came before an error of theirs is given first. */
export async function* inBatches<T>(
  items: AsyncIterable<T>,
  bytesOf: (item: T) => number,
  limits: BatchLimits = batchLimits.local,
): AsyncGenerator<readonly T[]> {
  let batch: T[] = [];
  let bytes = 0;
  try {
    for await (const item of items) {
      batch.push(item);
      bytes += bytesOf(item);
      if (batch.length < limits.items && bytes < limits.bytes) continue;
      yield batch;
      batch = [];
      bytes = 0;
    }
  } catch (error) {
    if (batch.length > 0) yield batch;
    throw error;
  }
  if (batch.length > 0) yield batch;
}
