import { join } from 'node:path';
import { isFileMissing } from '../../core/base/errno.ts';
import { newBlobId } from './blobs.ts';
import { faultOf } from './fault.ts';
import type { WriteIo } from './io.ts';
import type { Fault } from './protocol.ts';

/** A Worker that looked up a value just before it was replaced has read it after this long. */
const STILL_READ_MS = 2500;

/** Creates and removes the files of values. What could not be removed is tried again with the next write. */
export class BlobFiles {
  readonly #io: WriteIo;
  #leftovers: string[] = [];

  constructor(io: WriteIo) {
    this.#io = io;
  }

  /** A new file with these bytes, whole or not there at all; gives its name. */
  create(folder: string, bytes: Uint8Array, durable: boolean): { blobId: string } | { fault: Fault } {
    const blobId = newBlobId();
    const path = join(folder, blobId);
    let descriptor: number;
    try {
      descriptor = this.#io.create(path);
    } catch (error) {
      return { fault: faultOf(error, folder) };
    }
    const fault = this.#fill(descriptor, folder, bytes, durable);
    if (fault === undefined) return { blobId };
    this.remove(folder, blobId);
    return { fault };
  }

  remove(folder: string, blobId: string): void {
    this.#unlink(join(folder, blobId));
  }

  /** Removes a file that lies beside the values, as patiently as a value. */
  removeFile(path: string): void {
    this.#unlink(path);
  }

  /** When nobody reads them any more. If the thread ends before that they stay, as after a crash of Miniflare. */
  removeLater(folder: string, blobIds: readonly string[]): void {
    if (blobIds.length === 0) return;
    setTimeout(() => {
      for (const blobId of blobIds) this.remove(folder, blobId);
    }, STILL_READ_MS).unref();
  }

  retryLeftovers(): void {
    const paths = this.#leftovers;
    this.#leftovers = [];
    for (const path of paths) this.#unlink(path);
  }

  /** The descriptor is closed in any case. */
  #fill(descriptor: number, folder: string, bytes: Uint8Array, durable: boolean): Fault | undefined {
    let fault: Fault | undefined;
    try {
      for (let offset = 0; offset < bytes.length; ) {
        offset += this.#io.write(descriptor, offset === 0 ? bytes : bytes.subarray(offset));
      }
      if (durable) this.#io.sync(descriptor);
    } catch (error) {
      fault = faultOf(error, folder);
    }
    try {
      this.#io.close(descriptor);
    } catch (error) {
      fault ??= faultOf(error, folder);
    }
    return fault;
  }

  #unlink(path: string): void {
    try {
      this.#io.unlink(path);
    } catch (error) {
      if (!isFileMissing(error)) this.#leftovers.push(path);
    }
  }
}
