import type { KeyEvent, SeenEntry } from '../../core/store/activity.ts';
import { timeDigits, timeOf } from './blobs.ts';
import type { Handle } from './handles.ts';

/** If more changes come at once, only the newest are reported, and the others are counted. */
const MOST_EVENTS = 10_000;

/** How many rows to take at once at first, so that other requests to the thread can run in between. */
const ROWS_AT_ONCE = 5000;
/** The same for rows that are only searched for. */
const ROWS_SEARCHED_AT_ONCE = 25_000;

/*
 * The rows as they were at the last look, in the temporary database of the handle. However many there are, they take no
 * memory, and SQLite itself finds the differences. Every write gives a row a number above all others, see
 * `writtenSince`. Rows are copied in the order of their numbers and their keys in key order, as both lie in the
 * database: building an index of a million keys in random order takes ten times as long.
 */
const BEGIN = `
  CREATE TEMP TABLE seen (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    blob_id TEXT NOT NULL,
    expiration INTEGER,
    metadata TEXT,
    -- Told as expired; the row stays in the database until somebody lists.
    lapsed INTEGER NOT NULL DEFAULT 0
  );
  CREATE INDEX temp.seen_expiration ON seen(expiration) WHERE expiration IS NOT NULL AND lapsed = 0;
  -- Where each key is among them.
  CREATE TEMP TABLE places (key TEXT PRIMARY KEY, id INTEGER NOT NULL) WITHOUT ROWID;`;
/** From then on, each row has the place of its key. */
const KEEP_PLACES = `
  CREATE TEMP TRIGGER seen_added AFTER INSERT ON seen BEGIN
    INSERT OR REPLACE INTO places (key, id) VALUES (NEW.key, NEW.id);
  END;
  CREATE TEMP TRIGGER seen_removed AFTER DELETE ON seen BEGIN
    DELETE FROM places WHERE key = OLD.key AND id = OLD.id;
  END;`;
const TAKE_ROWS = `
  INSERT INTO temp.seen (id, key, blob_id, expiration, metadata, lapsed)
  SELECT rowid, key, blob_id, expiration, metadata, expiration IS NOT NULL AND expiration <= ? FROM _mf_entries
  WHERE rowid > ? AND rowid <= ? ORDER BY rowid LIMIT ${ROWS_AT_ONCE}`;
/** Raw keys never leave the database, because a key need not be valid text. */
const TAKE_PLACES = `
  INSERT INTO temp.places (key, id) SELECT key, rowid FROM _mf_entries
  WHERE key > coalesce((SELECT max(key) FROM temp.places), '') ORDER BY key LIMIT ${ROWS_AT_ONCE}`;
/** Keys that were written or deleted after their row was taken and before their place was. */
const SETTLE = `
  INSERT OR REPLACE INTO temp.places (key, id) SELECT key, id FROM temp.seen s
  WHERE id > ? AND id <= ?
    AND NOT EXISTS (SELECT 1 FROM _mf_entries e WHERE e.rowid = s.id AND e.key = s.key)`;
const LAST_OF_SOME = `
  SELECT max(id) AS id FROM (SELECT id FROM temp.seen WHERE id > ? ORDER BY id LIMIT ${ROWS_AT_ONCE})`;
/** Selects nothing if there are no more rows than that. */
const LAST_SEARCHED = `SELECT id FROM temp.seen WHERE id > ? ORDER BY id LIMIT 1 OFFSET ${ROWS_SEARCHED_AT_ONCE}`;
/** The newest row that is unchanged: rows above it are new or have gone. */
const NEWEST_SAME = `
  SELECT s.id FROM temp.seen s JOIN _mf_entries e ON e.rowid = s.id AND e.blob_id = s.blob_id
  ORDER BY s.id DESC LIMIT 1`;
const NEWEST_SEEN = 'SELECT max(id) AS id FROM temp.seen';
const NEWEST_THERE = 'SELECT max(rowid) AS id FROM _mf_entries';
/** The newest row written before a time, or at an unknown time; found at once if most rows are old. */
const NEWEST_BEFORE = `
  SELECT rowid AS id FROM _mf_entries
  WHERE NOT (length(blob_id) = 80 AND substr(blob_id, 65) >= ?) ORDER BY rowid DESC LIMIT 1`;
const AS_TEXT = (of: string): string =>
  `${of}.key, ${of}.blob_id, CAST(${of}.expiration / 1000 AS TEXT) AS expiration, ${of}.metadata`;
/** A number that a double cannot hold would make the whole statement fail. */
const MS = `min(s.expiration, ${Number.MAX_SAFE_INTEGER})`;
const WRITTEN = `
  SELECT ${AS_TEXT('e')}, s.blob_id AS was_blob_id, CAST(s.expiration / 1000 AS TEXT) AS was_expiration,
    s.metadata AS was_metadata
  FROM _mf_entries e LEFT JOIN temp.places p ON p.key = e.key
    LEFT JOIN temp.seen s ON s.id = p.id AND s.key = e.key AND s.lapsed = 0
  WHERE e.rowid > ? ORDER BY e.rowid DESC LIMIT ${MOST_EVENTS}`;
const COUNT_ABOVE = 'SELECT count(*) AS count FROM _mf_entries WHERE rowid > ?';
/** Rows above the newest unchanged one, whose numbers may have been reused. */
const GONE_ABOVE = `
  SELECT id, ${AS_TEXT('s')}, ${MS} AS ms, s.lapsed FROM temp.seen s
  WHERE s.id > ? AND NOT EXISTS (SELECT 1 FROM _mf_entries e WHERE e.key = s.key)`;
const GONE_BETWEEN = `
  SELECT id, ${AS_TEXT('s')}, ${MS} AS ms, s.lapsed FROM temp.seen s
  LEFT JOIN _mf_entries e ON e.rowid = s.id WHERE s.id > ? AND s.id <= ? AND e.rowid IS NULL ORDER BY s.id LIMIT ?`;
const FORGET = 'DELETE FROM temp.seen WHERE id = ?';
const FORGET_GONE = `
  DELETE FROM temp.seen
  WHERE id > ? AND id <= ? AND NOT EXISTS (SELECT 1 FROM _mf_entries e WHERE e.rowid = temp.seen.id)`;
/** Their keys are among those reported as written or gone. */
const FORGET_ABOVE = 'DELETE FROM temp.seen WHERE id > ?';
const FORGET_WRITTEN = `
  DELETE FROM temp.seen WHERE id IN (
    SELECT p.id FROM _mf_entries e JOIN temp.places p ON p.key = e.key WHERE e.rowid > ?
  )`;
const TAKE_WRITTEN = `
  INSERT INTO temp.seen (id, key, blob_id, expiration, metadata)
  SELECT rowid, key, blob_id, expiration, metadata FROM _mf_entries WHERE rowid > ?`;
const COUNT_THERE = 'SELECT count(*) AS count FROM _mf_entries';
const LAPSED = `
  SELECT ${AS_TEXT('s')}, ${MS} AS ms FROM temp.seen s
  WHERE s.lapsed = 0 AND s.expiration IS NOT NULL AND s.expiration <= ? ORDER BY s.expiration LIMIT ${MOST_EVENTS}`;
const MARK_LAPSED = 'UPDATE temp.seen SET lapsed = 1 WHERE lapsed = 0 AND expiration IS NOT NULL AND expiration <= ?';
const NEXT_TO_LAPSE = `
  SELECT CAST(min(expiration) AS TEXT) AS ms FROM temp.seen WHERE lapsed = 0 AND expiration IS NOT NULL`;

type Row = Readonly<Record<string, unknown>>;

/** What happened since the last look, oldest first. */
export interface Look {
  readonly events: readonly KeyEvent[];
  /** At least this many writes left no trace, or were too many to report. */
  readonly unseen: number;
}

/** A search for rows that have gone, one part at a time. */
interface Search {
  /** The row up to which nothing is missing any more. */
  after: number;
  /** Number of rows reported so far. */
  told: number;
  /** Rows may have gone meanwhile in the part that was already searched. */
  isAgain: boolean;
}

const NOTHING: Look = { events: [], unseen: 0 };

/** One database, followed from the time when this was created, once all of it is taken; see {@link Look}. */
export class Followed {
  readonly handle: Handle;
  #version: unknown;
  #taking: 'rows' | 'places' | 'settling' | 'done';
  /** The highest number of a row that is taken as it is. */
  readonly #first: number;
  #settled = 0;
  /** Number of rows remembered; kept because counting them takes as long as reading them all. */
  #count = 0;
  /** Number of rows at the last look. */
  #there = 0;
  #search: Search | undefined;
  #hasLooked = false;
  /** Unix milliseconds. */
  #nextToLapse = Number.POSITIVE_INFINITY;

  /**
   * With `since`, in Unix milliseconds, writes since that time are reported too; without it, only writes from now on.
   */
  constructor(handle: Handle, since?: number) {
    this.handle = handle;
    handle.database.exec(BEGIN);
    // The version before the first row is taken, so that the first look finds what happens until the last one is.
    this.#version = since === undefined ? handle.version : undefined;
    const newest =
      since === undefined ? handle.prepare(NEWEST_THERE).get() : handle.prepare(NEWEST_BEFORE).get(timeDigits(since));
    this.#first = numberOf(newest?.id);
    const isAllNew = since !== undefined && this.#first === 0;
    this.#taking = isAllNew ? 'done' : 'rows';
    if (isAllNew) handle.database.exec(KEEP_PLACES);
  }

  /** Whether all existing rows are taken or reported. */
  get isTaken(): boolean {
    return this.#taking === 'done';
  }

  /** Takes some more of the rows; true once it has all. */
  take(now: number): boolean {
    switch (this.#taking) {
      case 'rows':
        if (this.#takeRows(now)) this.#taking = 'places';
        return false;
      case 'places':
        if (this.#changed(TAKE_PLACES) === ROWS_AT_ONCE) return false;
        // If nobody has written meanwhile, every key is where its row was.
        if (this.handle.version === this.#version) this.#begin();
        else this.#taking = 'settling';
        break;
      case 'settling':
        if (this.#settle()) this.#begin();
    }
    return this.isTaken;
  }

  #takeRows(now: number): boolean {
    const last = numberOf(this.handle.prepare(NEWEST_SEEN).get()?.id);
    const taken = this.#changed(TAKE_ROWS, now, last, this.#first);
    this.#count += taken;
    return taken < ROWS_AT_ONCE;
  }

  #settle(): boolean {
    const last = this.handle.prepare(LAST_OF_SOME).get(this.#settled)?.id;
    if (typeof last !== 'number') return true;
    this.#changed(SETTLE, this.#settled, last);
    this.#settled = last;
    return false;
  }

  #begin(): void {
    this.handle.database.exec(KEEP_PLACES);
    this.#taking = 'done';
    this.#lookAhead();
  }

  #changed(sql: string, ...parameters: readonly number[]): number {
    return Number(this.handle.prepare(sql).run(...parameters).changes);
  }

  /** Whether the next look continues what this one has begun. */
  get isSearching(): boolean {
    return this.#search !== undefined;
  }

  look(now: number): Look {
    const { version } = this.handle;
    const isMoved = version !== this.#version;
    if (!isMoved && now < this.#nextToLapse && !this.isSearching) return NOTHING;
    const { database } = this.handle;
    database.exec('BEGIN');
    try {
      const moved = isMoved ? this.#moved(now) : NOTHING;
      const gone = this.#goneBelow(now);
      const events = [...moved.events, ...gone.events, ...this.#lapsed(now)];
      this.#lookAhead();
      database.exec('COMMIT');
      this.#version = version;
      return { events: events.sort((a, b) => a.at - b.at), unseen: moved.unseen + gone.unseen };
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
  }

  #moved(now: number): Look {
    const { handle } = this;
    const same = numberOf(handle.prepare(NEWEST_SAME).get()?.id);
    // A row that went before it was taken is no write since then.
    const seen = Math.max(numberOf(handle.prepare(NEWEST_SEEN).get()?.id), this.#hasLooked ? 0 : this.#first);
    this.#hasLooked = true;
    const there = numberOf(handle.prepare(NEWEST_THERE).get()?.id);
    const gone = this.#gone(GONE_ABOVE, now, same);
    const written = handle.prepare(WRITTEN).all(same);
    const above = numberOf(handle.prepare(COUNT_ABOVE).get(seen)?.count);
    const tooMany = written.length < MOST_EVENTS ? 0 : numberOf(handle.prepare(COUNT_ABOVE).get(same)?.count);
    this.#count -= this.#changed(FORGET_ABOVE, same) + this.#changed(FORGET_WRITTEN, same);
    this.#count += this.#changed(TAKE_WRITTEN, same);
    this.#there = numberOf(handle.prepare(COUNT_THERE).get()?.count);
    if (this.#search) this.#search.isAgain = true;
    else if (this.#count !== this.#there) this.#search = { after: 0, told: 0, isAgain: false };
    // Numbers that were assigned and are gone again. A freed number may have been assigned twice, so there may have
    // been more writes.
    const passedOver = Math.max(0, there - seen - above);
    const unseen = passedOver + Math.max(0, tooMany - written.length);
    return { events: [...gone, ...written.reverse().map((row) => putOf(row, now))], unseen };
  }

  /** Searches some more of the rows for those that have gone without being replaced, until none is missing. */
  #goneBelow(now: number): Look {
    const search = this.#search;
    if (search === undefined) return NOTHING;
    const last = this.handle.prepare(LAST_SEARCHED).get(search.after)?.id;
    const between = [search.after, typeof last === 'number' ? last : Number.MAX_SAFE_INTEGER] as const;
    const room = MOST_EVENTS - search.told;
    const before = this.#count;
    const events = this.#gone(GONE_BETWEEN, now, ...between, room);
    const found = before - this.#count;
    search.told += found;
    const unseen = found < room ? 0 : this.#changed(FORGET_GONE, ...between);
    this.#count -= unseen;
    search.after = between[1];
    if (this.#count === this.#there) this.#search = undefined;
    else if (typeof last !== 'number') this.#searchAgain(search);
    return { events, unseen };
  }

  #searchAgain(search: Search): void {
    if (search.isAgain) this.#search = { ...search, after: 0, isAgain: false };
    else {
      // Nothing is missing, so this is the number of rows.
      this.#count = this.#there;
      this.#search = undefined;
    }
  }

  #gone(sql: string, now: number, ...parameters: readonly number[]): KeyEvent[] {
    const rows = this.handle.prepare(sql).all(...parameters);
    for (const { id } of rows) this.#count -= this.#changed(FORGET, numberOf(id));
    return rows.flatMap((row) => {
      if (row.lapsed === 1) return [];
      const expires = typeof row.ms === 'number' ? row.ms : Number.POSITIVE_INFINITY;
      const key = String(row.key);
      const before = seenOf(row);
      return expires <= now ? { what: 'expired', key, at: expires, before } : { what: 'delete', key, at: now, before };
    });
  }

  #lapsed(now: number): KeyEvent[] {
    const rows = this.handle.prepare(LAPSED).all(now);
    this.handle.prepare(MARK_LAPSED).run(now);
    return rows.map((row) => ({
      what: 'expired',
      key: String(row.key),
      at: numberOf(row.ms),
      before: seenOf(row),
    }));
  }

  #lookAhead(): void {
    const ms = this.handle.prepare(NEXT_TO_LAPSE).get()?.ms;
    this.#nextToLapse = typeof ms === 'string' ? Number(ms) : Number.POSITIVE_INFINITY;
  }
}

const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0);

function seenOf({ blob_id, expiration, metadata }: Row): SeenEntry {
  return {
    value: String(blob_id),
    ...(typeof metadata === 'string' && metadata !== 'null' && { metadata }),
    ...(typeof expiration === 'string' && { expiration: Number(expiration) }),
  };
}

function putOf(row: Row, now: number): KeyEvent {
  const { was_blob_id: blob_id, was_expiration: expiration, was_metadata: metadata } = row;
  const after = seenOf(row);
  return {
    what: 'put',
    key: String(row.key),
    at: timeOf(after.value) ?? now,
    ...(typeof blob_id === 'string' && { before: seenOf({ blob_id, expiration, metadata }) }),
    after,
  };
}
