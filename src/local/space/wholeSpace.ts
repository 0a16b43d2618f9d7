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
/** Lower limit of the bytes that a row takes in a database file: its key twice, the name of its value, and the rest. */
const LEAST_ROW_BYTES = 100;

/**
 * Counts a namespace, in parallel parts if worthwhile. `onKeys` is told how many more keys were processed; the number
 * is negative if some must be counted again.
 */
export async function wholeSpace(
  { files, query, processesFrom }: SpaceTask,
  onKeys: (more: number) => void,
): Promise<Space> {
  const most = Math.min(MOST_PARTS, availableParallelism());
  // Windows does not let anyone remove a folder that is some process's working directory.
  const canBeThere = process.platform !== 'win32' && existsSync(files.blobs);
  const tally = new SpaceTally(query);
  const workers = new PartWorkers(files, query, onKeys);
  try {
    // Started before the number of keys is known, because counting them takes as long as starting.
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

/** Also 0 if it cannot be told; reading the database then reports why. */
function databaseBytes({ database }: NamespaceFiles): number {
  try {
    return statSync(database, { throwIfNoEntry: false })?.size ?? 0;
  } catch {
    return 0;
  }
}
