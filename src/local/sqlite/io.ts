import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { probe } from './probe.ts';
import { type Database, openDatabase } from './sqlite.ts';

/** Every file and database operation of a write, so that a test can make each of them fail. */
export interface WriteIo {
  probe(lock: string): 'live' | 'free';
  exists(path: string): boolean;
  makeFolder(path: string): void;
  /** Creates a new file and never opens an existing one; returns its descriptor. */
  create(path: string): number;
  /** Writes some of the bytes and returns their number. */
  write(descriptor: number, bytes: Uint8Array): number;
  sync(descriptor: number): void;
  close(descriptor: number): void;
  unlink(path: string): void;
  openDatabase(path: string): Database;
}

export const diskIo: WriteIo = {
  probe,
  exists: existsSync,
  makeFolder: (path) => void mkdirSync(path, { recursive: true }),
  create: (path) => openSync(path, 'wx', 0o644),
  write: (descriptor, bytes) => writeSync(descriptor, bytes),
  sync: fsyncSync,
  close: closeSync,
  unlink: unlinkSync,
  openDatabase: (path) => openDatabase(path, { readOnly: false }),
};
