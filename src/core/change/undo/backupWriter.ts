import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { notBackedUp, tooLargeToUndo } from './backupErrors.ts';
import type { BackupHeader, BackupLine } from './backupFormat.ts';
import { headerText, lineText } from './backupFormat.ts';

/** Lines are collected up to so many bytes before they go to the disk. */
const CHUNK = 1 << 20;

export interface BackupTarget {
  readonly header: BackupHeader;
  /** Where it is written. */
  readonly partial: string;
  /** Where it stands once it is whole, by the number of its keys. */
  readonly final: (keys: number) => string;
  /** The cap that one backup alone must keep, and the size of the unit it is told in. */
  readonly megabytes: number;
  readonly onCommit: () => Promise<void>;
}

export const MEGABYTE = 1_000_000;

/**
 * Writes one backup beside its place; only `commit` puts it there, so there is never half a backup. Every failure is a
 * KvError that says that nothing was changed, removes what was written, and ends the writer: commit the backup before
 * the operation begins.
 */
export class BackupWriter {
  readonly #target: BackupTarget;
  readonly #file: FileHandle;
  readonly #pending = Buffer.allocUnsafeSlow(CHUNK);
  #length: number;
  #bytes: number;
  #keys = 0;
  #open = true;

  private constructor(target: BackupTarget, file: FileHandle) {
    this.#target = target;
    this.#file = file;
    this.#length = this.#pending.write(headerText(target.header));
    this.#bytes = this.#length;
  }

  static async create(target: BackupTarget): Promise<BackupWriter> {
    const writer = new BackupWriter(target, await open(target.partial, 'wx', 0o600));
    // The header at once: whoever removes the backups of a source knows this one by it.
    await writer.#guard(() => writer.#flush());
    return writer;
  }

  get id(): string {
    return this.#target.header.id;
  }

  get keys(): number {
    return this.#keys;
  }

  /** Size so far, on disk. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Throws kind `tooLarge` when this backup alone would exceed the cap. */
  async add(line: BackupLine): Promise<void> {
    await this.#guard(() => this.#write(line));
  }

  /** Puts the backup in its place, safe from a power cut. Throws like `add` when it takes another one in. */
  async commit(): Promise<void> {
    await this.#guard(async () => {
      await this.#flush();
      await this.#file.sync();
      await this.#close();
      await rename(this.#target.partial, this.#target.final(this.#keys));
    });
    await this.#target.onCommit();
  }

  /** Removes what was written; harmless after a commit or a failure. */
  async abandon(): Promise<void> {
    if (!this.#open) return;
    await this.#close().catch(() => undefined);
    await rm(this.#target.partial, { force: true });
  }

  async #write(line: BackupLine): Promise<void> {
    const text = lineText(line);
    const bytes = Buffer.byteLength(text);
    this.#bytes += bytes;
    if (this.#bytes > this.#target.megabytes * MEGABYTE) throw tooLargeToUndo(this.#target.megabytes);
    this.#keys++;
    if (this.#length + bytes > CHUNK) await this.#flush();
    if (bytes > CHUNK) await this.#file.appendFile(text);
    else this.#length += this.#pending.write(text, this.#length);
  }

  async #flush(): Promise<void> {
    const length = this.#length;
    this.#length = 0;
    await this.#file.appendFile(this.#pending.subarray(0, length));
  }

  async #close(): Promise<void> {
    this.#open = false;
    await this.#file.close();
  }

  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      await this.#close().catch(() => undefined);
      await rm(this.#target.partial, { force: true }).catch(() => undefined);
      throw notBackedUp(error);
    }
  }
}
