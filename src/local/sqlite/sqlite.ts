import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { errorText } from '../../core/base/errors.ts';
import { FaultError } from './fault.ts';

export type Database = DatabaseSync;
export type Statement = StatementSync;

/** Wait this long for a lock held for a moment by somebody else's reader or writer. */
const BUSY_TIMEOUT_MS = 2000;

let sqlite: typeof import('node:sqlite') | undefined;

/** Loads `node:sqlite`, which Node has since 22.13 and some builds of Electron leave out. */
export async function loadSqlite(): Promise<void> {
  try {
    sqlite = await import('node:sqlite');
  } catch {
    // Reported by `openDatabase`, so that every call fails with the reason instead of the thread dying.
  }
}

/** A PRAGMA sets the timeout, because Node 22 ignores the `timeout` option. */
export function openDatabase(path: string | URL, options: { readOnly: boolean; timeoutMs?: number }): Database {
  if (sqlite === undefined) {
    throw new FaultError({
      reason: 'noSqlite',
      path: String(path),
      detail: `Node ${process.versions.node} has no node:sqlite`,
    });
  }
  const database = new sqlite.DatabaseSync(path, { readOnly: options.readOnly });
  try {
    database.exec(`PRAGMA busy_timeout=${options.timeoutMs ?? BUSY_TIMEOUT_MS}`);
    return database;
  } catch (error) {
    closeQuietly(database);
    throw error;
  }
}

/**
 * A database that nobody writes, read as it is: without any lock, and without the files that SQLite makes beside it.
 * Only for one without a `-wal`.
 */
export function openImmutable(path: string): Database {
  const url = pathToFileURL(path);
  url.searchParams.set('immutable', '1');
  return openDatabase(url, { readOnly: true });
}

/** For handles whose work is done or lost: nothing can be made of an error any more. */
export function closeQuietly(database: Database): string | undefined {
  try {
    database.close();
    return undefined;
  } catch (error) {
    return errorText(error);
  }
}
