import { rm, stat } from 'node:fs/promises';
import { Turns } from '../../base/turns.ts';
import { unusable } from './errors.ts';
import type { JournalFolder } from './journalFolder.ts';
import { type JournalOptions, mostBytes, oldestKept } from './journalInfo.ts';
import { type Moment, newestFirst } from './moment.ts';
import { headIn, type JournalFile, lastRecordsIn, type SessionChange, sessionChanges, traceOf } from './reading.ts';
import { REST_MS, type RunningOperations } from './runningOperations.ts';
import type { SessionFile } from './sessionFile.ts';

export interface RetentionParts {
  readonly folder: JournalFolder;
  readonly session: SessionFile;
  readonly options: JournalOptions;
  readonly running: RunningOperations;
  /** Whether this window is undoing the change. */
  readonly isUsed: (id: string) => boolean;
  /** Returns the current moment. */
  readonly moment: () => Moment;
}

interface KeptFile extends JournalFile {
  readonly bytes: number;
  /** Unix milliseconds. */
  readonly changedAt: number;
}

/** Whether the journals of this source are meant. */
type IsWanted = (source: string) => boolean;
/** Called with the id of an operation that is still running. */
type NoteOpen = (id: string) => Promise<void>;

/**
 * Milliseconds for which a journal that has ended stays despite the total size. Another window may be making room for
 * one that ended at the same moment: if each removed the other's, both would be gone.
 */
const JUST_ENDED_MS = 5000;

/** Decides which journals are kept, and for how long. */
export class Retention {
  readonly #parts: RetentionParts;
  readonly #turns = new Turns();

  constructor(parts: RetentionParts) {
    this.#parts = parts;
  }

  /**
   * Removes journals that are too old, and the oldest ones beyond the total size. The one that has just `ended`, and
   * what was written a moment ago, are not removed because of the size. Never rejects, because the next call tries
   * again. Calls run one after another, so that two operations that end at once do not remove each other's journal.
   */
  async tidy(ended?: string): Promise<void> {
    await this.#turns.take('tidy', () => this.#tidy(ended));
  }

  async #tidy(ended: string | undefined): Promise<void> {
    const { folder, options } = this.#parts;
    const kept: KeptFile[] = [];
    for (const file of await this.#files().catch(() => [])) {
      const isOld = file.changedAt < oldestKept(options);
      if (!isOld || !(await this.#isRemoved(file, isOld))) kept.push(file);
    }
    await this.#removeTooMuch(kept, ended).catch(() => {});
    await this.#endForgotten().catch(() => {});
    for (const path of await folder.leftovers().catch(() => [])) {
      const found = await stat(path).catch(() => undefined);
      if (found && options.clock() - found.mtimeMs > REST_MS) await rm(path, { force: true }).catch(() => {});
    }
  }

  async #files(): Promise<KeptFile[]> {
    const files: KeptFile[] = [];
    for (const file of await this.#parts.folder.files()) {
      const found = await stat(file.path).catch(() => undefined);
      if (found) files.push({ ...file, bytes: found.size, changedAt: found.mtimeMs });
    }
    return files;
  }

  /** Removes the oldest files beyond the total size. A file is as new as the last change in it. */
  async #removeTooMuch(files: readonly KeptFile[], ended: string | undefined): Promise<void> {
    const { options, moment } = this.#parts;
    const most = mostBytes(options);
    if (files.reduce((sum, { bytes }) => sum + bytes, 0) <= most) return;
    const placed: (KeptFile & Moment)[] = [];
    for (const file of files) placed.push({ ...file, ...(await lastMoment(file)) });
    const isNew = ({ id, changedAt }: KeptFile): boolean => id === ended || this.#isJustWritten(changedAt);
    const newest = newestFirst(placed, moment());
    let bytes = newest.filter(isNew).reduce((sum, file) => sum + file.bytes, 0);
    for (const file of newest.filter((one) => !isNew(one))) {
      const isTooMuch = bytes > 0 && bytes + file.bytes > most;
      if (!isTooMuch || !(await this.#isRemoved(file, false))) bytes += file.bytes;
    }
  }

  /** A file that is far in the future is not new: the clock was set back since. */
  #isJustWritten(changedAt: number): boolean {
    return Math.abs(this.#parts.options.clock() - changedAt) < JUST_ENDED_MS;
  }

  /** Removes a file unless it is busy; it is then removed by a later call. Resolves to whether it is gone. */
  async #isRemoved(file: KeptFile, isOld: boolean): Promise<boolean> {
    const isGone = await this.#parts.folder
      .follow(file, async (now) => {
        // An old file that cannot be read is useless.
        if (await this.#isBusy(now, file.changedAt).catch(() => !isOld)) return false;
        await this.#remove(now);
        return true;
      })
      .catch(() => false);
    return isGone ?? true;
  }

  /**
   * Removes the journals of these sources (of all by default), except those of running operations. Resolves to the
   * number of running ones. With `isForgetting`, these are removed too, when they end. If any other journal cannot be
   * removed, this rejects after trying them all.
   */
  async remove(isWanted?: IsWanted, { isForgetting = false } = {}): Promise<number> {
    const { folder } = this.#parts;
    let left = 0;
    let failure: unknown;
    const note = async (id: string): Promise<void> => {
      if (isForgetting) await folder.noteForgotten(id);
    };
    const clear = (file: JournalFile) =>
      file.kind === 'session' ? this.#clearSession(file, isWanted, note) : this.#clearFile(file, isWanted, note);
    for (const file of await folder.files()) {
      try {
        left += (await folder.follow(file, clear)) ?? 0;
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure !== undefined) throw unusable(failure);
    return left;
  }

  async #clearFile(file: JournalFile, isWanted: IsWanted | undefined, note: NoteOpen): Promise<number> {
    // A file without a head belongs to no source, and is removed. If it cannot be read now, it may belong to any
    // source, so this rejects.
    const head = isWanted && (await headIn(file));
    if (head && !isWanted?.(head.source)) return 0;
    const { running } = this.#parts;
    if (await running.isWritten(file)) {
      // While an operation is only beginning, its source is not known.
      if (head !== undefined) await note(file.id);
      // The operation may have ended just before that.
      if (await running.isWritten(file)) return 1;
    }
    await this.#remove(file);
    return 0;
  }

  async #clearSession(file: JournalFile, isWanted: IsWanted = () => true, note: NoteOpen): Promise<number> {
    const isMeant = ({ head }: SessionChange): boolean => isWanted(head.source);
    let changes = await this.#changesIn(file, isMeant);
    for (const id of changes.open) await note(id);
    // Read again, because an operation may have ended just before it was noted.
    if (changes.open.length > 0) changes = await this.#changesIn(file, isMeant);
    // Also removes changes from the file that were forgotten earlier.
    await this.#parts.session.rewrite(file.path, new Set(changes.over));
    return changes.open.length;
  }

  /** Ids of changes in a session's file, those that are running and those that have ended. */
  async #changesIn(file: JournalFile, isMeant: (change: SessionChange) => boolean) {
    const [open, over]: [string[], string[]] = [[], []];
    for (const [id, change] of await sessionChanges(file)) {
      if (isMeant(change)) ((await this.#parts.running.isGoingOn(change)) ? open : over).push(id);
    }
    return { open, over };
  }

  /** Removes journals that were to be removed at their end, if they have ended or their process has crashed. */
  async #endForgotten(): Promise<void> {
    const { folder, session, running } = this.#parts;
    const forgotten = await folder.forgotten();
    if (forgotten.size === 0) return;
    let isUnread = false;
    const left = new Set<string>();
    const end = async (file: JournalFile): Promise<void> => {
      if (file.kind === 'session') {
        const { open, over } = await this.#changesIn(file, ({ head }) => forgotten.has(head.id));
        for (const id of open) left.add(id);
        if (over.length > 0) await session.rewrite(file.path, new Set(over));
      } else if (forgotten.has(file.id)) {
        if (await running.isWritten(file)) left.add(file.id);
        else await this.#remove(file);
      }
    };
    for (const file of await folder.files()) {
      await folder.follow(file, end).catch(() => {
        // It may be in the file of a session.
        if (file.kind === 'session') isUnread = true;
        else left.add(file.id);
      });
    }
    if (isUnread) return;
    for (const id of forgotten) if (!left.has(id)) await folder.endForgotten(id);
  }

  /** Whether a file must stay, however old or large it is, because it may still be written or is being read. */
  async #isBusy(file: JournalFile, changedAt: number): Promise<boolean> {
    const { session, options, running, isUsed } = this.#parts;
    if (file.kind === 'session') {
      if (file.path === session.path || options.clock() - changedAt < REST_MS) return true;
      const changes = await sessionChanges(file);
      for (const [id, change] of changes) if (isUsed(id) || (await running.isGoingOn(change))) return true;
      return false;
    }
    return isUsed(file.id) || (await running.isWritten(file));
  }

  async #remove(file: JournalFile): Promise<void> {
    await this.#parts.folder.remove(file);
    this.#parts.session.forget(file.path);
  }
}

/** When a file was last changed, according to its content or else to the file system. */
async function lastMoment(file: KeptFile): Promise<Moment> {
  try {
    if (file.kind === 'session') {
      const last = [...(await sessionChanges(file)).values()].at(-1);
      if (last) return { at: last.head.at, tick: last.head.tick };
    } else if (file.kind === 'open') return (await traceOf(file)).started;
    else {
      const { ended } = await lastRecordsIn(file);
      const last = ended ?? (await traceOf(file)).started;
      if (ended || last.tick !== undefined) return last;
    }
  } catch {
    // The time of the file is used instead.
  }
  return { at: file.changedAt };
}
