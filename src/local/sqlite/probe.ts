import { existsSync } from 'node:fs';
import { sqliteCode } from './fault.ts';
import { closeQuietly, openDatabase } from './sqlite.ts';

const SQLITE_BUSY = 5;
const ATTEMPTS = 6;
const PAUSE_MS = 5;

const pause = (ms: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
};

/** True if the exclusive lock could be taken; it is released at once. */
function isFree(lock: string): boolean {
  const database = openDatabase(lock, { readOnly: false, timeoutMs: 0 });
  try {
    database.exec('PRAGMA locking_mode=EXCLUSIVE');
    database.prepare('SELECT count(*) FROM sqlite_master').get();
    return true;
  } catch (error) {
    const code = sqliteCode(error);
    if (code !== undefined && (code & 0xff) === SQLITE_BUSY) return false;
    throw error;
  } finally {
    closeQuietly(database);
  }
}

/**
 * Whether a dev server (or any wrangler command on local data) runs on the state folder of `lock`, its
 * `metadata.sqlite`. Takes less than a millisecond if the lock is free. A server that starts during the probe fails, so
 * call this right before a write, never on a timer. Retries for some milliseconds, because the probe of another window
 * looks like a server for an instant.
 */
export function probe(lock: string): 'live' | 'free' {
  // If the file is missing, no server has ever run here, and opening it would create it.
  if (!existsSync(lock)) return 'free';
  for (let attempt = 1; ; attempt++) {
    if (isFree(lock)) return 'free';
    if (attempt === ATTEMPTS) return 'live';
    pause(PAUSE_MS * Math.random() + 1);
  }
}
