import { isKvError } from '../core/base/errors.ts';
import type { JsonValue, KvEntry } from '../core/entry/entry.ts';
import { parseMetadata } from '../core/entry/metadataJson.ts';
import { withVersion } from '../core/entry/version.ts';
import { isLasting } from './faultErrors.ts';
import type { EntryRow, UnreadRow } from './sqlite/protocol.ts';

/** The entry of a row, including its version. */
export function entryOf(key: string, { value, metadata, expiration, version }: EntryRow): KvEntry {
  const meta = metadataOf(metadata);
  const about = { ...(meta !== undefined && { metadata: meta }), ...(expiration !== undefined && { expiration }) };
  return withVersion({ key, value, ...about }, version);
}

/** The entry of a key whose value can never be read; `undefined` if it may be readable later. */
export function damagedEntry(key: string, row: UnreadRow): KvEntry | undefined {
  if (!isLasting(row.fault)) return undefined;
  try {
    return entryOf(key, { ...row, value: new Uint8Array() });
  } catch {
    return undefined;
  }
}

/** Text that is not JSON was not written by Miniflare. It is returned as it stands, so that nobody loses it. */
function metadataOf(text: string | null): JsonValue | undefined {
  if (text === null) return undefined;
  try {
    return parseMetadata(text);
  } catch (error) {
    // A number that JavaScript cannot hold exactly is never rounded.
    if (isKvError(error)) throw error;
    return text;
  }
}
