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

/**
 * A value that was replaced after its row was read left no file under its old name: then its key counts as it is by now,
 * which `now` tells, if at all.
 */
function add(key: string, row: SpaceRow, now: Handle): void {
  const [, blobId, expiration, metadataBytes] = row;
  const size = sizeOf(blobId);
  if (size === null && now.isChanged) {
    const next = rowNow(now, key);
    if (next === undefined) return;
    if (next[1] !== blobId) {
      add(key, next, now);
      return;
    }
  }
  const bytes = typeof metadataBytes === 'number' ? metadataBytes : 0;
  tally.add(key, size, bytes, typeof expiration === 'number' ? expiration : undefined);
}

function tallied(): TallyPart {
  const [now, handle] = [new Handles(DAY_MS).get(files.database), new Handles(DAY_MS).get(files.database)];
  if (now === undefined || handle === undefined) return tally.part;
  for (const rows of spaceRows(handle, data)) {
    for (const row of rows) if (typeof row[0] === 'string') add(row[0], row, now);
    Atomics.add(progress, 0, rows.length);
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
