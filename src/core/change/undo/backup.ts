import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { damagedBackup, noSuchBackup, notBackedUp, undoneAlready, unusable } from './backupErrors.ts';
import type { BackupHeader, BackupLine, BackupSubject } from './backupFormat.ts';
import { parseHeader, parseLine, readLines } from './backupFormat.ts';
import { BackupWriter, MEGABYTE } from './backupWriter.ts';

/** Read at every use, so getters keep up with settings. */
export interface BackupOptions {
  /** Backups older than this are removed. */
  readonly days: number;
  /** All backups together, in units of 1,000,000 bytes; 0 lets none be made. */
  readonly megabytes: number;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

export interface BackupInfo extends BackupHeader {
  /** How many keys it covers. */
  readonly keys: number;
  /** Size on disk. */
  readonly bytes: number;
}

/** `<id>.<number of keys>.ndjson`; ids begin with the time, so names sort by age. */
const NAME = /^(\d{14}-[0-9a-f]{12})\.(\d+)\.ndjson$/;
const PARTIAL = /^\d{14}-[0-9a-f]{12}\.partial$/;
const DAY = 86_400_000;

interface File {
  readonly name: string;
  readonly id: string;
  readonly at: number;
  readonly keys: number;
}

/**
 * The backups behind Undo: files of the owner alone in one folder, which several windows may share. Whatever is too old
 * is not there any more for a reader; it is removed from the disk, with the oldest beyond the total size, at every
 * commit and by `tidy`, at every start.
 */
export class BackupStore {
  readonly #folder: string;
  readonly #options: BackupOptions;
  /** Ids of those that are being put back. */
  readonly #used = new Set<string>();

  constructor(folder: string, options: BackupOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  /**
   * Rejects like the writer's own methods: nothing was changed, and why. For work that was started before, the backup
   * takes in, and at its commit takes the place of, the one of the `start` before.
   */
  async begin(subject: BackupSubject): Promise<BackupWriter> {
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await chmod(this.#folder, 0o700);
      const at = this.#options.clock();
      const id = `${String(at).padStart(14, '0')}-${randomBytes(6).toString('hex')}`;
      const { kind, source, namespace, label } = subject;
      return await BackupWriter.create({
        header: { version: 1, id, at, kind, source, namespace, label },
        partial: join(this.#folder, `${id}.partial`),
        final: (keys) => join(this.#folder, `${id}.${keys}.ndjson`),
        megabytes: this.#options.megabytes,
        onCommit: () => this.tidy(),
      });
    } catch (error) {
      throw notBackedUp(error);
    }
  }

  /** Newest first. A file that is not a whole backup is left out. */
  async list(): Promise<BackupInfo[]> {
    const infos: BackupInfo[] = [];
    for (const file of await this.#files()) {
      const info = await this.#info(file);
      if (info !== undefined) infos.push(info);
    }
    return infos;
  }

  async newest(): Promise<BackupInfo | undefined> {
    for (const file of await this.#files()) {
      const info = await this.#info(file);
      if (info !== undefined) return info;
    }
    return undefined;
  }

  /** The backup with this id, or the one that has taken it in. */
  async find(id: string): Promise<BackupInfo | undefined> {
    return (await this.list()).find((one) => one.id === id || one.continues?.includes(id));
  }

  /** The keys of a backup in the order in which they were added. Throws `notFound` when there is no such backup. */
  async *read(id: string): AsyncGenerator<BackupLine> {
    const { name, keys } = await this.#file(id);
    try {
      let isHeader = true;
      let read = 0;
      for await (const text of readLines(join(this.#folder, name))) {
        const line = isHeader ? parseHeader(text) : parseLine(text);
        if (line === undefined) throw damagedBackup();
        isHeader = false;
        if (!('key' in line)) continue;
        read++;
        yield line;
      }
      // Its end may be missing without half a line that tells.
      if (read < keys) throw damagedBackup();
    } catch (error) {
      throw unusable(error);
    }
  }

  /** Puts a backup back; throws `busy` while that is being done already: a second undo would write everything again. */
  async whileUsed<T>(id: string, work: () => Promise<T>): Promise<T> {
    if (this.#used.has(id)) throw undoneAlready();
    this.#used.add(id);
    try {
      return await work();
    } finally {
      this.#used.delete(id);
    }
  }

  async remove(id: string): Promise<void> {
    const file = (await this.#files()).find((candidate) => candidate.id === id);
    if (file !== undefined) await this.#remove(file.name);
  }

  /** Removes every backup, those that are being written included: their operations then refuse to begin. */
  async clear(): Promise<void> {
    for (const name of await this.#names()) if (NAME.test(name) || PARTIAL.test(name)) await this.#remove(name);
  }

  /**
   * Removes every backup of these sources, those that are being written included. Rejects when one stays on the disk.
   */
  async forget(isGone: (source: string) => boolean): Promise<void> {
    for (let isSettled = false; !isSettled; ) {
      isSettled = true;
      for (const name of await this.#names()) {
        const isPartial = PARTIAL.test(name);
        const header = isPartial || NAME.test(name) ? await this.#header(name) : undefined;
        if (header === undefined || !isGone(header.source)) continue;
        await this.#remove(name);
        // It may have come to its place, under its other name, meanwhile.
        if (isPartial) isSettled = false;
      }
    }
  }

  /**
   * Removes what is too old or too much, what a crash left half written, and backups with the ids `taken`. Never rejects:
   * the next time will do.
   */
  async tidy(taken: readonly string[] = []): Promise<void> {
    try {
      const kept = new Set<string>();
      let bytes = 0;
      for (const { name, id } of await this.#files()) {
        if (taken.includes(id)) continue;
        bytes += await this.#size(name);
        if (kept.size === 0 || bytes <= this.#options.megabytes * MEGABYTE) kept.add(name);
      }
      for (const name of await this.#names()) {
        const isOurs = NAME.test(name) || (PARTIAL.test(name) && this.#isOld(name, DAY));
        if (isOurs && !kept.has(name)) await this.#remove(name);
      }
    } catch {
      // What stays now is removed at the next commit.
    }
  }

  /** Whole backups that are young enough, newest first. */
  async #files(): Promise<File[]> {
    const files: File[] = [];
    for (const name of await this.#names()) {
      const [, id, keys] = NAME.exec(name) ?? [];
      if (id === undefined || this.#isOld(name, this.#options.days * DAY)) continue;
      files.push({ name, id, at: timeOf(name), keys: Number(keys) });
    }
    return files.sort((a, b) => (a.name < b.name ? 1 : -1));
  }

  async #file(id: string): Promise<File> {
    const file = (await this.#files()).find((candidate) => candidate.id === id);
    if (file === undefined) throw noSuchBackup();
    return file;
  }

  async #info({ name, keys }: File): Promise<BackupInfo | undefined> {
    const header = await this.#header(name);
    if (header === undefined) return undefined;
    try {
      return { ...header, keys, bytes: await this.#size(name) };
    } catch {
      return undefined;
    }
  }

  async #header(name: string): Promise<BackupHeader | undefined> {
    try {
      for await (const text of readLines(join(this.#folder, name))) return parseHeader(text);
    } catch {
      // Removed meanwhile, or unreadable: not a backup that could be used.
    }
    return undefined;
  }

  async #names(): Promise<string[]> {
    try {
      return await readdir(this.#folder);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw unusable(error);
    }
  }

  async #size(name: string): Promise<number> {
    return (await stat(join(this.#folder, name))).size;
  }

  async #remove(name: string): Promise<void> {
    try {
      await rm(join(this.#folder, name), { force: true });
    } catch (error) {
      throw unusable(error);
    }
  }

  #isOld(name: string, age: number): boolean {
    return this.#options.clock() - timeOf(name) > age;
  }
}

const timeOf = (name: string): number => Number(name.slice(0, 14));
