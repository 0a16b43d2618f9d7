import { isFileMissing } from '../../base/errno.ts';
import { undoneAlready, unusable } from './errors.ts';
import type { JournalFolder } from './journalFolder.ts';
import { countLines, type JournalFile, sessionChanges } from './reading.ts';
import type { RunningOperations } from './runningOperations.ts';
import type { SessionFile } from './sessionFile.ts';

/** What taking changes back does with their journals: it has them to itself, notes what it did, and lets go of them. */
export class UndoAccess {
  readonly #folder: JournalFolder;
  readonly #session: SessionFile;
  readonly #running: RunningOperations;
  /** Ids of what is being taken back here. */
  readonly #used = new Set<string>();

  constructor(folder: JournalFolder, session: SessionFile, running: RunningOperations) {
    this.#folder = folder;
    this.#session = session;
    this.#running = running;
  }

  isUsed(id: string): boolean {
    return this.#used.has(id);
  }

  /** Throws `busy` while it is used already: a second undo would write everything again. */
  async whileUsed<T>(id: string, work: () => Promise<T>): Promise<T> {
    if (this.#used.has(id)) throw undoneAlready();
    this.#used.add(id);
    try {
      return await work();
    } finally {
      this.#used.delete(id);
    }
  }

  /**
   * Lets go of a journal: nothing of so many lines can be taken back any more. Resolves to whether it is gone: one that
   * is gone on with meanwhile stays, and so does what another window has added to it.
   */
  async remove(id: string, lines: number): Promise<boolean> {
    let isGone = !this.#running.has(id);
    await this.#each(id, async (file) => {
      if (file.kind === 'session') await this.#session.add(file.path, { forget: id });
      else if ((await this.#running.isWritten(file)) || (await countLines(file)) > lines) isGone = false;
      else await this.#folder.remove(file);
    });
    return isGone;
  }

  /** These keys of so many lines of a journal that stays were taken back. */
  async noteUndone(id: string, keys: readonly string[], lines: number): Promise<void> {
    if (keys.length === 0) return;
    await this.#each(id, async (file) => {
      if (file.kind === 'session') await this.#session.add(file.path, { of: id, undone: keys });
      else await this.#folder.add(file, { undone: keys, to: lines });
    });
  }

  /** So are these keys of a journal that nobody writes, from that line on, though they were not taken back. */
  async noteOver(id: string, keys: readonly string[], from: number): Promise<void> {
    await this.#each(id, async (file) => {
      if (file.kind === 'session') await this.#session.add(file.path, { of: id, undone: keys });
      else if (!(await this.#running.isWritten(file))) await this.#folder.add(file, { undone: keys, from });
    });
  }

  /** The files that the change is in, unless its operation goes on here. */
  async #each(id: string, work: (file: JournalFile) => Promise<void>): Promise<void> {
    if (this.#running.has(id)) return;
    try {
      const files = await this.#folder.files();
      let isFound = false;
      for (const file of files) {
        await this.#folder.follow(file, async (one) => {
          if (!(await holds(one, id))) return;
          isFound = true;
          await work(one);
        });
      }
      if (!isFound) await this.#inAny(this.#sessionFiles(files), work);
    } catch (error) {
      throw unusable(error);
    }
  }

  /** Where a file is just written anew, the change may be in none of them, and comes into one of these. */
  async #inAny(files: readonly JournalFile[], work: (file: JournalFile) => Promise<void>): Promise<void> {
    const failures: unknown[] = [];
    for (const file of files) {
      await this.#folder.follow(file, work).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  /** With that of this session, which may just be away. */
  #sessionFiles(files: readonly JournalFile[]): readonly JournalFile[] {
    const there = files.filter(({ kind }) => kind === 'session');
    const { path } = this.#session;
    if (path === undefined || there.some((file) => file.path === path)) return there;
    return [...there, { path, id: path, kind: 'session', keys: 0, uncertain: 0 }];
  }
}

/** What cannot be read holds nothing that could have been taken back. */
async function holds(file: JournalFile, id: string): Promise<boolean> {
  if (file.kind !== 'session') return file.id === id;
  try {
    return (await sessionChanges(file)).has(id);
  } catch (error) {
    if (isFileMissing(error)) throw error;
    return false;
  }
}
