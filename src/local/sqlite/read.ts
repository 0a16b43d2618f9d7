import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isBlobId, timeDigits } from './blobs.ts';
import { errnoOf, FaultError } from './fault.ts';
import type { Handle, Handles } from './handles.ts';
import type { EntryRow, EntryRows, NamespaceFiles, Operations } from './protocol.ts';

/** An answer is cut once it carries this much, so that memory stays flat however large the values are. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

const SELECT_ONE = 'SELECT blob_id, expiration, metadata FROM _mf_entries WHERE key = ?';
const isLive = (expirationMs: unknown, now: number): boolean => typeof expirationMs !== 'number' || expirationMs > now;
const seconds = (expirationMs: number): number => Math.floor(expirationMs / 1000);
const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** As many of `keys` as fit into one answer, with their values; missing and expired ones are left out. */
export function read(handles: Handles, { files, keys }: Operations['read']['args']): EntryRows {
  const handle = handles.get(files.database);
  const entries: EntryRow[] = [];
  if (handle === undefined) return { entries, consumed: keys.length };
  let bytes = 0;
  let consumed = 0;
  for (const key of keys) {
    const entry = readOne(handle, files, key, consumed);
    consumed++;
    if (entry === undefined) continue;
    entries.push(entry);
    bytes += entry.value.length;
    if (bytes >= MAX_ANSWER_BYTES) break;
  }
  return { entries, consumed };
}

function readOne(handle: Handle, files: NamespaceFiles, key: string, index: number): EntryRow | undefined {
  const select = handle.prepare(SELECT_ONE);
  let lastBlob: unknown;
  // A value replaced between the two reads leaves a row whose file has just gone: the row is then read once more.
  for (let attempt = 0; attempt < 2; attempt++) {
    const row = select.get(key);
    if (row === undefined || !isLive(row.expiration, Date.now()) || row.blob_id === lastBlob) return undefined;
    lastBlob = row.blob_id;
    const value = readBlob(files, lastBlob);
    if (value === undefined) continue;
    const expiration = typeof row.expiration === 'number' ? { expiration: seconds(row.expiration) } : {};
    return { index, value, metadata: textOrNull(row.metadata), ...expiration };
  }
  return undefined;
}

function readBlob(files: NamespaceFiles, blobId: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (!isBlobId(blobId)) {
    throw new FaultError({ reason: 'foreign', path: files.database, detail: 'a blob_id is not a file name' });
  }
  if (files.blobs === '') {
    throw new FaultError({ reason: 'unknownBlobs', path: files.database, detail: 'no folder of values' });
  }
  try {
    const bytes = readFileSync(join(files.blobs, blobId));
    // Small buffers come out of a pool that must not be handed to another thread.
    return bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

const SAMPLE = 'SELECT blob_id FROM _mf_entries LIMIT 3';

export function sampleBlobs(handles: Handles, { database }: Operations['sampleBlobs']['args']): readonly string[] {
  const rows = handles.get(database)?.prepare(SAMPLE).all() ?? [];
  return rows.map((row) => row.blob_id).filter(isBlobId);
}

/** Beyond this many rows the search would take longer than it is worth. */
const MOST_SEARCHED = 300_000;
const HIGHEST_ROW = 'SELECT max(rowid) AS highest FROM _mf_entries';
const WRITTEN_AFTER = 'SELECT key FROM _mf_entries WHERE substr(blob_id, 65) > ? LIMIT 200';

export function writtenSince(handles: Handles, { database, since }: Operations['writtenSince']['args']): string[] {
  const handle = handles.get(database);
  if (handle === undefined || Number(handle.prepare(HIGHEST_ROW).get()?.highest ?? 0) > MOST_SEARCHED) return [];
  const rows = handle.prepare(WRITTEN_AFTER).all(timeDigits(since));
  return rows.map((row) => row.key).filter((key) => typeof key === 'string');
}
