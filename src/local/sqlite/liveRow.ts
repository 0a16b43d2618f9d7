import type { EntryVersion } from '../../core/entry/version.ts';
import type { Handle } from './handles.ts';

/** A row of {@link SELECT_LIVE}. */
export interface LiveRow {
  readonly blob_id?: unknown;
  readonly expiration?: unknown;
  readonly metadata?: unknown;
}

/**
 * Selects the row of a key, unless it has expired. Its parameters are the key and the time in Unix milliseconds. The
 * expiration comes as text, because a number that a double cannot hold would make the whole statement fail.
 */
export const SELECT_LIVE = `
  SELECT blob_id, CAST(expiration AS TEXT) AS expiration, metadata FROM _mf_entries
  WHERE key = ? AND (expiration IS NULL OR expiration > ?)`;

/** Every write gives a row another value file, so any write of the key changes this text. */
export const rowVersion = ({ blob_id, metadata, expiration }: LiveRow): EntryVersion =>
  JSON.stringify([blob_id, metadata, expiration]);

/** How often to read the row of a key that names another file each time, before giving up. */
const MOST_READS = 100;

/** The row of a key together with what `look` found at its file. */
export type Settled<T> =
  | { readonly state: 'there'; readonly row: LiveRow; readonly found: T }
  /** No row, or one whose file is missing and was not just replaced; Miniflare treats this as no entry too. */
  | { readonly state: 'absent' }
  /** It is rewritten faster than it can be read. */
  | { readonly state: 'changing'; readonly row: LiveRow };

/**
 * Follows the row of a key to its file. If the value is replaced between the two reads, the first row names a file that
 * has just gone. So a value counts as missing only if a new read of the row still names the missing file. `look`
 * returns `undefined` if the file does not exist.
 */
export function settledRow<T>(handle: Handle, key: string, look: (row: LiveRow) => T | undefined): Settled<T> {
  const select = handle.prepare(SELECT_LIVE);
  let last: LiveRow | undefined;
  for (let reads = 0; reads < MOST_READS; reads++) {
    const row: LiveRow | undefined = select.get(key, Date.now());
    if (row === undefined || (last !== undefined && row.blob_id === last.blob_id)) return { state: 'absent' };
    const found = look(row);
    if (found !== undefined) return { state: 'there', row, found };
    last = row;
  }
  return last === undefined ? { state: 'absent' } : { state: 'changing', row: last };
}
