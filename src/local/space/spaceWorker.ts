import { lstatSync } from 'node:fs';
import { sep } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { SpaceTally, type TallyPart } from '../../core/space/spaceTally.ts';
import { isBlobId } from '../sqlite/blobs.ts';
import { faultOf } from '../sqlite/fault.ts';
import { Handles } from '../sqlite/handles.ts';
import { loadSqlite } from '../sqlite/sqlite.ts';
import { withoutExperimentalWarnings } from '../sqlite/warnings.ts';
import type { SpaceReply, SpaceThreadData } from './spaceProtocol.ts';

/*
 * A thread that adds up a part of a namespace, and ends: rows from SQLite, and of each value the size of its file. It is
 * not the thread that reads for the view, which is to go on meanwhile; many rows take a while.
 */

/** Read at once: a long reading would keep the log of the database from being emptied. */
const ROWS = 5000;
const DAY_MS = 86_400_000;

const { files, query, from, to, progress: shared } = workerData as SpaceThreadData;
const progress = new Int32Array(shared);

const pageSql = (lower: '>' | '>='): string => `
  SELECT key, blob_id, expiration / 1000.0 AS expiration,
    CASE WHEN metadata IS NULL OR metadata = 'null' THEN 0 ELSE length(CAST(metadata AS BLOB)) END AS bytes
  FROM _mf_entries
  WHERE key ${lower} ?${to === undefined ? '' : ' AND key < ?'} AND (+expiration IS NULL OR +expiration > ?)
  ORDER BY key LIMIT ${ROWS}`;

/** `null` for a value that is missing. */
function sizeOf(blobId: unknown): number | null | undefined {
  if (!isBlobId(blobId) || files.blobs === '') return undefined;
  return lstatSync(files.blobs + sep + blobId, { throwIfNoEntry: false })?.size ?? null;
}

function tallied(): TallyPart {
  const tally = new SpaceTally(query);
  const handle = new Handles(DAY_MS).get(files.database);
  for (let after: string | undefined; handle !== undefined; ) {
    const select = handle.prepare(pageSql(after === undefined ? '>=' : '>'));
    const bounds = [after ?? from, ...(to === undefined ? [] : [to]), query.now * 1000];
    const rows = select.all(...bounds);
    for (const { key, blob_id, expiration, bytes } of rows) {
      if (typeof key !== 'string') continue;
      after = key;
      const metadataBytes = typeof bytes === 'number' ? bytes : 0;
      tally.add(key, sizeOf(blob_id), metadataBytes, typeof expiration === 'number' ? expiration : undefined);
    }
    Atomics.add(progress, 0, rows.length);
    if (rows.length < ROWS || after === undefined) break;
  }
  return tally.part;
}

function reply(): SpaceReply {
  try {
    return { part: tallied() };
  } catch (error) {
    return { fault: faultOf(error, files.database) };
  }
}

withoutExperimentalWarnings();
void loadSqlite().then(() => parentPort?.postMessage(reply()));
