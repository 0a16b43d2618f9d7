import type { Handle } from '../sqlite/handles.ts';
import type { SpaceTask } from './spaceProtocol.ts';

const ROWS = 5000;

/** What counts of an entry; its expiration is in seconds. The number is that of the row. */
export type SpaceRow = readonly [
  key: unknown,
  blobId: unknown,
  expiration: unknown,
  metadataBytes: unknown,
  number: number,
];

type Part = Pick<SpaceTask, 'from' | 'to' | 'query' | 'areMost'>;

// The unary plus keeps the planner off the index of the expirations.
const LIVE = '(+expiration IS NULL OR +expiration > ?)';
const SELECT = `SELECT key, blob_id, expiration / 1000.0,
  CASE WHEN metadata IS NULL OR metadata = 'null' THEN 0 ELSE octet_length(metadata) END, rowid
  FROM _mf_entries`;

/**
 * The rows of a part of the keys, page by page. In the order of the keys each row has to be looked up somewhere in the
 * file; where most of them are wanted, to go through them as they lie there takes an eighth of the time. But each write
 * moves a row to the end. For none to be missed, or counted twice, all are then read as of one moment, by which a
 * database with a write-ahead log holds nobody up.
 */
export function* spaceRows(handle: Handle, part: Part): Generator<readonly SpaceRow[]> {
  if (!part.areMost || !hasMoments(handle)) {
    yield* byKey(handle, part);
    return;
  }
  handle.database.exec('BEGIN');
  try {
    yield* asTheyLie(handle, part);
  } finally {
    handle.database.exec('COMMIT');
  }
}

/** The row of a key as it is by now. */
export const rowNow = (handle: Handle, key: string): SpaceRow | undefined =>
  rowsOf(handle, `${SELECT} WHERE key = ? AND ${LIVE}`, [key, Date.now()])[0];

/** Also that rows have numbers as SQLite gives them: JavaScript cannot hold any other. */
function hasMoments(handle: Handle): boolean {
  const isLogged = handle.prepare('PRAGMA journal_mode').get()?.journal_mode === 'wal';
  // Asked for together, they would be looked for among all rows.
  const numbers = handle
    .prepare(
      `SELECT (SELECT min(rowid) FROM _mf_entries) > 0 AND (SELECT max(rowid) FROM _mf_entries) < 9e15 AS arePlain`,
    )
    .get();
  return isLogged && numbers?.arePlain === 1;
}

function* asTheyLie(handle: Handle, { from, to, query }: Part): Generator<readonly SpaceRow[]> {
  const below = to === undefined ? [] : [to];
  const sql = `${SELECT} NOT INDEXED
    WHERE rowid > ? AND key >= ?${to === undefined ? '' : ' AND key < ?'} AND ${LIVE} ORDER BY rowid LIMIT ${ROWS}`;
  for (let after: number | undefined = 0; after !== undefined; ) {
    const rows = rowsOf(handle, sql, [after, from, ...below, query.now * 1000]);
    yield rows;
    after = rows.length < ROWS ? undefined : rows.at(-1)?.[4];
  }
}

/** Page by page even within SQLite: a long reading would keep the log of the database from being emptied. */
function* byKey(handle: Handle, { from, to, query }: Part): Generator<readonly SpaceRow[]> {
  const below = to === undefined ? [] : [to];
  for (let after: string | undefined; ; ) {
    const lower = after === undefined ? '>=' : '>';
    const sql = `${SELECT}
      WHERE key ${lower} ?${to === undefined ? '' : ' AND key < ?'} AND ${LIVE} ORDER BY key LIMIT ${ROWS}`;
    const rows = rowsOf(handle, sql, [after ?? from, ...below, query.now * 1000]);
    yield rows;
    after = rows.map(([key]) => key).findLast((key) => typeof key === 'string');
    if (rows.length < ROWS || after === undefined) break;
  }
}

/** As arrays, which takes half the time that objects do. */
function rowsOf(handle: Handle, sql: string, parameters: readonly (string | number)[]): readonly SpaceRow[] {
  const statement = handle.prepare(sql);
  statement.setReturnArrays(true);
  return statement.all(...parameters) as unknown as SpaceRow[];
}
