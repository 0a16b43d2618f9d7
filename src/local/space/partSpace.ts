import { lstatSync } from 'node:fs';
import { sep } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { SpaceTally, type TallyPart } from '../../core/space/spaceTally.ts';
import { staysInFolder } from '../sqlite/blobs.ts';
import { Handles } from '../sqlite/handles.ts';
import type { PartTask } from './spaceProtocol.ts';
import { rowNow, type SpaceRow, spaceRows } from './spaceRows.ts';

const DAY_MS = 86_400_000;
const REPORT_MS = 100;
const unlessMissing = { throwIfNoEntry: false } as const;

/**
 * Counts one part of a namespace: the rows from SQLite, and the file size of each value. `onKeys` is told how many more
 * keys were processed; its first call comes once the moment is fixed as of which they are read.
 */
export async function partSpace(
  { files, query, part, isThere }: PartTask,
  onKeys: (more: number) => void,
): Promise<TallyPart> {
  const folder = isThere ? '' : files.blobs + sep;
  const sizeOf = (blobId: unknown) => (files.blobs === '' ? undefined : sizeIn(folder, blobId));
  const tally = new SpaceTally(query);
  const [now, handle] = [new Handles(DAY_MS).get(files.database), new Handles(DAY_MS).get(files.database)];
  if (now === undefined || handle === undefined) return tally.part;
  let [keys, saidAt] = [0, Number.NEGATIVE_INFINITY];
  for (const rows of spaceRows(handle, part, query.now * 1000)) {
    keys += rows.length;
    const isDue = performance.now() - saidAt >= REPORT_MS;
    if (isDue) {
      onKeys(keys);
      [keys, saidAt] = [0, performance.now()];
    }
    for (const row of rows) if (typeof row[0] === 'string') add(row[0], row);
    // Lets a request to stop come through.
    if (isDue) await setImmediate();
  }
  return tally.part;

  /**
   * A value that was replaced after its row was read has no file under its old name. Such a key counts as it is now,
   * according to `now`, if it still exists.
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

/** `null` for a value that is missing or not a file. */
function sizeIn(folder: string, blobId: unknown): number | null | undefined {
  if (!staysInFolder(blobId)) return undefined;
  const found = lstatSync(folder + blobId, unlessMissing);
  return found?.isFile() ? found.size : null;
}
