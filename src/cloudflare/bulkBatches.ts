import { slicesOf } from '../core/base/slicesOf.ts';
import type { KvEntry } from '../core/entry/entry.ts';
import { type BulkLimits, bulkBodies, bulkBody } from './bulkBodies.ts';
import type { BulkReply } from './bulkReply.ts';
import type { Comparison } from './comparison.ts';
import type { BulkBatch } from './remoteBulk.ts';

/**
 * Splits entries into requests within the limits. `body` returns the JSON of the entries that are still to be written.
 */
export function* putBatches(
  entries: readonly KvEntry[],
  limits: BulkLimits,
  send: (body: () => Uint8Array, bytes: number, compared: Comparison) => Promise<BulkReply>,
): Iterable<BulkBatch<KvEntry>> {
  for (const { entries: items, json } of bulkBodies(entries, limits)) {
    yield {
      items,
      send: (left, compared) =>
        send(() => (left().length === items.length ? json : bulkBody(left())), json.length, compared),
    };
  }
}

/** Splits keys into requests within the limits. */
export function* deleteBatches(
  keys: readonly string[],
  limits: BulkLimits,
  send: BulkBatch<string>['send'],
): Iterable<BulkBatch<string>> {
  for (const items of slicesOf(keys, limits.items)) yield { items, send };
}
