import { isKvError } from '../core/base/errors.ts';
import type { JsonValue, KvEntry } from '../core/entry/entry.ts';
import { parseMetadata } from '../core/entry/metadataJson.ts';
import { withVersion } from '../core/entry/version.ts';
import type { EntryRow } from './sqlite/protocol.ts';

/** The entry of a row, including its version. */
export function entryOf(key: string, { value, metadata, expiration, version }: EntryRow): KvEntry {
  const meta = metadataOf(metadata);
  const about = { ...(meta !== undefined && { metadata: meta }), ...(expiration !== undefined && { expiration }) };
  return withVersion({ key, value, ...about }, version);
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
