import type { KeyEvent, SeenEntry } from '../../core/store/activity.ts';
import { timeOf } from './blobs.ts';
import type { Handle } from './handles.ts';

/** Of more changes at once the newest are told, and the others counted. */
const MOST_EVENTS = 10_000;

/*
 * The rows as they were at the last look, beside the database in its handle's own temporary one: however many there are,
 * they take no memory, and SQLite itself tells what is another. Every write gives a row a number above all that are there,
 * see `writtenSince`.
 */
const BEGIN = `
  CREATE TEMP TABLE seen (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    blob_id TEXT NOT NULL,
    expiration INTEGER,
    metadata TEXT,
    -- Told as expired; the row stays in the database until somebody lists.
    lapsed INTEGER NOT NULL DEFAULT 0
  );
  CREATE INDEX temp.seen_expiration ON seen(expiration) WHERE expiration IS NOT NULL AND lapsed = 0;`;
const TAKE_ALL = `
  INSERT INTO temp.seen (id, key, blob_id, expiration, metadata, lapsed)
  SELECT rowid, key, blob_id, expiration, metadata, expiration IS NOT NULL AND expiration <= ? FROM _mf_entries`;
/** The newest row that is still as it was: what is above it is new, or has gone. */
const NEWEST_SAME = `
  SELECT s.id FROM temp.seen s JOIN _mf_entries e ON e.rowid = s.id AND e.blob_id = s.blob_id
  ORDER BY s.id DESC LIMIT 1`;
const NEWEST_SEEN = 'SELECT max(id) AS id FROM temp.seen';
const NEWEST_THERE = 'SELECT max(rowid) AS id FROM _mf_entries';
const AS_TEXT = (of: string): string =>
  `${of}.key, ${of}.blob_id, CAST(${of}.expiration / 1000 AS TEXT) AS expiration, ${of}.metadata`;
/** A number that a double cannot hold would make the whole statement fail. */
const MS = `min(s.expiration, ${Number.MAX_SAFE_INTEGER})`;
const WRITTEN = `
  SELECT ${AS_TEXT('e')}, s.blob_id AS was_blob_id, CAST(s.expiration / 1000 AS TEXT) AS was_expiration,
    s.metadata AS was_metadata
  FROM _mf_entries e LEFT JOIN temp.seen s ON s.key = e.key AND s.lapsed = 0
  WHERE e.rowid > ? ORDER BY e.rowid DESC LIMIT ${MOST_EVENTS}`;
const COUNT_ABOVE = 'SELECT count(*) AS count FROM _mf_entries WHERE rowid > ?';
/** Above the newest that is the same, where a number may have been given anew. */
const GONE_ABOVE = `
  SELECT id, ${AS_TEXT('s')}, ${MS} AS ms, s.lapsed FROM temp.seen s
  WHERE s.id > ? AND NOT EXISTS (SELECT 1 FROM _mf_entries e WHERE e.key = s.key)`;
const GONE_ANYWHERE = `
  SELECT id, ${AS_TEXT('s')}, ${MS} AS ms, s.lapsed FROM temp.seen s
  LEFT JOIN _mf_entries e ON e.rowid = s.id WHERE e.rowid IS NULL ORDER BY s.id LIMIT ${MOST_EVENTS}`;
const FORGET = 'DELETE FROM temp.seen WHERE id = ?';
const FORGET_GONE = 'DELETE FROM temp.seen WHERE id NOT IN (SELECT rowid FROM _mf_entries)';
const TAKE_WRITTEN = `
  INSERT OR REPLACE INTO temp.seen (id, key, blob_id, expiration, metadata)
  SELECT rowid, key, blob_id, expiration, metadata FROM _mf_entries WHERE rowid > ?`;
const COUNT_SEEN = 'SELECT count(*) AS count FROM temp.seen';
const COUNT_THERE = 'SELECT count(*) AS count FROM _mf_entries';
const LAPSED = `
  SELECT ${AS_TEXT('s')}, ${MS} AS ms FROM temp.seen s
  WHERE s.lapsed = 0 AND s.expiration IS NOT NULL AND s.expiration <= ? ORDER BY s.expiration LIMIT ${MOST_EVENTS}`;
const MARK_LAPSED = 'UPDATE temp.seen SET lapsed = 1 WHERE lapsed = 0 AND expiration IS NOT NULL AND expiration <= ?';
const NEXT_TO_LAPSE = `
  SELECT CAST(min(expiration) AS TEXT) AS ms FROM temp.seen WHERE lapsed = 0 AND expiration IS NOT NULL`;

type Row = Readonly<Record<string, unknown>>;

/** What happened since the last look, the oldest first. */
export interface Look {
  readonly events: readonly KeyEvent[];
  /** Writes, at least, of which nothing is left to be seen, or that were too many. */
  readonly unseen: number;
}

/** One database, followed from when this was made; see {@link Look}. */
export class Followed {
  readonly handle: Handle;
  #version: unknown;
  /** Unix milliseconds. */
  #nextToLapse = Number.POSITIVE_INFINITY;

  /** With `isNew` everything in it counts as written since. */
  constructor(handle: Handle, now: number, isNew: boolean) {
    this.handle = handle;
    handle.database.exec(BEGIN);
    this.#version = isNew ? undefined : handle.version;
    if (isNew) return;
    handle.prepare(TAKE_ALL).run(now);
    this.#lookAhead();
  }

  look(now: number): Look {
    const { version } = this.handle;
    const isMoved = version !== this.#version;
    if (!isMoved && now < this.#nextToLapse) return { events: [], unseen: 0 };
    const { database } = this.handle;
    database.exec('BEGIN');
    try {
      const moved = isMoved ? this.#moved(now) : { events: [], unseen: 0 };
      const events = [...moved.events, ...this.#lapsed(now)];
      this.#lookAhead();
      database.exec('COMMIT');
      this.#version = version;
      return { events: events.sort((a, b) => a.at - b.at), unseen: moved.unseen };
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
  }

  #moved(now: number): Look {
    const { handle } = this;
    const same = numberOf(handle.prepare(NEWEST_SAME).get()?.id);
    const seen = numberOf(handle.prepare(NEWEST_SEEN).get()?.id);
    const there = numberOf(handle.prepare(NEWEST_THERE).get()?.id);
    const gone = this.#gone(GONE_ABOVE, now, same);
    const written = handle.prepare(WRITTEN).all(same);
    const above = numberOf(handle.prepare(COUNT_ABOVE).get(seen)?.count);
    const tooMany = written.length < MOST_EVENTS ? 0 : numberOf(handle.prepare(COUNT_ABOVE).get(same)?.count);
    handle.prepare(TAKE_WRITTEN).run(same);
    const goneBelow = this.#goneBelow(now);
    // Numbers that were given and are not there any more: a number that was free again was given twice, so there may be more.
    const passedOver = Math.max(0, there - seen - above);
    const unseen = passedOver + Math.max(0, tooMany - written.length) + goneBelow.unseen;
    return { events: [...gone, ...goneBelow.events, ...written.reverse().map((row) => putOf(row, now))], unseen };
  }

  #goneBelow(now: number): Look {
    const { handle } = this;
    const missing = (): number =>
      numberOf(handle.prepare(COUNT_SEEN).get()?.count) - numberOf(handle.prepare(COUNT_THERE).get()?.count);
    if (missing() === 0) return { events: [], unseen: 0 };
    const events = this.#gone(GONE_ANYWHERE, now);
    const unseen = missing();
    if (unseen > 0) handle.prepare(FORGET_GONE).run();
    return { events, unseen };
  }

  #gone(sql: string, now: number, ...parameters: readonly number[]): KeyEvent[] {
    const rows = this.handle.prepare(sql).all(...parameters);
    const forget = this.handle.prepare(FORGET);
    for (const { id } of rows) forget.run(numberOf(id));
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
