import { copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FaultError, sqliteCode } from './fault.ts';
import { closeQuietly, type Database, openDatabase, openImmutable } from './sqlite.ts';

/** SQLITE_READONLY and SQLITE_CANTOPEN: given for a database whose `-shm` cannot be created beside it. */
const NEEDS_WRITING: ReadonlySet<number> = new Set([8, 14]);
const MOST_TRIES = 3;

/** Whether a database could not be opened or read because its folder is not writable. */
export function isForWantOfWriting(error: unknown): boolean {
  const code = sqliteCode(error);
  return code !== undefined && NEEDS_WRITING.has(code & 0xff);
}

/** Identifies the state of a database whose changes SQLite cannot detect: it changes with each write to its files. */
export const stampOf = (path: string): string =>
  [path, `${path}-wal`]
    .map((file) => {
      const found = statSync(file, { bigint: true, throwIfNoEntry: false });
      return found === undefined ? '-' : `${found.dev}:${found.ino}:${found.size}:${found.mtimeNs}`;
    })
    .join(' ');

/**
 * Opens a database in a folder that is not writable. Without a `-wal`, nobody has it open and the file is complete.
 * Otherwise a copy of both files is read, which is deleted at once: the open handle keeps it.
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
      // Merges everything into the one file, so that nothing is created beside it any more.
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      database.exec('PRAGMA journal_mode=DELETE');
    } finally {
      closeQuietly(database);
    }
    return openImmutable(copy);
  } finally {
    // Windows keeps an open file; the system removes it later with its other temporary files.
    rmSync(folder, { recursive: true, force: true, maxRetries: 0 });
  }
}
