import type { Handle } from '../sqlite/handles.ts';
import { afterPrefix } from '../sqlite/keyRange.ts';
import type { KeyRange, SpacePart } from './spaceProtocol.ts';

/** Fewer keys than this are not worth a part of their own. */
const LEAST_KEYS = 20_000;
/** Reading one row in key order costs about as much as reading this many rows in file order. */
const ROWS_A_KEY = 8;
/** JavaScript cannot hold larger numbers exactly. */
const LARGEST_ROW = 9e15;

/** The keys with a prefix, in about equal parts. */
export interface SpaceParts {
  /** Includes expired keys. */
  readonly keys: number;
  readonly parts: readonly SpacePart[];
  /**
   * The same keys, cut so that each counts once even if the parts are read as of different moments; absent if `parts`
   * already are. A write moves a row to the end, so it can move from one of `parts` to another.
   */
  readonly apart?: () => readonly SpacePart[];
}

export function spaceParts(handle: Handle, prefix: string, most: number): SpaceParts {
  const to = afterPrefix(prefix);
  const range: KeyRange = { from: prefix, ...(to !== undefined && { to }) };
  const all = count(handle);
  const keys = prefix === '' ? all : count(handle, range);
  const number = Math.max(1, Math.min(most, Math.floor(keys / LEAST_KEYS)));
  // Each part alone is so large that reading all rows is the best way to find its keys.
  const areMost = (keys * ROWS_A_KEY) / number > all && hasMoments(handle);
  if (number === 1) return { keys, parts: [{ ...range, ...(areMost && { rows: { after: 0 } }) }] };
  const byKeys = (): readonly KeyRange[] => cutByKeys(handle, range, keys, number);
  if (!areMost) return { keys, parts: byKeys() };
  return {
    keys,
    parts: cutByRows(handle, range, all, number),
    apart: () => byKeys().map((part) => ({ ...part, rows: { after: 0 } })),
  };
}

function cutByKeys(handle: Handle, range: KeyRange, keys: number, number: number): readonly KeyRange[] {
  const { condition, bounds } = conditionOf(range);
  const at = handle.prepare(`SELECT key FROM _mf_entries WHERE ${condition} ORDER BY key LIMIT 1 OFFSET ?`);
  const firsts = Array.from({ length: number - 1 }, (_, part) => {
    const key = at.get(...bounds, Math.floor((keys * (part + 1)) / number))?.key;
    return typeof key === 'string' ? [key] : [];
  }).flat();
  return [range.from, ...firsts].map((from, part) => {
    const to = firsts[part] ?? range.to;
    return { from, ...(to !== undefined && { to }) };
  });
}

function cutByRows(handle: Handle, range: KeyRange, rows: number, number: number): readonly SpacePart[] {
  const behind = handle.prepare(
    'SELECT rowid FROM _mf_entries NOT INDEXED WHERE rowid > ? ORDER BY rowid LIMIT 1 OFFSET ?',
  );
  const parts: SpacePart[] = [];
  let after = 0;
  for (let part = 1; part < number; part++) {
    const upTo = behind.get(after, Math.floor(rows / number))?.rowid;
    if (typeof upTo !== 'number') break;
    parts.push({ ...range, rows: { after, upTo } });
    after = upTo;
  }
  return [...parts, { ...range, rows: { after } }];
}

/** Whether a read sees one moment while others write, and row numbers are those that SQLite assigns. */
function hasMoments(handle: Handle): boolean {
  const isLogged = handle.prepare('PRAGMA journal_mode').get()?.journal_mode === 'wal';
  // Queried together, they would make SQLite search all rows.
  const numbers = handle
    .prepare(
      `SELECT (SELECT min(rowid) FROM _mf_entries) > 0 AND (SELECT max(rowid) FROM _mf_entries) < ${LARGEST_ROW} AS arePlain`,
    )
    .get();
  return isLogged && numbers?.arePlain === 1;
}

function count(handle: Handle, range?: KeyRange): number {
  const { condition, bounds } = range === undefined ? { condition: 'TRUE', bounds: [] } : conditionOf(range);
  const found = handle.prepare(`SELECT count(*) AS count FROM _mf_entries WHERE ${condition}`).get(...bounds)?.count;
  return typeof found === 'number' ? found : 0;
}

function conditionOf({ from, to }: KeyRange): { readonly condition: string; readonly bounds: readonly string[] } {
  return to === undefined
    ? { condition: 'key >= ?', bounds: [from] }
    : { condition: 'key >= ? AND key < ?', bounds: [from, to] };
}
