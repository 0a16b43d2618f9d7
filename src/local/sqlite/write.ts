import { dirname } from 'node:path';
import { BlobFiles } from './blobFiles.ts';
import { isBlobId } from './blobs.ts';
import { FaultError, faultOf } from './fault.ts';
import { hasMoved, haveMoved, movedFault } from './hasMoved.ts';
import type { WriteIo } from './io.ts';
import type { BatchResult, Expected, ItemFault, NamespaceFiles, Operations, Relied, WriteBatch } from './protocol.ts';
import { type Writer, Writers } from './writers.ts';

/**
 * A transaction ends after this long, in case a dev server starts meanwhile: its Worker first used a namespace 50 ms or
 * more after the server had taken the lock (wrangler 4.156).
 */
const MAX_TRANSACTION_MS = 20;
/** A probe older than this is repeated before a transaction. */
const PROBE_GOOD_MS = 10;
/** This long after a probe, a Worker may be reading again, so replaced values are then kept for a moment. */
const CALM_MS = 40;

export interface NamespaceWriterOptions {
  /**
   * Called before a database is closed, to keep it open elsewhere: the last connection to close it locks it for a
   * moment.
   */
  readonly keepOpen?: (database: string) => void;
  /** For how long after a probe nobody can be reading, in milliseconds. */
  readonly calmMs?: number;
}

/** Checks before a transaction whether a dev server has started. */
interface Guard {
  /** Throws if one has. */
  check(): void;
  /** Milliseconds since it was last known that none runs. */
  age(): number;
}

interface NewRow {
  readonly index: number;
  readonly key: string;
  readonly blobId: string;
  readonly expirationMs: number | null;
  readonly metadata: string | null;
  readonly expected: Expected;
}

interface Deletion {
  readonly index: number;
  readonly key: string;
  readonly expected: Expected;
}

/** A batch in progress. */
interface Run<T> {
  readonly files: NamespaceFiles;
  readonly durable: boolean;
  readonly relied: readonly Relied[];
  readonly guard: Guard;
  /** The items to commit, in order. */
  readonly items: T[];
  /** The items left out, by position. */
  readonly failed: ItemFault[];
  /** Positions whose commit reported an error but may have been written. */
  readonly unsure: Set<number>;
}

/**
 * Writes to the files of a namespace in the order that real Miniflare can read and continue: first the value's file,
 * then the row in a short transaction, then the old value's file is removed. Whatever fails, the old entry stays whole
 * and no file is left that no row names. A key that is not as expected is left alone: the comparison is part of the
 * transaction, so nothing can come between.
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

  put({ files, batch, relied, durable }: Operations['put']['args']): BatchResult {
    const run = this.#begun<NewRow>(files, durable, relied);
    return this.#finish(run, batch.keys.length, () => {
      run.guard.check();
      if (files.unwritable !== undefined) {
        throw new FaultError({ reason: files.unwritable, path: files.database, detail: 'no folder of values' });
      }
      const writable = this.#writable(run, batch.keys, batch.expected);
      if (writable.size > 0) this.#createValues(run, batch, writable);
      return (from) => this.#commitRows(run, from);
    });
  }

  delete({ files, keys, expected, relied, durable }: Operations['delete']['args']): BatchResult {
    const run = this.#begun<Deletion>(files, durable, relied);
    return this.#finish(run, keys.length, () => {
      const writable = this.#writable(run, keys, expected);
      if (this.#io.exists(files.database)) {
        for (const [index, key] of keys.entries()) {
          if (writable.has(index)) run.items.push({ index, key, expected: expected?.[index] });
        }
      }
      return (from) => {
        run.guard.check();
        return this.#commitDeletes(run, from);
      };
    });
  }

  /** The database is removed first: values that no row names are harmless, but rows without values are not. */
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

  #begun<T>(files: NamespaceFiles, durable: boolean, relied: readonly Relied[] = []): Run<T> {
    return { files, durable, relied, guard: this.#guard(files.lock), items: [], failed: [], unsure: new Set() };
  }

  /** Commits the prepared items of a batch of `count`, and accounts for each of its positions. */
  #finish<T extends { readonly index: number }>(
    run: Run<T>,
    count: number,
    prepare: () => (from: number) => number,
  ): BatchResult {
    const { files, durable, items, failed, unsure } = run;
    let next = 0;
    try {
      this.#blobs.retryLeftovers();
      const commit = prepare();
      while (next < items.length) next = commit(next);
      this.#writers.release(files.database, durable);
      return { failed };
    } catch (error) {
      const fault = faultOf(error, files.database);
      this.#writers.drop(files.database);
      const open = new Set(new Array(count).keys());
      for (const { index } of [...items.slice(0, next), ...failed]) open.delete(index);
      for (const index of open)
        failed.push({ index, fault: unsure.has(index) ? { ...fault, isUncertain: true } : fault });
      return { failed, stopped: fault };
    }
  }

  /**
   * The positions to continue with. If the database is gone, it is not created for an item that relies on an existing
   * entry.
   */
  #writable(run: Run<unknown>, keys: readonly string[], expected: readonly Expected[] | undefined): Set<number> {
    const { files, relied, failed } = run;
    const writable = new Set(keys.keys());
    if (expected === undefined || this.#io.exists(files.database)) return writable;
    const isOff = relied.some((other) => typeof other.expected === 'string');
    for (const [index, version] of expected.entries()) {
      if (!isOff && typeof version !== 'string') continue;
      failed.push({ index, fault: movedFault(files) });
      writable.delete(index);
    }
    return writable;
  }

  #createValues({ files, durable, items, failed }: Run<NewRow>, batch: WriteBatch, writable: Set<number>): void {
    this.#makeFolder(dirname(files.database));
    this.#makeFolder(files.blobs);
    let end = 0;
    for (const [index, key] of batch.keys.entries()) {
      const start = end;
      end += batch.lengths[index] ?? 0;
      if (!writable.has(index)) continue;
      const made = this.#blobs.create(files.blobs, batch.bytes.subarray(start, end), durable);
      if ('fault' in made) {
        failed.push({ index, fault: made.fault });
        continue;
      }
      const seconds = batch.expirations[index] ?? null;
      items.push({
        index,
        key,
        blobId: made.blobId,
        expirationMs: seconds === null ? null : seconds * 1000,
        metadata: batch.metadata[index] ?? null,
        expected: batch.expected?.[index],
      });
    }
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

  /** Runs one transaction from row `from` on; returns the position after the last row that it processed. */
  #commitRows(run: Run<NewRow>, from: number): number {
    const { files, durable, relied, guard, items: rows, failed, unsure } = run;
    const old: unknown[] = [];
    const moved: NewRow[] = [];
    let writer: Writer | undefined;
    let to = from;
    try {
      guard.check();
      writer = this.#writers.get(files.database, durable);
      const { database, select, insert } = writer;
      database.exec('BEGIN IMMEDIATE');
      const isOff = haveMoved(writer, files, relied);
      const start = performance.now();
      while (to < rows.length && (to === from || performance.now() - start < MAX_TRANSACTION_MS)) {
        const row = rows[to];
        to++;
        if (row === undefined) continue;
        if (isOff || hasMoved(writer, { ...row, files })) {
          moved.push(row);
          continue;
        }
        old.push(select.get(row.key)?.blob_id);
        insert.run(row.key, row.blobId, row.expirationMs, row.metadata);
      }
      database.exec('COMMIT');
    } catch (error) {
      if (writer !== undefined) rollBack(writer);
      for (const row of rows.slice(from)) {
        if (writer === undefined || isCertainlyUnused(writer, row)) this.#blobs.remove(files.blobs, row.blobId);
        else unsure.add(row.index);
      }
      throw error;
    }
    for (const { index, blobId } of moved) {
      this.#blobs.remove(files.blobs, blobId);
      failed.push({ index, fault: movedFault(files) });
    }
    this.#removeAll(files, old, guard.age() > this.#calmMs);
    return to;
  }

  #commitDeletes(run: Run<Deletion>, from: number): number {
    const { files, durable, relied, guard, items, failed, unsure } = run;
    const old: unknown[] = [];
    const moved: Deletion[] = [];
    const removed: Deletion[] = [];
    let to = from;
    const writer = this.#writers.get(files.database, durable);
    try {
      writer.database.exec('BEGIN IMMEDIATE');
      const isOff = haveMoved(writer, files, relied);
      const start = performance.now();
      while (to < items.length && (to === from || performance.now() - start < MAX_TRANSACTION_MS)) {
        const item = items[to];
        to++;
        if (item === undefined) continue;
        if (isOff || hasMoved(writer, { ...item, files })) {
          moved.push(item);
          continue;
        }
        const rows = writer.remove.all(item.key);
        if (rows.length > 0) removed.push(item);
        for (const row of rows) old.push(row.blob_id);
      }
      writer.database.exec('COMMIT');
    } catch (error) {
      rollBack(writer);
      for (const item of removed) if (!isCertainlyThere(writer, item)) unsure.add(item.index);
      throw error;
    }
    for (const { index } of moved) failed.push({ index, fault: movedFault(files) });
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
    // Some errors roll back by themselves, so there is nothing left to roll back.
  }
}

/**
 * Whether the file may be removed, because its row certainly does not name it: a commit that reports an error may have
 * reached the disk.
 */
function isCertainlyUnused(writer: Writer, row: NewRow): boolean {
  try {
    return writer.select.get(row.key)?.blob_id !== row.blobId;
  } catch {
    return false;
  }
}

/** A commit that reports an error may have reached the disk, and taken the row with it. */
function isCertainlyThere(writer: Writer, { key }: Deletion): boolean {
  try {
    return writer.select.get(key) !== undefined;
  } catch {
    return false;
  }
}
