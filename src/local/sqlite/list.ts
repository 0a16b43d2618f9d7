import { isUtf8 } from 'node:buffer';
import { FaultError } from './fault.ts';
import type { Handle, Handles } from './handles.ts';
import { afterPrefix } from './keyRange.ts';
import type { Operations, PageText } from './protocol.ts';

/** What Node reads for bytes that are not UTF-8. A valid key may contain this character too. */
const REPLACED = '\uFFFD';

type ListArgs = Operations['list']['args'];

// The unary plus keeps the query planner on the index on keys, which gives the order.
const LIVE = '(+expiration IS NULL OR +expiration > ?)';
// The JSON functions cut text at a NUL, so text with a NUL does not count as JSON.
const IS_JSON = "typeof(metadata) = 'text' AND json_valid(metadata) AND instr(metadata, char(0)) = 0";
const METADATA = `
  CASE
    WHEN metadata IS NULL OR metadata = 'null' THEN ''
    WHEN ${IS_JSON} THEN ',"metadata":' || metadata
    ELSE ',"metadata":' || json_quote(CAST(metadata AS TEXT))
  END`;
const EXPIRATION = `CASE WHEN expiration IS NULL THEN '' ELSE ',"expiration":' || (expiration / 1000) END`;

/** A subquery with a limit is read in its own order, so the page is in key order. */
function pageSql(lower: '>' | '>=', bounded: boolean): string {
  const range = `key ${lower} ?${bounded ? ' AND key < ?' : ''} AND ${LIVE}`;
  return `
    SELECT '[' || group_concat('{"name":' || json_quote(key) || ${METADATA} || ${EXPIRATION} || '}') || ']' AS keys,
      max(key) AS last, count(*) AS count
    FROM (SELECT key, expiration, metadata FROM _mf_entries WHERE ${range} ORDER BY key LIMIT ?)`;
}
const bytesSql = (lower: '>' | '>=', bounded: boolean): string =>
  `SELECT CAST(key AS BLOB) AS bytes FROM _mf_entries
   WHERE key ${lower} ?${bounded ? ' AND key < ?' : ''} AND ${LIVE} ORDER BY key LIMIT ?`;
const moreSql = (bounded: boolean): string =>
  `SELECT 1 FROM _mf_entries WHERE key > ?${bounded ? ' AND key < ?' : ''} AND ${LIVE} LIMIT 1`;

interface Ahead {
  readonly question: string;
  /** The state of the database from which the page was read. */
  readonly version: string;
  readonly page: PageText;
}

/**
 * Pages of listings in UTF-8 byte order, which is SQLite's order for text. Expired rows are left out, not removed.
 * While the host works on a page after the first, the next one is read ahead, and used if the database has not changed.
 */
export class Lister {
  readonly #handles: Handles;
  #next: ListArgs | undefined;
  #ahead: Ahead | undefined;

  constructor(handles: Handles) {
    this.#handles = handles;
  }

  list(args: ListArgs): PageText {
    const handle = this.#handles.get(args.files.database);
    const ahead = this.#ahead;
    this.#ahead = undefined;
    this.#next = undefined;
    if (handle === undefined) return { keys: '[]' };
    const isReady = ahead !== undefined && ahead.question === questionOf(args) && ahead.version === versionOf(handle);
    const page = isReady ? ahead.page : readPage(handle, args);
    // A caller that asks for a second page most likely wants them all.
    if (args.after !== undefined && page.last !== undefined) this.#next = { ...args, after: page.last };
    return page;
  }

  /** Call this when the thread is idle. Never throws: an error comes again when the page is asked for. */
  readAhead(): void {
    const args = this.#next;
    this.#next = undefined;
    if (args === undefined) return;
    try {
      const handle = this.#handles.get(args.files.database);
      if (handle === undefined) return;
      const version = versionOf(handle);
      this.#ahead = { question: questionOf(args), version, page: readPage(handle, args) };
    } catch {
      this.#ahead = undefined;
    }
  }
}

/** Throws for keys that are not UTF-8: SQLite would never find such a key, nor the place after it. */
function checkUtf8(rows: readonly Record<string, unknown>[], path: string): void {
  if (rows.every(({ bytes }) => !(bytes instanceof Uint8Array) || isUtf8(bytes))) return;
  throw new FaultError({ reason: 'damaged', path, detail: 'a key is not UTF-8' });
}

function readPage(handle: Handle, { files: { database }, prefix, after, limit }: ListArgs): PageText {
  const upper = afterPrefix(prefix);
  const now = Date.now();
  const to = upper === undefined ? [now] : [upper, now];
  const sql = pageSql(after === undefined ? '>=' : '>', upper !== undefined);
  const row = handle.prepare(sql).get(after ?? prefix, ...to, limit);
  if (row === undefined || typeof row.keys !== 'string' || typeof row.last !== 'string') return { keys: '[]' };
  const { keys, last } = row;
  if (keys.includes(REPLACED)) {
    const check = handle.prepare(bytesSql(after === undefined ? '>=' : '>', upper !== undefined));
    checkUtf8(check.all(after ?? prefix, ...to, limit), database);
  }
  const isMore = row.count === limit && handle.prepare(moreSql(upper !== undefined)).get(last, ...to) !== undefined;
  return isMore ? { keys, last } : { keys };
}

const questionOf = ({ files, prefix, after, limit }: ListArgs): string =>
  JSON.stringify([files.database, prefix, after, limit]);

/** Includes the time in seconds, because rows expire. */
const versionOf = (handle: Handle): string => `${handle.identity} ${handle.version} ${Math.floor(Date.now() / 1000)}`;
