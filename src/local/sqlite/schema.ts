import { FaultError } from './fault.ts';
import type { Database } from './sqlite.ts';

/*
 * The only table of a namespace, as Miniflare creates it (wrangler 4.86 to 4.164). `expiration` is in milliseconds.
 */
const CREATE = `
  CREATE TABLE IF NOT EXISTS _mf_entries (
    key TEXT PRIMARY KEY,
    blob_id TEXT NOT NULL,
    expiration INTEGER,
    metadata TEXT
  );
  CREATE INDEX IF NOT EXISTS _mf_entries_expiration_idx ON _mf_entries(expiration);`;
const COLUMNS = ['key', 'blob_id', 'expiration', 'metadata'];

/** Whether the table exists; throws for a database that is not a KV namespace's. */
export function hasEntries(database: Database, path: string): boolean {
  const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  if (tables.length === 0) return false;
  const columns = database.prepare("SELECT name FROM pragma_table_info('_mf_entries')").all();
  if (COLUMNS.every((name) => columns.some((column) => column.name === name))) return true;
  throw new FaultError({ reason: 'foreign', path, detail: `tables: ${tables.map((t) => t.name).join(', ')}` });
}

/** Creates the table if the database is empty; leaves a foreign database alone and throws. */
export function ensureEntries(database: Database, path: string): void {
  const exists = hasEntries(database, path);
  database.exec('PRAGMA journal_mode=WAL');
  if (!exists) database.exec(CREATE);
}
