import { statSync } from 'node:fs';
import { FaultError } from './fault.ts';
import { hasEntries } from './schema.ts';
import { closeQuietly, type Database, openDatabase, type Statement } from './sqlite.ts';
import { isForWantOfWriting, openUnwritable, stampOf } from './unwritable.ts';

const MAX_OPEN = 32;
/**
 * Windows removes no folder in which a file is open. Elsewhere a handle costs nothing, while opening one can do harm.
 */
const IDLE_MS = process.platform === 'win32' ? 30_000 : undefined;

/** A read-only database of a namespace with its statements. Valid until the next call to {@link Handles.get}. */
export class Handle {
  readonly database: Database;
  /** Identifies the file: another file put in its place has another identity. */
  readonly identity: string;
  readonly #statements = new Map<string, Statement>();

  #seen: unknown;
  /** Monotonic milliseconds. */
  #usedAt = performance.now();

  constructor(database: Database, identity: string) {
    this.database = database;
    this.identity = identity;
    this.#seen = this.version;
  }

  /** Changes when any other connection commits. */
  get version(): unknown {
    return this.prepare('PRAGMA data_version').get()?.data_version;
  }

  /** Whether the version changed since the database was opened, or since {@link takeChange}. */
  get isChanged(): boolean {
    return this.version !== this.#seen;
  }

  takeChange(): boolean {
    const isChanged = this.isChanged;
    this.#seen = this.version;
    return isChanged;
  }

  use(): void {
    this.#usedAt = performance.now();
  }

  isIdle(ms: number): boolean {
    return performance.now() - this.#usedAt >= ms;
  }

  prepare(sql: string): Statement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

/**
 * One long-lived read-only handle per database. Handles are kept, because opening a file at the moment when a dev
 * server opens it can make the user's Worker fail. They are compared with the file by `stat` before each use, because a
 * handle goes on showing the rows of a deleted file. The database files are never opened through `fs`: closing such a
 * descriptor would drop the POSIX locks that SQLite holds in this process.
 * With `idleMs`, a handle is closed once it has not been used for that long. Looking for changes counts as use: while a
 * Worker writes, the handle stays open, and is not opened anew beside the Worker.
 */
export class Handles {
  readonly #open = new Map<string, Handle>();
  readonly #idleMs: number | undefined;
  readonly #openForReading: (path: string) => Database;
  readonly #most: number;
  #closing: NodeJS.Timeout | undefined;

  constructor(
    idleMs = IDLE_MS,
    openForReading = (path: string): Database => openDatabase(path, { readOnly: true }),
    most = MAX_OPEN,
  ) {
    this.#most = most;
    this.#idleMs = idleMs;
    this.#openForReading = openForReading;
  }

  /** `undefined` if there is no such database, or nothing has been written to it yet. */
  get(path: string): Handle | undefined {
    const file = statSync(path, { bigint: true, throwIfNoEntry: false });
    const known = this.#open.get(path);
    if (known !== undefined) {
      this.#open.delete(path);
      if (file !== undefined && isStill(known, path, file)) {
        known.use();
        this.#open.set(path, known);
        return known;
      }
      closeQuietly(known.database);
    }
    if (file === undefined) return undefined;
    // Opening a pipe would wait for its other end.
    if (!file.isFile()) throw new FaultError({ reason: 'foreign', path, detail: 'not an ordinary file' });
    return this.#opened(path, identityOf(file));
  }

  /** Whether a database changed since the last call. Opens nothing, so it is `undefined` if no handle is open. */
  hasChanged(path: string): boolean | undefined {
    const known = this.#open.get(path);
    if (known === undefined) return undefined;
    const file = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (file !== undefined && isStill(known, path, file)) {
      known.use();
      return known.takeChange();
    }
    this.drop(path);
    return true;
  }

  /** Runs one of our own writes, which must not be reported as somebody else's change. */
  writing<T>(path: string, write: () => T): T {
    const known = this.#open.get(path);
    if (known === undefined || known.isChanged) return write();
    const result = write();
    if (this.#open.get(path) === known) known.takeChange();
    return result;
  }

  /** Closes the handle of a database that gave an error, so that the next use opens it again. */
  drop(path: string): void {
    const known = this.#open.get(path);
    if (known === undefined) return;
    this.#open.delete(path);
    closeQuietly(known.database);
  }

  #opened(path: string, identity: string): Handle | undefined {
    let handle: Handle | undefined;
    try {
      handle = made(path, identity, this.#openForReading);
    } catch (error) {
      if (!isForWantOfWriting(error)) throw error;
      const stamp = stampOf(path);
      handle = made(path, stamp, openUnwritable);
    }
    if (handle === undefined) return undefined;
    this.#open.set(path, handle);
    const [oldest] = this.#open.keys();
    if (this.#open.size > this.#most && oldest !== undefined) this.drop(oldest);
    this.#closeIdleLater();
    return handle;
  }

  #closeIdleLater(): void {
    const idleMs = this.#idleMs;
    if (idleMs === undefined || this.#closing !== undefined) return;
    this.#closing = setTimeout(() => {
      this.#closing = undefined;
      for (const [path, handle] of this.#open) if (handle.isIdle(idleMs)) this.drop(path);
      if (this.#open.size > 0) this.#closeIdleLater();
    }, idleMs).unref();
  }
}

/** `undefined` if nothing has been written yet. */
function made(path: string, identity: string, open: (path: string) => Database): Handle | undefined {
  const database = open(path);
  try {
    if (hasEntries(database, path)) return new Handle(database, identity);
  } catch (error) {
    closeQuietly(database);
    throw error;
  }
  closeQuietly(database);
  return undefined;
}

/** Whether a handle shows the current state of the file that is there now. */
const isStill = (handle: Handle, path: string, file: { dev: bigint; ino: bigint }): boolean =>
  handle.identity === identityOf(file) || handle.identity === stampOf(path);

const identityOf = (file: { dev: bigint; ino: bigint }): string => `${file.dev}:${file.ino}`;
