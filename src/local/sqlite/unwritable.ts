import { copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FaultError, sqliteCode } from './fault.ts';
import { closeQuietly, type Database, openDatabase, openImmutable } from './sqlite.ts';

/** SQLITE_READONLY and SQLITE_CANTOPEN: of a database whose `-shm` cannot be made beside it. */
const NEEDS_WRITING: ReadonlySet<number> = new Set([8, 14]);
const MOST_TRIES = 3;

/** Whether a database could not be opened or read because its folder cannot be written. */
export function isForWantOfWriting(error: unknown): boolean {
  const code = sqliteCode(error);
  return code !== undefined && NEEDS_WRITING.has(code & 0xff);
}

/** Tells the states of a database apart whose changes SQLite cannot tell: it moves with each write to its files. */
export const stampOf = (path: string): string =>
  [path, `${path}-wal`]
    .map((file) => {
      const found = statSync(file, { bigint: true, throwIfNoEntry: false });
      return found === undefined ? '-' : `${found.dev}:${found.ino}:${found.size}:${found.mtimeNs}`;
    })
    .join(' ');

/**
 * A database in a folder that cannot be written. Without a `-wal` nobody has it open, and the file is all there is;
 * else a copy of both files is read, that goes again at once: the open handle keeps it.
 */
export function openUnwritable(path: string): Database {
  const wal = statSync(`${path}-wal`, { throwIfNoEntry: false });
  if (wal === undefined || wal.size === 0) return openImmutable(path);
  const folder = mkdtempSync(join(tmpdir(), 'cloudflare-kv-read-'));
  const copy = join(folder, 'copy.sqlite');
  try {
    for (let tries = 1; ; tries++) {
      const before = stampOf(path);
      copyFileSync(path, copy);
      copyFileSync(`${path}-wal`, `${copy}-wal`);
      if (stampOf(path) === before) break;
      if (tries === MOST_TRIES) throw new FaultError({ reason: 'locked', path, detail: 'it is written all the time' });
    }
    const database = openDatabase(copy, { readOnly: false });
    try {
      // All of it into the one file: nothing is made beside it any more.
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      database.exec('PRAGMA journal_mode=DELETE');
    } finally {
      closeQuietly(database);
    }
    return openImmutable(copy);
  } finally {
    // Windows keeps an open file: then the system clears it away with its other temporary ones.
    rmSync(folder, { recursive: true, force: true, maxRetries: 0 });
  }
}
