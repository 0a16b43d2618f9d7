import { lstatSync } from 'node:fs';
import { sep } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { SpaceTally, type TallyPart } from '../../core/space/spaceTally.ts';
import { isBlobId } from '../sqlite/blobs.ts';
import { faultOf } from '../sqlite/fault.ts';
import { type Handle, Handles } from '../sqlite/handles.ts';
import { loadSqlite } from '../sqlite/sqlite.ts';
import { withoutExperimentalWarnings } from '../sqlite/warnings.ts';
import type { SpaceReply, SpaceThreadData } from './spaceProtocol.ts';
import { rowNow, type SpaceRow, spaceRows } from './spaceRows.ts';

/*
 * A thread that adds up a part of a namespace, and ends: rows from SQLite, and of each value the size of its file. It is
 * not the thread that reads for the view, which is to go on meanwhile; many rows take a while.
 */

const DAY_MS = 86_400_000;
const unlessMissing = { throwIfNoEntry: false } as const;

const data = workerData as SpaceThreadData;
const { files, query } = data;
const progress = new Int32Array(data.progress);
const tally = new SpaceTally(query);

/** `null` for a value that is missing. */
function sizeOf(blobId: unknown): number | null | undefined {
  if (!isBlobId(blobId) || files.blobs === '') return undefined;
  return lstatSync(files.blobs + sep + blobId, unlessMissing)?.size ?? null;
}

function add(key: string, size: number | null | undefined, [, , expiration, metadataBytes]: SpaceRow): void {
  const bytes = typeof metadataBytes === 'number' ? metadataBytes : 0;
  tally.add(key, size, bytes, typeof expiration === 'number' ? expiration : undefined);
}

/** The keys whose values were missing when their files were looked for. */
function addAll(handle: Handle): string[] {
  const missing: string[] = [];
  for (const rows of spaceRows(handle, data)) {
    for (const row of rows) {
      const [key, blobId] = row;
      if (typeof key !== 'string') continue;
      const size = sizeOf(blobId);
      if (size === null) missing.push(key);
      else add(key, size, row);
    }
    Atomics.add(progress, 0, rows.length);
  }
  return missing;
}

/** A value that was replaced after its row was read left no file under its old name; its key counts as it is by now. */
function tallied(): TallyPart {
  const handle = new Handles(DAY_MS).get(files.database);
  if (handle === undefined) return tally.part;
  for (const key of addAll(handle)) {
    const row = rowNow(handle, key);
    if (row !== undefined) add(key, sizeOf(row[1]), row);
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
