import type { FileHandle } from 'node:fs/promises';
import type { ByteSource } from '../../base/byteLines.ts';
import { NotRegular, openFollowing, openRegular } from '../../base/regularFile.ts';
import { changedMeanwhile, fileError, notOfFormat, notOrdinary } from './fileErrors.ts';

/**
 * An open file that yields the bytes it had when it was opened, or throws because it was changed meanwhile. Must be
 * disposed.
 */
export class InputFile implements ByteSource, AsyncDisposable {
  readonly path: string;
  readonly size: number;
  /** Changes whenever the content changes. */
  readonly version: string;
  readonly #file: FileHandle;

  private constructor(path: string, file: FileHandle, { size, mtimeMs }: FileState) {
    this.path = path;
    this.size = size;
    this.version = versionOf({ size, mtimeMs });
    this.#file = file;
  }

  /**
   * Opens a file that the user has chosen; it may be a link. Throws `conflict` if its version is not the given
   * `version`.
   */
  static async open(path: string, version?: string): Promise<InputFile> {
    const file = await InputFile.#named(path, openFollowing(path));
    if (version === undefined || version === file.version) return file;
    await file[Symbol.asyncDispose]();
    throw changedMeanwhile(path);
  }

  /** Opens a file that another file names; it must not be a link. */
  static openListed = (path: string): Promise<InputFile> => InputFile.#named(path, openRegular(path));

  /** Throws the errors of the file system unchanged, and {@link NotRegular}. */
  static async of(path: string, opening: Promise<FileHandle>): Promise<InputFile> {
    const file = await opening;
    try {
      return new InputFile(path, file, await file.stat());
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  static async #named(path: string, opening: Promise<FileHandle>): Promise<InputFile> {
    try {
      return await InputFile.of(path, opening);
    } catch (error) {
      throw error instanceof NotRegular ? notOfFormat(path, notOrdinary()) : fileError(path, error);
    }
  }

  async read(buffer: Buffer, offset: number, length: number, position: number): Promise<number> {
    const { bytesRead } = await this.#file.read(buffer, offset, length, position);
    // Checked after the read, because what was written until then may be among the bytes.
    if (versionOf(await this.#file.stat()) !== this.version) throw changedMeanwhile(this.path);
    return bytesRead;
  }

  /** Reads the whole file. */
  async readWhole(): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(this.size);
    const buffer = Buffer.from(bytes.buffer);
    for (let at = 0; ; ) {
      const read = await this.read(buffer, at, buffer.length - at, at);
      at += read;
      if (at === buffer.length) return bytes;
      if (read === 0) throw changedMeanwhile(this.path);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}

interface FileState {
  readonly size: number;
  readonly mtimeMs: number;
}

/** Identifies the content of a file or folder; changes whenever the content changes. */
export const versionOf = ({ size, mtimeMs }: FileState): string => `${size} ${mtimeMs}`;
