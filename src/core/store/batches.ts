import type { SourceKind } from './store.ts';

/** A batch ends at this many items or bytes, whichever comes first. */
export interface BatchLimits {
  readonly items: number;
  readonly bytes: number;
}

/**
 * How much is written together. For an account, requests are what costs, so a batch is as large as a request allows
 * (10,000 keys and 100 MB, with values as JSON) and as memory permits. For a disk, batches are small: objects that
 * survive two of V8's minor collections make its young generation grow. With 500 items a batch, that took 80 MB more
 * for 100,000 items.
 */
export const batchLimits: Readonly<Record<SourceKind, BatchLimits>> = {
  local: { items: 250, bytes: 8_000_000 },
  remote: { items: 10_000, bytes: 32_000_000 },
};

/** Collects items into batches. If the source fails, the items before the error are yielded first. */
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
