import { isFileMissing } from '../../base/errno.ts';
import { undoneAlready, unusable } from './errors.ts';
import type { JournalFolder } from './journalFolder.ts';
import { countLines, type JournalFile, sessionChanges } from './reading.ts';
import type { RunningOperations } from './runningOperations.ts';
import type { SessionFile } from './sessionFile.ts';

/** The part of journals that undoing needs: reserves them, records what was undone, and removes them. */
export class UndoAccess {
  readonly #folder: JournalFolder;
  readonly #session: SessionFile;
  readonly #running: RunningOperations;
  /** Ids of changes that this window is undoing. */
  readonly #used = new Set<string>();

  constructor(folder: JournalFolder, session: SessionFile, running: RunningOperations) {
    this.#folder = folder;
    this.#session = session;
    this.#running = running;
  }

  isUsed(id: string): boolean {
    return this.#used.has(id);
  }

  /** Throws `busy` if it is already being undone: a second undo would write everything again. */
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
   * Removes the first `lines` lines of a journal: they can no longer be undone. Resolves to whether the journal is
   * gone; it stays if it is meanwhile continued, or if another window has added to it.
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

  /** Records that these keys in the first `lines` lines of a journal were restored. */
  async noteUndone(id: string, keys: readonly string[], lines: number): Promise<void> {
    if (keys.length === 0) return;
    await this.#each(id, async (file) => {
      if (file.kind === 'session') await this.#session.add(file.path, { of: id, undone: keys });
      else await this.#folder.add(file, { undone: keys, to: lines });
    });
  }

  /**
   * Records that the changes of these keys from that line on are over, although they were not undone. Skips a journal
   * that is being written.
   */
  async noteOver(id: string, keys: readonly string[], from: number): Promise<void> {
    await this.#each(id, async (file) => {
      if (file.kind === 'session') await this.#session.add(file.path, { of: id, undone: keys });
      else if (!(await this.#running.isWritten(file))) await this.#folder.add(file, { undone: keys, from });
    });
  }

  /** Calls `work` for the files that contain the change, unless its operation is running in this window. */
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

  /**
   * If a session's file is just being rewritten, the change may not be found in any file. It will be in one of these.
   */
  async #inAny(files: readonly JournalFile[], work: (file: JournalFile) => Promise<void>): Promise<void> {
    const failures: unknown[] = [];
    for (const file of files) {
      await this.#folder.follow(file, work).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Includes the file of this session, which may be missing for a moment. */
  #sessionFiles(files: readonly JournalFile[]): readonly JournalFile[] {
    const there = files.filter(({ kind }) => kind === 'session');
    const { path } = this.#session;
    if (path === undefined || there.some((file) => file.path === path)) return there;
    return [...there, { path, id: path, kind: 'session', keys: 0, uncertain: 0 }];
  }
}

/** Whether a file contains a change. A session's file that cannot be read counts as not containing it. */
async function holds(file: JournalFile, id: string): Promise<boolean> {
  if (file.kind !== 'session') return file.id === id;
  try {
    return (await sessionChanges(file)).has(id);
  } catch (error) {
    if (isFileMissing(error)) throw error;
    return false;
  }
}
