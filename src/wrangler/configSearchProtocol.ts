import type { FolderFiles } from './findConfigs.ts';

/** What is hidden below a folder according to the setting `files.exclude`. */
export interface HiddenBelow {
  /** Absolute. */
  readonly folder: string;
  readonly globs: readonly string[];
}

/** The data with which a search thread starts. */
export interface ConfigSearchData {
  /** Absolute. */
  readonly folders: readonly string[];
  readonly hidden: readonly HiddenBelow[];
  /**
   * The folders are parts of a larger search: one that would be hidden there, or lies in a hidden folder, is not
   * walked.
   */
  readonly areParts: boolean;
  /** Folders in which an earlier thread got stuck, which are not entered. */
  readonly endless: readonly string[];
  /** See {@link Visiting}. */
  readonly visiting: SharedArrayBuffer;
}

/** Messages from the thread, in the order of the walk. */
export type ConfigSearchReply =
  | { readonly folder: string; readonly files: FolderFiles }
  | { readonly unreadable: string; readonly code: string | undefined; readonly message: string }
  /** A glob that cannot be parsed. */
  | { readonly unusable: string; readonly message: string }
  | { readonly isDone: true };

const PATH_BYTES = 16_384;
const HEAD_BYTES = 2 * Int32Array.BYTES_PER_ELEMENT;
const COUNT = 0;
const LENGTH = 1;

/** The folder that the thread is in. The thread sets it before it enters, because it may never return. */
export class Visiting {
  readonly buffer: SharedArrayBuffer;
  readonly #head: Int32Array;
  readonly #path: Uint8Array;

  constructor(buffer = new SharedArrayBuffer(HEAD_BYTES + PATH_BYTES)) {
    this.buffer = buffer;
    this.#head = new Int32Array(buffer, 0, 2);
    this.#path = new Uint8Array(buffer, HEAD_BYTES);
  }

  enter(folder: string): void {
    // A `TextEncoder` cannot write to shared memory.
    const bytes = Buffer.from(folder).subarray(0, PATH_BYTES);
    this.#path.set(bytes);
    Atomics.store(this.#head, LENGTH, bytes.length);
    Atomics.add(this.#head, COUNT, 1);
  }

  /** Increases with each folder. */
  get count(): number {
    return Atomics.load(this.#head, COUNT);
  }

  /** The current folder, once {@link count} has not increased for a while. */
  get folder(): string {
    return Buffer.from(this.#path.slice(0, Atomics.load(this.#head, LENGTH))).toString();
  }
}
