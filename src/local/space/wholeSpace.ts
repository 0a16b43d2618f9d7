import { existsSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Space } from '../../core/space/space.ts';
import { SpaceTally } from '../../core/space/spaceTally.ts';
import { Handles } from '../sqlite/handles.ts';
import type { NamespaceFiles } from '../sqlite/protocol.ts';
import { PartWorkers } from './partWorkers.ts';
import { spaceParts } from './spaceParts.ts';
import type { SpaceTask } from './spaceProtocol.ts';

const DAY_MS = 86_400_000;
const MOST_PARTS = 4;
/** A row takes more bytes than this in the file of a database: its key twice, the name of its value, and the rest. */
const LEAST_ROW_BYTES = 100;

/**
 * Adds up a namespace, in parts side by side where that is worth it. `onKeys` is told how many more keys were gone
 * through; fewer than none where some are to be gone through once more.
 */
export async function wholeSpace(
  { files, query, processesFrom }: SpaceTask,
  onKeys: (more: number) => void,
): Promise<Space> {
  const most = Math.min(MOST_PARTS, availableParallelism());
  // Windows lets nobody remove a folder that somebody works in.
  const canBeThere = process.platform !== 'win32' && existsSync(files.blobs);
  const tally = new SpaceTally(query);
  const workers = new PartWorkers(files, query, onKeys);
  try {
    // Begun before it is known how many keys there are: to count them takes as long as to start.
    if (canBeThere && databaseBytes(files) >= processesFrom * LEAST_ROW_BYTES) workers.startProcesses(most);
    const handles = new Handles(DAY_MS);
    const handle = handles.get(files.database);
    if (handle !== undefined) {
      const { keys, parts, apart } = spaceParts(handle, query.prefix, most);
      const areThere = canBeThere && keys >= processesFrom;
      const isMoment = (): boolean => handles.get(files.database) === handle && !handle.isChanged;
      const inMoment = apart && (await workers.addInMoment(parts, areThere, isMoment));
      const found = inMoment ?? (await workers.add(apart?.() ?? parts, areThere));
      for (const part of found) tally.merge(part);
    }
    return tally.result({ hasSizes: files.blobs !== '' });
  } finally {
    workers.stop();
  }
}

/** 0 also where it cannot be told; to read it then says why. */
function databaseBytes({ database }: NamespaceFiles): number {
  try {
    return statSync(database, { throwIfNoEntry: false })?.size ?? 0;
  } catch {
    return 0;
  }
}
