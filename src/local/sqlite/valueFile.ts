import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../../core/base/errno.ts';
import { isBlobId } from './blobs.ts';
import { FaultError, faultOf } from './fault.ts';
import type { Fault, NamespaceFiles } from './protocol.ts';

/** KV's limit of 25 MiB and a little more. A larger file is no value, and must not be read into memory. */
const MOST_BYTES = 26_214_400 + 1024;
/** Do not wait, as for the other end of a pipe, and do not follow links. Windows has neither flag. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);
const HAS_NO_FOLLOW = constants.O_NOFOLLOW !== undefined;

/** Returns the bytes of a file in a buffer of their own, or `undefined` if it does not exist. */
export type ReadValue = (path: string) => Uint8Array<ArrayBuffer> | undefined;

/**
 * The path of a row's value. Throws a {@link FaultError} for a name that leads out of the folder of values: the
 * database may come from anybody.
 */
export function valuePath({ database, blobs }: NamespaceFiles, blobId: unknown): string {
  if (!isBlobId(blobId)) throw new FaultError(fault('badRow', database, 'a blob_id is not a file name'));
  if (blobs === '') throw new FaultError(fault('unknownBlobs', database, 'no folder of values'));
  return join(blobs, blobId);
}

/** Reads an ordinary file of a size that a value may have; throws a {@link FaultError} for anything else. */
export const readValueFile: ReadValue = (path) => {
  let descriptor: number | undefined;
  try {
    if (!HAS_NO_FOLLOW && lstatSync(path).isSymbolicLink()) throw notAFile(path);
    descriptor = openSync(path, FLAGS);
    const file = fstatSync(descriptor);
    if (!file.isFile()) throw notAFile(path);
    if (file.size > MOST_BYTES) throw new FaultError(fault('oversized', path, `${file.size} bytes`));
    return bytesOf(descriptor, file.size);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT') return undefined;
    // Given for a link that is not followed, and for a socket.
    if (errno === 'ELOOP' || errno === 'ENXIO') throw notAFile(path);
    throw new FaultError(faultOf(error, path));
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
};

/** Whether the file of a row certainly does not exist. Anything in its place counts as existing, even if unreadable. */
export function isValueMissing(files: NamespaceFiles, blobId: unknown): boolean {
  if (!isBlobId(blobId) || files.blobs === '') return false;
  try {
    return lstatSync(valuePath(files, blobId), { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}

function bytesOf(descriptor: number, size: number): Uint8Array<ArrayBuffer> {
  // Not from the pool of small buffers, which must not be transferred to another thread.
  const bytes = Buffer.allocUnsafeSlow(size);
  let length = 0;
  while (length < size) {
    const read = readSync(descriptor, bytes, length, size - length, length);
    if (read === 0) break;
    length += read;
  }
  return length === size ? bytes : new Uint8Array(bytes.subarray(0, length));
}

const fault = (reason: Fault['reason'], path: string, detail: string): Fault => ({ reason, path, detail });
const notAFile = (path: string): FaultError => new FaultError(fault('notAFile', path, 'not an ordinary file'));
