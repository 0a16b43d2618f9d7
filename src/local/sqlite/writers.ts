import { statSync } from 'node:fs';
import type { WriteIo } from './io.ts';
import { SELECT_LIVE } from './liveRow.ts';
import { ensureEntries } from './schema.ts';
import { closeQuietly, type Database, type Statement } from './sqlite.ts';

/** How long a handle for writing is kept after a batch, for the next one. */
const KEEP_MS = 250;

/** A database open for writing, with the statements of a write. */
export interface Writer {
  readonly database: Database;
  readonly select: Statement;
  /** The statement of {@link SELECT_LIVE}. */
  readonly selectLive: Statement;
  readonly insert: Statement;
  readonly remove: Statement;
}

interface Kept extends Writer {
  readonly identity: string;
  closing?: NodeJS.Timeout;
}

const identityOf = (path: string): string => {
  const file = statSync(path, { bigint: true, throwIfNoEntry: false });
  return file === undefined ? 'gone' : `${file.dev}:${file.ino}`;
};

/**
 * Handles for writing. They are closed after each durable write, and kept for a moment between the batches of a bulk
 * write.
 */
export class Writers {
  readonly #io: WriteIo;
  readonly #keepOpen: (path: string) => void;
  readonly #open = new Map<string, Kept>();

  /** `keepOpen` is called before a database is closed. */
  constructor(io: WriteIo, keepOpen: (path: string) => void) {
    this.#io = io;
    this.#keepOpen = keepOpen;
  }

  /** Opens the database, and creates it and its table if they are missing. */
  get(path: string, durable: boolean): Writer {
    const known = this.#open.get(path);
    if (known !== undefined) {
      if (known.identity === identityOf(path)) {
        clearTimeout(known.closing);
        setDurability(known.database, durable);
        return known;
      }
      this.drop(path);
    }
    const database = this.#io.openDatabase(path);
    try {
      ensureEntries(database, path);
      setDurability(database, durable);
      const writer: Kept = {
        database,
        select: database.prepare('SELECT blob_id FROM _mf_entries WHERE key = ?'),
        selectLive: database.prepare(SELECT_LIVE),
        insert: database.prepare(
          'INSERT OR REPLACE INTO _mf_entries (key, blob_id, expiration, metadata) VALUES (?, ?, ?, ?)',
        ),
        remove: database.prepare('DELETE FROM _mf_entries WHERE key = ? RETURNING blob_id'),
        identity: identityOf(path),
      };
      this.#open.set(path, writer);
      return writer;
    } catch (error) {
      closeQuietly(database);
      throw error;
    }
  }

  release(path: string, durable: boolean): void {
    const known = this.#open.get(path);
    if (durable || known === undefined) this.drop(path);
    else known.closing = setTimeout(() => this.drop(path), KEEP_MS);
  }

  drop(path: string): void {
    if (this.#open.has(path)) this.#keepOpen(path);
    this.close(path);
  }

  /** For a database that is about to be removed. */
  close(path: string): void {
    const known = this.#open.get(path);
    if (known === undefined) return;
    clearTimeout(known.closing);
    this.#open.delete(path);
    closeQuietly(known.database);
  }
}

// NORMAL still syncs before a checkpoint, so a crash of the machine loses at most the last commits, never the file.
const setDurability = (database: Database, durable: boolean): void =>
  database.exec(`PRAGMA synchronous=${durable ? 'FULL' : 'NORMAL'}`);
