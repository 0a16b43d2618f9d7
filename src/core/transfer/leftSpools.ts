import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '../base/isAlive.ts';

/** `kv-spool-<process id>-<random>`. If the process is gone, nobody else will remove the values in it. */
const SPOOL = /^kv-spool-(\d+)-/;

/** The path prefix for the next spool folder of this process. */
export const spoolPrefix = (folder = tmpdir()): string => join(folder, `kv-spool-${process.pid}-`);

/** Removes spools left behind by processes that crashed. Never rejects; the next start tries again. */
export async function removeLeftSpools(folder = tmpdir()): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const pid = Number(SPOOL.exec(name)?.[1] ?? process.pid);
    // A folder of another user cannot be removed, and one whose process id is in use again is kept.
    if (pid !== process.pid && !isAlive(pid)) {
      await rm(join(folder, name), { recursive: true, force: true }).catch(() => undefined);
    }
  }
}
