import { isUtf8 } from 'node:buffer';
import { bulkItem, bytesOf } from '../core/entry/bulkItem.ts';
import type { KvEntry } from '../core/entry/entry.ts';

/** What the API takes in one request (Cloudflare API, "Write multiple key-value pairs"). */
export interface BulkLimits {
  readonly items: number;
  /** Of the JSON as it is sent. */
  readonly bytes: number;
}

export const BULK_LIMITS: BulkLimits = { items: 10_000, bytes: 100_000_000 };

/** One request's worth of entries and the JSON that writes them. */
export interface BulkBody {
  readonly entries: readonly KvEntry[];
  readonly json: Uint8Array;
}

/**
 * Splits entries by count and by the bytes of their JSON, in their order; made one at a time, as they are asked for.
 */
export function* bulkBodies(entries: Iterable<KvEntry>, limits: BulkLimits): Generator<BulkBody> {
  let group: KvEntry[] = [];
  let items: Buffer[] = [];
  let bytes = 2;
  for (const entry of entries) {
    const item = Buffer.from(itemOf(entry));
    if (group.length === limits.items || (group.length > 0 && bytes + item.length + 1 > limits.bytes)) {
      yield { entries: group, json: join(items) };
      group = [];
      items = [];
      bytes = 2;
    }
    group.push(entry);
    items.push(item);
    bytes += item.length + 1;
  }
  if (group.length > 0) yield { entries: group, json: join(items) };
}

/** One request's JSON for entries that are known to fit into one. */
export const bulkBody = (entries: readonly KvEntry[]): Uint8Array =>
  join(entries.map((entry) => Buffer.from(itemOf(entry))));

const join = (items: readonly Buffer[]): Uint8Array =>
  Buffer.concat([OPEN, ...items.flatMap((item, i) => (i === 0 ? [item] : [COMMA, item])), CLOSE]);

const OPEN = Buffer.from('[');
const COMMA = Buffer.from(',');
const CLOSE = Buffer.from(']');

/**
 * Base64 for what text would damage: bytes that are not UTF-8, and a byte order mark, which a reader may swallow; and
 * for what is long as text, where a control character takes six bytes: 25 MiB of them are more than a request may have.
 */
function itemOf(entry: KvEntry): string {
  const bytes = bytesOf(entry);
  const isText = isUtf8(bytes) && !(bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf);
  return bulkItem(entry, isText && !(bytes.length > LARGE && escapedLength(bytes) > bytes.length * 2));
}

/** Smaller values are no concern, in bytes. */
const LARGE = 1_000_000;

/** How many bytes a text has at most between its quotes in JSON. */
function escapedLength(bytes: Uint8Array): number {
  let length = bytes.length;
  for (const byte of bytes) if (byte < 0x20) length += 5;
  return length;
}
