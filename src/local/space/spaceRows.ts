import type { Handle } from '../sqlite/handles.ts';
import type { KeyRange, RowRange, SpacePart } from './spaceProtocol.ts';

const ROWS = 5000;

/** What counts of an entry. `expiration` is in seconds; `number` is the row's. */
export type SpaceRow = readonly [
  key: unknown,
  blobId: unknown,
  expiration: unknown,
  metadataBytes: unknown,
  number: number,
];

// The unary plus keeps the query planner off the index on expiration.
const LIVE = '(+expiration IS NULL OR +expiration > ?)';
const SELECT = `SELECT key, blob_id, expiration / 1000.0,
  CASE WHEN metadata IS NULL OR metadata = 'null' THEN 0 ELSE octet_length(metadata) END, rowid
  FROM _mf_entries`;

/**
 * The rows of a part whose keys are live at a time in Unix milliseconds, page by page; at least one page, which may be
 * empty. In key order, each row has to be looked up somewhere in the file. If most rows are wanted, reading them in
 * file order takes an eighth of the time. But each write moves a row to the end, so all rows are then read as of one
 * moment, lest some be missed or counted twice. In a database with a write-ahead log that blocks nobody.
 */
export function* spaceRows(handle: Handle, part: SpacePart, nowMs: number): Generator<readonly SpaceRow[]> {
  const { rows } = part;
  if (rows === undefined) {
    yield* byKey(handle, part, nowMs);
    return;
  }
  handle.database.exec('BEGIN');
  try {
    yield* asTheyLie(handle, part, rows, nowMs);
  } finally {
    handle.database.exec('COMMIT');
  }
}

/** The current row of a key. */
export const rowNow = (handle: Handle, key: string): SpaceRow | undefined =>
  rowsOf(handle, `${SELECT} WHERE key = ? AND ${LIVE}`, [key, Date.now()])[0];

function* asTheyLie(
  handle: Handle,
  { from, to }: KeyRange,
  { after, upTo }: RowRange,
  nowMs: number,
): Generator<readonly SpaceRow[]> {
  const conditions: readonly (readonly [string, string | number | undefined])[] = [
    ['rowid <= ?', upTo],
    ['key >= ?', from === '' ? undefined : from],
    ['key < ?', to],
  ];
  const asked = conditions.filter(([, bound]) => bound !== undefined);
  const where = ['rowid > ?', ...asked.map(([condition]) => condition), LIVE].join(' AND ');
  const bounds = asked.flatMap(([, bound]) => bound ?? []);
  const sql = `${SELECT} NOT INDEXED WHERE ${where} ORDER BY rowid LIMIT ${ROWS}`;
  for (let last: number | undefined = after; last !== undefined; ) {
    const rows = rowsOf(handle, sql, [last, ...bounds, nowMs]);
    yield rows;
    last = rows.length < ROWS ? undefined : rows.at(-1)?.[4];
  }
}

/** Reads page by page even within SQLite: a long read would keep the write-ahead log from being emptied. */
function* byKey(handle: Handle, { from, to }: KeyRange, nowMs: number): Generator<readonly SpaceRow[]> {
  const below = to === undefined ? [] : [to];
  for (let after: string | undefined; ; ) {
    const lower = after === undefined ? '>=' : '>';
    const sql = `${SELECT}
      WHERE key ${lower} ?${to === undefined ? '' : ' AND key < ?'} AND ${LIVE} ORDER BY key LIMIT ${ROWS}`;
    const rows = rowsOf(handle, sql, [after ?? from, ...below, nowMs]);
    yield rows;
    after = rows.map(([key]) => key).findLast((key) => typeof key === 'string');
    if (rows.length < ROWS || after === undefined) break;
  }
}

/** Reads rows as arrays, which takes half the time that objects take. */
function rowsOf(handle: Handle, sql: string, parameters: readonly (string | number)[]): readonly SpaceRow[] {
  const statement = handle.prepare(sql);
  statement.setReturnArrays(true);
  return statement.all(...parameters) as unknown as SpaceRow[];
}
