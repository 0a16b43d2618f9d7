import { lstatSync } from 'node:fs';
import { sep } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { SpaceTally, type TallyPart } from '../../core/space/spaceTally.ts';
import { isBlobId } from '../sqlite/blobs.ts';
import { faultOf } from '../sqlite/fault.ts';
import { Handles } from '../sqlite/handles.ts';
import { loadSqlite } from '../sqlite/sqlite.ts';
import { withoutExperimentalWarnings } from '../sqlite/warnings.ts';
import type { SpaceReply, SpaceTask } from './spaceProtocol.ts';
import { rowNow, type SpaceRow, spaceRows } from './spaceRows.ts';

/*
 * A thread or a process that adds up a part of a namespace, and ends: rows from SQLite, and of each value the size of its
 * file. It is not the thread that reads for the view, which is to go on meanwhile; many rows take a while.
 */

const DAY_MS = 86_400_000;
const REPORT_MS = 100;
const unlessMissing = { throwIfNoEntry: false } as const;

/** `null` for a value that is missing. */
function sizeIn(folder: string, blobId: unknown): number | null | undefined {
  if (!isBlobId(blobId)) return undefined;
  return lstatSync(folder + blobId, unlessMissing)?.size ?? null;
}

function send(reply: SpaceReply): void {
  if (parentPort) parentPort.postMessage(reply);
  else process.send?.(reply);
}

function tallied(task: SpaceTask): TallyPart {
  const { files, query } = task;
  const folder = task.isThere ? '' : files.blobs + sep;
  const sizeOf = (blobId: unknown) => (files.blobs === '' ? undefined : sizeIn(folder, blobId));
  const tally = new SpaceTally(query);
  const [now, handle] = [new Handles(DAY_MS).get(files.database), new Handles(DAY_MS).get(files.database)];
  if (now === undefined || handle === undefined) return tally.part;
  let [keys, sentAt] = [0, 0];
  for (const rows of spaceRows(handle, task)) {
    for (const row of rows) if (typeof row[0] === 'string') add(row[0], row);
    keys += rows.length;
    // Each of these takes the host's time.
    if (performance.now() - sentAt < REPORT_MS) continue;
    send({ keys });
    [keys, sentAt] = [0, performance.now()];
  }
  return tally.part;

  /**
   * A value that was replaced after its row was read left no file under its old name: then its key counts as it is by now,
   * which `now` tells, if at all.
   */
  function add(key: string, [, blobId, expiration, metadataBytes]: SpaceRow): void {
    const size = sizeOf(blobId);
    if (size === null && now?.isChanged) {
      const next = rowNow(now, key);
      if (next === undefined) return;
      if (next[1] !== blobId) {
        add(key, next);
        return;
      }
    }
    const bytes = typeof metadataBytes === 'number' ? metadataBytes : 0;
    tally.add(key, size, bytes, typeof expiration === 'number' ? expiration : undefined);
  }
}

function replyTo(task: SpaceTask): SpaceReply {
  try {
    return { part: tallied(task) };
  } catch (error) {
    return { fault: faultOf(error, task.files.database) };
  }
}

withoutExperimentalWarnings();
const loaded = loadSqlite();
(parentPort ?? process).once('message', (task: SpaceTask) => void loaded.then(() => send(replyTo(task))));
// A process whose host has gone.
process.once('disconnect', () => process.exit());
