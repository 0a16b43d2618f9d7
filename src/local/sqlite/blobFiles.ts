import { join } from 'node:path';
import { isFileMissing } from '../../core/base/errno.ts';
import { newBlobId } from './blobs.ts';
import { faultOf } from './fault.ts';
import type { WriteIo } from './io.ts';
import type { Fault } from './protocol.ts';

/** After this long, a Worker that looked up a value just before it was replaced has read it. */
const STILL_READ_MS = 2500;

/** Creates and removes the files of values. A file that could not be removed is tried again with the next write. */
export class BlobFiles {
  readonly #io: WriteIo;
  #leftovers: string[] = [];

  constructor(io: WriteIo) {
    this.#io = io;
  }

  /** Creates a new file with these bytes, completely or not at all; returns its name. */
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

  /** Removes a file that lies beside the values, with the same retries. */
  removeFile(path: string): void {
    this.#unlink(path);
  }

  /**
   * Removes values once nobody reads them any more. If the thread ends before that, they stay, as after a crash of
   * Miniflare.
   */
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

  /** Always closes the descriptor. */
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
