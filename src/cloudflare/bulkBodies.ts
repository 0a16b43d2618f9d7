import { isUtf8 } from 'node:buffer';
import { bulkItem, bytesOf } from '../core/entry/bulkItem.ts';
import type { KvEntry } from '../core/entry/entry.ts';

/** The limits of one request (Cloudflare API, "Write multiple key-value pairs"). */
export interface BulkLimits {
  readonly items: number;
  /** Size of the JSON that is sent. */
  readonly bytes: number;
}

export const BULK_LIMITS: BulkLimits = { items: 10_000, bytes: 100_000_000 };

/** The entries of one request, and the JSON that writes them. */
export interface BulkBody {
  readonly entries: readonly KvEntry[];
  readonly json: Uint8Array;
}

/** Splits entries by number and by the size of their JSON, in order. Each body is created when it is requested. */
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

/** The JSON for entries that are known to fit into one request. */
export const bulkBody = (entries: readonly KvEntry[]): Uint8Array =>
  join(entries.map((entry) => Buffer.from(itemOf(entry))));

const join = (items: readonly Buffer[]): Uint8Array =>
  Buffer.concat([OPEN, ...items.flatMap((item, i) => (i === 0 ? [item] : [COMMA, item])), CLOSE]);

const OPEN = Buffer.from('[');
const COMMA = Buffer.from(',');
const CLOSE = Buffer.from(']');

/**
 * Uses base64 for values that would be damaged as text: bytes that are not UTF-8, and a byte order mark, which a reader
 * may drop. Also for values that would be long as text: a control character takes six bytes, so 25 MiB of them would
 * exceed the size of a request.
 */
function itemOf(entry: KvEntry): string {
  const bytes = bytesOf(entry);
  const isText = isUtf8(bytes) && !(bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf);
  return bulkItem(entry, isText && !(bytes.length > LARGE && escapedLength(bytes) > bytes.length * 2));
}

/** For smaller values, in bytes, the length as text does not matter. */
const LARGE = 1_000_000;

/** The largest length that a text can have between its quotes in JSON. */
function escapedLength(bytes: Uint8Array): number {
  let length = bytes.length;
  for (const byte of bytes) if (byte < 0x20) length += 5;
  return length;
}
