import type { JsonValue, KvEntry } from '../core/entry/entry.ts';
import { presentMetadata } from '../core/entry/entry.ts';
import { withVersion } from '../core/entry/version.ts';
import type { EntryRow } from './sqlite/protocol.ts';

/** The entry of a row, which knows its version. */
export function entryOf(key: string, { value, metadata, expiration, version }: EntryRow): KvEntry {
  const meta = parseMetadata(metadata);
  const about = { ...(meta !== undefined && { metadata: meta }), ...(expiration !== undefined && { expiration }) };
  return withVersion({ key, value, ...about }, version);
}

/** Text that is no JSON was not written by Miniflare; it is given as it stands, so that nobody loses it. */
function parseMetadata(text: string | null): JsonValue | undefined {
  if (text === null) return undefined;
  try {
    return presentMetadata(JSON.parse(text) as JsonValue);
  } catch {
    return text;
  }
}
