import type { EntryVersion } from '../../core/entry/version.ts';
import type { Handle } from './handles.ts';

/** A row as {@link SELECT_LIVE} gives it. */
export interface LiveRow {
  readonly blob_id?: unknown;
  readonly expiration?: unknown;
  readonly metadata?: unknown;
}

/**
 * The row of a key, unless it has expired; its parameters are the key and the time in Unix milliseconds. The expiration
 * comes as text, because a number that a double cannot hold would make the whole statement fail.
 */
export const SELECT_LIVE = `
  SELECT blob_id, CAST(expiration AS TEXT) AS expiration, metadata FROM _mf_entries
  WHERE key = ? AND (expiration IS NULL OR expiration > ?)`;

/** Every write gives a row another file, so this is another text after any write of the key. */
export const rowVersion = ({ blob_id, metadata, expiration }: LiveRow): EntryVersion =>
  JSON.stringify([blob_id, metadata, expiration]);

/** How often the row of a key is read that names another file each time, before it is given up. */
const MOST_READS = 100;

/** What the row of a key says together with what `look` found at its file. */
export type Settled<T> =
  | { readonly state: 'there'; readonly row: LiveRow; readonly found: T }
  /** No row, or one whose file is missing and was not just replaced: nothing, as Miniflare takes it. */
  | { readonly state: 'absent' }
  /** Rewritten faster than it can be read. */
  | { readonly state: 'changing'; readonly row: LiveRow };

/**
 * Follows the row of a key to its file. A value that is replaced between the two looks leaves a row whose file has just
 * gone: only a row that still names the missing file is one without a value. `look` gives `undefined` for a file that
 * is not there.
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
