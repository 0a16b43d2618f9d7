import type { EntryVersion } from '../../core/entry/version.ts';
import { isBlobId, timeDigits } from './blobs.ts';
import { FaultError } from './fault.ts';
import type { Handle, Handles } from './handles.ts';
import { type LiveRow, rowVersion, settledRow } from './liveRow.ts';
import type { EntryRow, EntryRows, NamespaceFiles, Operations, UnreadRow } from './protocol.ts';
import { isValueMissing, type ReadValue, readValueFile, valuePath } from './valueFile.ts';

/** An answer is cut once it has this size, so that memory use stays constant however large the values are. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/**
 * Reads as many of `keys` as fit into one answer, with their values. Missing and expired keys are left out. A problem
 * with one value is a fault of its key alone; a problem with the database throws.
 */
export function read(
  handles: Handles,
  { files, keys }: Operations['read']['args'],
  readValue: ReadValue = readValueFile,
): EntryRows {
  const handle = handles.get(files.database);
  const entries: EntryRow[] = [];
  const unread: UnreadRow[] = [];
  if (handle === undefined) return { entries, unread, consumed: keys.length };
  let bytes = 0;
  let consumed = 0;
  for (const key of keys) {
    const index = consumed++;
    const entry = readOne(handle, files, key, readValue);
    if (entry === undefined) continue;
    if ('fault' in entry) {
      unread.push({ index, ...entry });
      continue;
    }
    entries.push({ index, ...entry });
    bytes += entry.value.length;
    if (bytes >= MAX_ANSWER_BYTES) break;
  }
  return { entries, unread, consumed };
}

function readOne(
  handle: Handle,
  files: NamespaceFiles,
  key: string,
  readValue: ReadValue,
): Omit<EntryRow, 'index'> | Omit<UnreadRow, 'index'> | undefined {
  const settled = settledRow(handle, key, ({ blob_id }) => {
    try {
      return readValue(valuePath(files, blob_id));
    } catch (error) {
      if (error instanceof FaultError) return error.fault;
      throw error;
    }
  });
  if (settled.state === 'absent') return undefined;
  const { row } = settled;
  if (settled.state === 'changing') {
    const detail = 'each time another value that has just gone';
    return { fault: { reason: 'changing', path: files.database, detail }, ...restOf(row) };
  }
  const { found } = settled;
  return { ...('reason' in found ? { fault: found } : { value: found }), ...restOf(row) };
}

/** What a row has besides its value. */
function restOf(row: LiveRow): Omit<EntryRow, 'index' | 'value'> {
  const expiration = typeof row.expiration === 'string' ? secondsOf(row.expiration) : Number.NaN;
  return {
    metadata: typeof row.metadata === 'string' ? row.metadata : null,
    ...(Number.isFinite(expiration) && { expiration }),
    version: rowVersion(row),
  };
}

/** The same as SQLite's division in a listing, also of milliseconds that a double cannot hold. */
const secondsOf = (ms: string): number =>
  /^\d{16,}$/.test(ms) ? Number(ms.slice(0, -3)) : Math.floor(Number(ms) / 1000);

/** The current version of each key's entry, `null` if there is none; reads no value. */
export function versions(
  handles: Handles,
  { files, keys }: Operations['versions']['args'],
): readonly (EntryVersion | null)[] {
  const handle = handles.get(files.database);
  if (handle === undefined) return keys.map(() => null);
  return keys.map((key) => {
    const settled = settledRow(handle, key, ({ blob_id }) => (isValueMissing(files, blob_id) ? undefined : true));
    return settled.state === 'absent' ? null : rowVersion(settled.row);
  });
}

const SAMPLE = 'SELECT blob_id FROM _mf_entries LIMIT 3';

export function sampleBlobs(handles: Handles, { database }: Operations['sampleBlobs']['args']): readonly string[] {
  const rows = handles.get(database)?.prepare(SAMPLE).all() ?? [];
  return rows.map((row) => row.blob_id).filter(isBlobId);
}

/** These are only used to highlight rows, so if there are more, the newest are enough. */
const MOST_WRITTEN = 200;
/** Concurrent writes may be committed in another order than they were begun in, but never this many. */
const MOST_OLDER = 50;
/** Every write gives a row a new number above all others: `INSERT OR REPLACE`, without `AUTOINCREMENT`. */
const NEWEST = 'SELECT key, substr(blob_id, 65) AS time FROM _mf_entries ORDER BY rowid DESC';

/** Newest first. Reads little more than it returns, however many rows there are. */
export function writtenSince(
  handles: Pick<Handles, 'get'>,
  { database, since }: Operations['writtenSince']['args'],
): string[] {
  const after = timeDigits(since);
  const keys: string[] = [];
  let older = 0;
  for (const { key, time } of handles.get(database)?.prepare(NEWEST).iterate() ?? []) {
    if (typeof time !== 'string' || time <= after) older++;
    else if (typeof key === 'string') keys.push(key);
    if (keys.length === MOST_WRITTEN || older === MOST_OLDER) break;
  }
  return keys;
}
