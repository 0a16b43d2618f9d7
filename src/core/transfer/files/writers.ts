import { type FileHandle, mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KvEntry } from '../../entry/entry.ts';
import { metadataText, objectText } from '../../entry/metadataJson.ts';
import { type BulkPlace, MANIFEST } from './bulkFormat.ts';
import { FileNames } from './fileName.ts';
import { type TextFormat, textFormats } from './formatEntry.ts';

/** Text is buffered up to this many bytes before it is written to disk. */
const CHUNK = 1 << 20;

/** Writes entries in order to a place that must not exist yet. After a failure, only `close` may be called. */
export interface EntryWriter {
  add(entry: KvEntry): Promise<void>;
  /** Writes what is left and flushes it to disk, so that it survives a power failure. */
  finish(): Promise<void>;
  /** Closes files; harmless after {@link finish}. */
  close(): Promise<void>;
}

export const createWriter = ({ path, format }: BulkPlace): Promise<EntryWriter> =>
  format === 'folder' ? FolderWriter.create(path) : TextWriter.create(path, textFormats[format]);

class TextFile {
  readonly #file: FileHandle;
  readonly #pending = Buffer.allocUnsafeSlow(CHUNK);
  #length = 0;
  #isOpen = true;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static create = async (path: string): Promise<TextFile> => new TextFile(await open(path, 'wx'));

  add = (text: string): Promise<void> => this.addAll([text]);

  async addAll(pieces: Iterable<string>): Promise<void> {
    for (const piece of pieces) {
      // A UTF-16 unit takes at most three bytes in UTF-8.
      const most = piece.length * 3;
      if (this.#length + most > CHUNK) await this.#flush();
      if (most > CHUNK) await this.#file.appendFile(piece);
      else this.#length += this.#pending.write(piece, this.#length);
    }
  }

  async finish(): Promise<void> {
    await this.#flush();
    await this.#file.sync();
    await this.close();
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#file.close();
  }

  async #flush(): Promise<void> {
    const length = this.#length;
    this.#length = 0;
    await this.#file.appendFile(this.#pending.subarray(0, length));
  }
}

class TextWriter implements EntryWriter {
  readonly #file: TextFile;
  readonly #format: TextFormat;
  #isFirst = true;

  private constructor(file: TextFile, format: TextFormat) {
    this.#file = file;
    this.#format = format;
  }

  static async create(path: string, format: TextFormat): Promise<TextWriter> {
    const file = await TextFile.create(path);
    await file.add(format.head);
    return new TextWriter(file, format);
  }

  async add(entry: KvEntry): Promise<void> {
    await this.#file.addAll(this.#pieces(entry));
  }

  *#pieces(entry: KvEntry): Generator<string> {
    const { first, next, end, item } = this.#format;
    yield this.#isFirst ? first : next;
    this.#isFirst = false;
    yield* item(entry);
    yield end;
  }

  async finish(): Promise<void> {
    await this.#file.add(this.#format.tail);
    await this.#file.finish();
  }

  close = (): Promise<void> => this.#file.close();
}

class FolderWriter implements EntryWriter {
  readonly #path: string;
  readonly #manifest: TextFile;
  readonly #names = new FileNames();
  #separator = '{\n';

  private constructor(path: string, manifest: TextFile) {
    this.#path = path;
    this.#manifest = manifest;
  }

  static async create(path: string): Promise<FolderWriter> {
    await mkdir(path);
    return new FolderWriter(path, await TextFile.create(join(path, MANIFEST)));
  }

  async add({ key, value, metadata, expiration }: KvEntry): Promise<void> {
    const name = this.#names.next(key);
    await writeFile(join(this.#path, name), value, { flag: 'wx' });
    const about = objectText({
      key: JSON.stringify(key),
      metadata: metadata === undefined ? undefined : metadataText(metadata),
      expiration: expiration?.toString(),
    });
    await this.#manifest.add(`${this.#separator}${JSON.stringify(name)}: ${about}`);
    this.#separator = ',\n';
  }

  async finish(): Promise<void> {
    await this.#manifest.add(this.#separator === ',\n' ? '\n}\n' : '{}\n');
    await this.#manifest.finish();
  }

  close = (): Promise<void> => this.#manifest.close();
}
