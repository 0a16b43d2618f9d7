import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '../base/isAlive.ts';

/** `kv-spool-<process id>-<random>`: whose process is gone, holds values that nobody removes any more. */
const SPOOL = /^kv-spool-(\d+)-/;

/** Where the next folder of this process may be made. */
export const spoolPrefix = (folder = tmpdir()): string => join(folder, `kv-spool-${process.pid}-`);

/** Removes what processes that broke down have left of their spools. Never rejects: the next start will do. */
export async function removeLeftSpools(folder = tmpdir()): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const pid = Number(SPOOL.exec(name)?.[1] ?? process.pid);
    // A folder of somebody else, or of a process that has the id by now, stays.
    if (pid !== process.pid && !isAlive(pid)) {
      await rm(join(folder, name), { recursive: true, force: true }).catch(() => undefined);
    }
  }
}
