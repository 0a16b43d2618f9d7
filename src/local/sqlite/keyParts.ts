import type { Handles } from './handles.ts';
import { afterPrefix } from './keyRange.ts';
import type { KeyParts, Operations } from './protocol.ts';

/** Fewer keys than this are not worth a part of their own. */
const LEAST_KEYS = 20_000;

export function keyParts(
  handles: Pick<Handles, 'get'>,
  { files: { database }, prefix, most }: Operations['keyParts']['args'],
): KeyParts {
  const handle = handles.get(database);
  if (handle === undefined) return { keys: 0, firsts: [] };
  const upper = afterPrefix(prefix);
  const range = `key >= ?${upper === undefined ? '' : ' AND key < ?'}`;
  const bounds = upper === undefined ? [prefix] : [prefix, upper];
  const counted = handle.prepare(`SELECT count(*) AS count FROM _mf_entries WHERE ${range}`).get(...bounds);
  const keys = typeof counted?.count === 'number' ? counted.count : 0;
  const parts = Math.max(1, Math.min(most, Math.floor(keys / LEAST_KEYS)));
  const at = handle.prepare(`SELECT key FROM _mf_entries WHERE ${range} ORDER BY key LIMIT 1 OFFSET ?`);
  const firsts = Array.from({ length: parts }, (_, part) => at.get(...bounds, Math.floor((keys * part) / parts))?.key);
  return { keys, firsts: firsts.filter((key) => typeof key === 'string') };
}
