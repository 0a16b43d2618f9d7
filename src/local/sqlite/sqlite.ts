import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { errorText } from '../../core/base/errors.ts';
import { FaultError } from './fault.ts';

export type Database = DatabaseSync;
export type Statement = StatementSync;

/** How long to wait for a lock that another reader or writer holds for a moment. */
const BUSY_TIMEOUT_MS = 2000;

let sqlite: typeof import('node:sqlite') | undefined;

/** Loads `node:sqlite`, which Node has since 22.13 but some builds of Electron lack. */
export async function loadSqlite(): Promise<void> {
  try {
    sqlite = await import('node:sqlite');
  } catch {
    // `openDatabase` reports this, so that every call fails with the reason instead of the thread dying.
  }
}

/** Sets the timeout with a PRAGMA, because Node 22 ignores the `timeout` option. */
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
 * Reads a database that nobody writes as it is: without any lock, and without the files that SQLite creates beside it.
 * Only for a database without a `-wal`.
 */
export function openImmutable(path: string): Database {
  const url = pathToFileURL(path);
  url.searchParams.set('immutable', '1');
  return openDatabase(url, { readOnly: true });
}

/** For handles whose work is done or lost, so that an error no longer matters. */
export function closeQuietly(database: Database): string | undefined {
  try {
    database.close();
    return undefined;
  } catch (error) {
    return errorText(error);
  }
}
