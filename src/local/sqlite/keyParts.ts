import type { Handle, Handles } from './handles.ts';
import { afterPrefix } from './keyRange.ts';
import type { KeyParts, Operations } from './protocol.ts';

/** Fewer keys than this are not worth a part of their own. */
const LEAST_KEYS = 20_000;
/** One row read in the order of the keys costs as much as about so many in the order in which they lie in the file. */
const ROWS_A_KEY = 8;

export function keyParts(
  handles: Pick<Handles, 'get'>,
  { files: { database }, prefix, most }: Operations['keyParts']['args'],
): KeyParts {
  const handle = handles.get(database);
  if (handle === undefined) return { keys: 0, firsts: [], areMost: false };
  const upper = afterPrefix(prefix);
  const range = `key >= ?${upper === undefined ? '' : ' AND key < ?'}`;
  const bounds = upper === undefined ? [prefix] : [prefix, upper];
  const all = count(handle, 'SELECT count(*) AS count FROM _mf_entries');
  const keys = prefix === '' ? all : count(handle, `SELECT count(*) AS count FROM _mf_entries WHERE ${range}`, bounds);
  const parts = Math.max(1, Math.min(most, Math.floor(keys / LEAST_KEYS)));
  const at = handle.prepare(`SELECT key FROM _mf_entries WHERE ${range} ORDER BY key LIMIT 1 OFFSET ?`);
  const firsts = Array.from({ length: parts }, (_, part) => at.get(...bounds, Math.floor((keys * part) / parts))?.key);
  return {
    keys,
    firsts: firsts.filter((key) => typeof key === 'string'),
    areMost: (keys * ROWS_A_KEY) / parts > all,
  };
}

function count(handle: Handle, sql: string, bounds: readonly string[] = []): number {
  const found = handle.prepare(sql).get(...bounds)?.count;
  return typeof found === 'number' ? found : 0;
}
