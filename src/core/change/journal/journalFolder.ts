import { chmod, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isFileMissing, isShortage } from '../../base/errno.ts';
import { addTo } from './addTo.ts';
import { isDamagedJournal, unusable } from './errors.ts';
import { type JournalEnd, type JournalRecord, recordText } from './format.ts';
import type { JournalCounts } from './journalWriter.ts';
import type { JournalFile } from './reading.ts';

const OPERATION = /^(\d{14}-[0-9a-f]{12})(?:\.(open)|\.(\d+)(?:-(\d+))?(\.left)?)\.ndjson$/;
const SESSION = /^(\d{14}-[0-9a-f]{12})\.session\.ndjson$/;
/** Temporary files that remain when a process crashes. */
const LEFTOVER = /\.new$|\.claim$/;
/** Marks an operation whose journal must be removed once it has ended. */
const FORGOTTEN = /^(\d{14}-[0-9a-f]{12})\.forgotten$/;

/** How many renames of a file are followed. */
const MOST_NAMES = 10;
/** How long to wait before a journal is read again that cannot be read for the moment, in milliseconds. */
const PAUSES_MS = [20, 100] as const;

/** The names and places of all journal files, which only their owner can read. */
export class JournalFolder {
  readonly #path: string;
  readonly #oldPath: string;

  /** `oldPath` holds the backups from versions before journals. */
  constructor(path: string, oldPath: string) {
    this.#path = path;
    this.#oldPath = oldPath;
  }

  async make(): Promise<void> {
    await mkdir(this.#path, { recursive: true, mode: 0o700 });
    await chmod(this.#path, 0o700);
  }

  /** The path of a journal while it is written. */
  openPath(id: string): string {
    return join(this.#path, `${id}.open.ndjson`);
  }

  /** Its path afterwards. */
  endedPath(id: string, { keys, uncertain }: JournalCounts, end: JournalEnd): string {
    const counts = uncertain > 0 ? `${keys}-${uncertain}` : keys;
    return join(this.#path, `${id}.${counts}${end === 'whole' ? '' : '.left'}.ndjson`);
  }

  sessionPath(id: string): string {
    return join(this.#path, `${id}.session.ndjson`);
  }

  /** A file that exists while a window is about to continue the journal. */
  claimPath(id: string): string {
    return join(this.#path, `${id}.claim`);
  }

  /** The journal of this operation is to be removed once it has ended, in whichever window it runs. */
  async noteForgotten(id: string): Promise<void> {
    await (await open(this.#forgottenPath(id), 'a', 0o600)).close();
  }

  async isForgotten(id: string): Promise<boolean> {
    return await stat(this.#forgottenPath(id)).then(
      () => true,
      () => false,
    );
  }

  /** Ids of operations whose journals are to be removed. */
  async forgotten(): Promise<ReadonlySet<string>> {
    return new Set((await namesIn(this.#path)).flatMap((name) => FORGOTTEN.exec(name)?.[1] ?? []));
  }

  /** The journal has been removed. */
  async endForgotten(id: string): Promise<void> {
    await rm(this.#forgottenPath(id), { force: true });
  }

  #forgottenPath(id: string): string {
    return join(this.#path, `${id}.forgotten`);
  }

  /** All journals, newest first. */
  async files(): Promise<JournalFile[]> {
    const files: JournalFile[] = [];
    for (const folder of [this.#path, this.#oldPath]) {
      for (const name of await namesIn(folder)) {
        const path = join(folder, name);
        const [, id, open, keys, uncertain, left] = OPERATION.exec(name) ?? [];
        const session = SESSION.exec(name)?.[1];
        const counts = { keys: Number(keys ?? 0), uncertain: Number(uncertain ?? 0) };
        if (session !== undefined) files.push({ path, id: session, kind: 'session', ...counts });
        else if (id !== undefined && folder === this.#path)
          files.push({ path, id, kind: open ? 'open' : left ? 'left' : 'whole', ...counts });
        else if (id !== undefined && keys !== undefined) files.push({ path, id, kind: 'whole', ...counts });
      }
    }
    return files.sort((a, b) => (a.id < b.id ? 1 : -1));
  }

  /** The file with this id, of an operation or of a session. */
  async find(id: string): Promise<JournalFile | undefined> {
    return (await this.files()).find((file) => file.id === id);
  }

  /** Paths of temporary files. */
  async leftovers(): Promise<readonly string[]> {
    return (await namesIn(this.#path)).filter((name) => LEFTOVER.test(name)).map((name) => join(this.#path, name));
  }

  /**
   * Finds a file although it may be renamed meanwhile: when its operation ends, and when it is continued. Both may
   * happen between listing the folder and opening the file, more than once. Resolves to `undefined` if the file is
   * gone.
   */
  async follow<T>(file: JournalFile, use: (file: JournalFile) => Promise<T>): Promise<T | undefined> {
    let now: JournalFile | undefined = file;
    for (let tries = 1; now !== undefined; tries++) {
      try {
        return await use(now);
      } catch (error) {
        if (!isFileMissing(error) || tries === MOST_NAMES) throw error;
        now = await this.find(file.id);
      }
    }
    return undefined;
  }

  /**
   * Calls `use` for every journal, newest first, and again for one that cannot be read for the moment. Skips those that
   * cannot be read. Resolves to the error if one of these is neither gone nor damaged: whatever the caller has not found
   * may be in that journal. An error that may pass takes precedence.
   */
  async each(use: (file: JournalFile) => Promise<void>): Promise<unknown> {
    const seen = new Set<string>();
    let failure: unknown;
    // Twice, because a file that is renamed while the folder is read may be missing from the listing.
    for (let pass = 1; pass <= 2; pass++) {
      for (const file of await this.files()) {
        if (seen.has(file.id)) continue;
        seen.add(file.id);
        await this.#patiently(() => this.follow(file, use)).catch((error: unknown) => {
          if (isFileMissing(error) || isDamagedJournal(error)) return;
          if (failure === undefined || isShortage(error)) failure = error;
        });
      }
    }
    return failure;
  }

  async #patiently<T>(work: () => Promise<T>): Promise<T> {
    for (const pause of PAUSES_MS) {
      try {
        return await work();
      } catch (error) {
        if (!isShortage(error)) throw error;
      }
      await wait(pause);
    }
    return await work();
  }

  async add(file: JournalFile, record: JournalRecord): Promise<void> {
    await this.follow(file, async ({ path }) => await addTo(path, recordText(record)));
  }

  /** Removes a journal. Rejects with `ENOENT` if it is gone, or was renamed meanwhile. */
  async remove({ path }: JournalFile): Promise<void> {
    try {
      await rm(path);
    } catch (error) {
      throw isFileMissing(error) ? error : unusable(error);
    }
  }

  /** Marks the work of a journal as done, whatever was left to do. */
  async endWhole({ path, id }: JournalFile, counts: JournalCounts): Promise<void> {
    await rename(path, this.endedPath(id, counts, 'whole'));
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isFileMissing(error)) return [];
    throw unusable(error);
  }
}
