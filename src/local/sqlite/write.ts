import { dirname } from 'node:path';
import { BlobFiles } from './blobFiles.ts';
import { isBlobId } from './blobs.ts';
import { FaultError, faultOf } from './fault.ts';
import type { WriteIo } from './io.ts';
import type { BatchResult, Fault, NamespaceFiles, Operations } from './protocol.ts';
import type { Writer } from './writers.ts';
import { Writers } from './writers.ts';

/**
 * A transaction ends after this long, for the sake of a dev server that starts meanwhile: its Worker came to a namespace
 * 50 ms and more after the server had taken the lock (wrangler 4.156).
 */
const MAX_TRANSACTION_MS = 20;
/** A probe older than this is repeated before a transaction. */
const PROBE_GOOD_MS = 10;
/** So long after a probe a Worker may be reading again: values that were replaced are then kept for a moment. */
const CALM_MS = 40;

export interface NamespaceWriterOptions {
  /** Called before a database is closed, to keep it open elsewhere: the last one to close it locks it for a moment. */
  readonly keepOpen?: (database: string) => void;
  /** How long after a probe nobody can be reading, in milliseconds. */
  readonly calmMs?: number;
}

/** Asks before a transaction whether a dev server has come. */
interface Guard {
  /** Throws when one has. */
  check(): void;
  /** Milliseconds since it was known that there is none. */
  age(): number;
}

interface NewRow {
  readonly index: number;
  readonly key: string;
  readonly blobId: string;
  readonly expirationMs: number | null;
  readonly metadata: string | null;
}

/**
 * Writes to the files of a namespace, by the protocol that real Miniflare reads and continues: the value's file first,
 * then the row in a short transaction, then the old value's file goes. Whatever fails, the old entry stays whole and no
 * file is left that no row names.
 */
export class NamespaceWriter {
  readonly #io: WriteIo;
  readonly #writers: Writers;
  readonly #blobs: BlobFiles;
  readonly #calmMs: number;

  constructor(io: WriteIo, { keepOpen = () => {}, calmMs = CALM_MS }: NamespaceWriterOptions = {}) {
    this.#io = io;
    this.#writers = new Writers(io, keepOpen);
    this.#blobs = new BlobFiles(io);
    this.#calmMs = calmMs;
  }

  put({ files, batch, durable }: Operations['put']['args']): BatchResult {
    const failed: { index: number; fault: Fault }[] = [];
    const rows: NewRow[] = [];
    let next = 0;
    try {
      this.#blobs.retryLeftovers();
      const guard = this.#guard(files.lock);
      guard.check();
      if (files.unwritable !== undefined) {
        throw new FaultError({ reason: files.unwritable, path: files.database, detail: 'no folder of values' });
      }
      this.#makeFolder(dirname(files.database));
      this.#makeFolder(files.blobs);
      let offset = 0;
      batch.keys.forEach((key, index) => {
        const length = batch.lengths[index] ?? 0;
        const made = this.#blobs.create(files.blobs, batch.bytes.subarray(offset, offset + length), durable);
        offset += length;
        if ('fault' in made) {
          failed.push({ index, fault: made.fault });
          return;
        }
        const seconds = batch.expirations[index] ?? null;
        const expirationMs = seconds === null ? null : seconds * 1000;
        rows.push({ index, key, blobId: made.blobId, expirationMs, metadata: batch.metadata[index] ?? null });
      });
      while (next < rows.length) next = this.#commitRows(files, rows, next, durable, guard);
      this.#writers.release(files.database, durable);
      return { failed };
    } catch (error) {
      const fault = faultOf(error, files.database);
      this.#writers.drop(files.database);
      const open = new Set(batch.keys.keys());
      for (const done of [...rows.slice(0, next), ...failed]) open.delete(done.index);
      for (const index of open) failed.push({ index, fault });
      return { failed, stopped: fault };
    }
  }

  delete({ files, keys, durable }: Operations['delete']['args']): BatchResult {
    let next = 0;
    try {
      this.#blobs.retryLeftovers();
      if (!this.#io.exists(files.database)) return { failed: [] };
      const guard = this.#guard(files.lock);
      while (next < keys.length) {
        guard.check();
        next = this.#commitDeletes(files, keys, next, durable, guard);
      }
      this.#writers.release(files.database, durable);
      return { failed: [] };
    } catch (error) {
      const fault = faultOf(error, files.database);
      this.#writers.drop(files.database);
      return { failed: keys.slice(next).map((_, i) => ({ index: next + i, fault })), stopped: fault };
    }
  }

  /** The database goes first: values that no row names are harmless, rows without values are not. */
  removeNamespace({ files }: Operations['removeNamespace']['args']): undefined {
    if (!this.#io.exists(files.database)) return;
    const guard = this.#guard(files.lock);
    guard.check();
    const { database } = this.#writers.get(files.database, true);
    const blobIds = database.prepare('SELECT blob_id FROM _mf_entries').all();
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    this.#writers.close(files.database);
    asFault(files.database, () => this.#io.unlink(files.database));
    for (const companion of ['-wal', '-shm']) this.#blobs.removeFile(`${files.database}${companion}`);
    this.#removeAll(
      files,
      blobIds.map((row) => row.blob_id),
      guard.age() > this.#calmMs,
    );
  }

  #guard(lock: string): Guard {
    let last = Number.NEGATIVE_INFINITY;
    const age = (): number => performance.now() - last;
    const check = (): void => {
      if (age() < PROBE_GOOD_MS) return;
      const answer = asFault(lock, () => this.#io.probe(lock));
      if (answer === 'live') throw new FaultError({ reason: 'devServer', path: lock, detail: 'the lock is held' });
      last = performance.now();
    };
    return { check, age };
  }

  #makeFolder(path: string): void {
    asFault(path, () => this.#io.makeFolder(path));
  }

  /** One transaction from row `from` on; gives the position after the last row that it committed. */
  #commitRows(files: NamespaceFiles, rows: readonly NewRow[], from: number, durable: boolean, guard: Guard): number {
    const old: unknown[] = [];
    let writer: Writer | undefined;
    let to = from;
    try {
      guard.check();
      writer = this.#writers.get(files.database, durable);
      const { database, select, insert } = writer;
      database.exec('BEGIN IMMEDIATE');
      const start = performance.now();
      while (to < rows.length && (to === from || performance.now() - start < MAX_TRANSACTION_MS)) {
        const row = rows[to];
        to++;
        if (row === undefined) continue;
        old.push(select.get(row.key)?.blob_id);
        insert.run(row.key, row.blobId, row.expirationMs, row.metadata);
      }
      database.exec('COMMIT');
    } catch (error) {
      if (writer !== undefined) rollBack(writer);
      for (const row of rows.slice(from)) {
        if (writer === undefined || isCertainlyUnused(writer, row)) this.#blobs.remove(files.blobs, row.blobId);
      }
      throw error;
    }
    this.#removeAll(files, old, guard.age() > this.#calmMs);
    return to;
  }

  #commitDeletes(files: NamespaceFiles, keys: readonly string[], from: number, durable: boolean, guard: Guard): number {
    const old: unknown[] = [];
    let to = from;
    const writer = this.#writers.get(files.database, durable);
    try {
      writer.database.exec('BEGIN IMMEDIATE');
      const start = performance.now();
      for (; to < keys.length && (to === from || performance.now() - start < MAX_TRANSACTION_MS); to++) {
        for (const row of writer.remove.all(keys[to] ?? '')) old.push(row.blob_id);
      }
      writer.database.exec('COMMIT');
    } catch (error) {
      rollBack(writer);
      throw error;
    }
    this.#removeAll(files, old, guard.age() > this.#calmMs);
    return to;
  }

  #removeAll(files: NamespaceFiles, blobIds: readonly unknown[], isLater: boolean): void {
    if (files.blobs === '') return;
    const names = blobIds.filter(isBlobId);
    if (isLater) this.#blobs.removeLater(files.blobs, names);
    else for (const name of names) this.#blobs.remove(files.blobs, name);
  }
}

function asFault<T>(path: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw new FaultError(faultOf(error, path));
  }
}

function rollBack(writer: Writer): void {
  try {
    writer.database.exec('ROLLBACK');
  } catch {
    // Some errors roll back by themselves, and then there is nothing to end.
  }
}

/** Only a row known not to name the file lets it go: a commit that reports an error may have reached the disk. */
function isCertainlyUnused(writer: Writer, row: NewRow): boolean {
  try {
    return writer.select.get(row.key)?.blob_id !== row.blobId;
  } catch {
    return false;
  }
}
