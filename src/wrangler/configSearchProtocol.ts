import type { FolderFiles } from './findConfigs.ts';

/** What is hidden below a folder, as the setting `files.exclude` names it. */
export interface HiddenBelow {
  /** Absolute. */
  readonly folder: string;
  readonly globs: readonly string[];
}

/** What the thread of a search is started with. */
export interface ConfigSearchData {
  /** Absolute. */
  readonly folders: readonly string[];
  readonly hidden: readonly HiddenBelow[];
  /** The folders are parts of what is searched otherwise: one that is hidden there, or lies in such, is not walked. */
  readonly areParts: boolean;
  /** Folders in which an earlier thread got stuck: they are not entered. */
  readonly endless: readonly string[];
  /** See {@link Visiting}. */
  readonly visiting: SharedArrayBuffer;
}

/** What it tells, in the order in which it comes to it. */
export type ConfigSearchReply =
  | { readonly folder: string; readonly files: FolderFiles }
  | { readonly unreadable: string; readonly code: string | undefined; readonly message: string }
  /** A glob. */
  | { readonly unusable: string; readonly message: string }
  | { readonly isDone: true };

const PATH_BYTES = 16_384;
const HEAD_BYTES = 2 * Int32Array.BYTES_PER_ELEMENT;
const COUNT = 0;
const LENGTH = 1;

/** Which folder the thread is in: it says so before it enters, because it may not come out again. */
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
    // Shared memory cannot be written to by an encoder.
    const bytes = Buffer.from(folder).subarray(0, PATH_BYTES);
    this.#path.set(bytes);
    Atomics.store(this.#head, LENGTH, bytes.length);
    Atomics.add(this.#head, COUNT, 1);
  }

  /** Grows with each folder. */
  get count(): number {
    return Atomics.load(this.#head, COUNT);
  }

  /** The folder, when the {@link count} has not grown for a while. */
  get folder(): string {
    return Buffer.from(this.#path.slice(0, Atomics.load(this.#head, LENGTH))).toString();
  }
}
