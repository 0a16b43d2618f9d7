import { rm, stat } from 'node:fs/promises';
import { isFileMissing } from '../../base/errno.ts';
import { unusable } from './errors.ts';
import type { JournalFolder } from './journalFolder.ts';
import { timeOf } from './journalIds.ts';
import { type JournalOptions, mostBytes, oldestKept } from './journalInfo.ts';
import { headIn, type JournalFile, type SessionChange, sessionChanges } from './reading.ts';
import { REST_MS, type RunningOperations } from './runningOperations.ts';
import type { SessionFile } from './sessionFile.ts';

export interface RetentionParts {
  readonly folder: JournalFolder;
  readonly session: SessionFile;
  readonly options: JournalOptions;
  readonly running: RunningOperations;
  /** Whether this window is undoing it. */
  readonly isUsed: (id: string) => boolean;
}

/** Told of an operation that goes on. */
type NoteOpen = (id: string) => Promise<void>;

/** Decides which journals are kept, and for how long. */
export class Retention {
  readonly #parts: RetentionParts;

  constructor(parts: RetentionParts) {
    this.#parts = parts;
  }

  /** Removes what is too old or too much. Never rejects: the next time will do. */
  async tidy(): Promise<void> {
    const { folder, options } = this.#parts;
    let bytes = 0;
    for (const file of await this.#byLastChange().catch(() => [])) {
      const isOld = (file.kind === 'session' ? file.changedAt : timeOf(file.id)) < oldestKept(options);
      const isTooMuch = bytes > 0 && bytes + file.bytes > mostBytes(options);
      if ((isOld || isTooMuch) && (await this.#isRemoved(file, isOld))) continue;
      bytes += file.bytes;
    }
    await this.#endForgotten().catch(() => {});
    for (const path of await folder.leftovers().catch(() => [])) {
      const found = await stat(path).catch(() => undefined);
      if (found && options.clock() - found.mtimeMs > REST_MS) await rm(path, { force: true }).catch(() => {});
    }
  }

  /** The newest first: a file of a session is as new as the last change in it. */
  async #byLastChange() {
    const files: (JournalFile & { readonly bytes: number; readonly changedAt: number })[] = [];
    for (const file of await this.#parts.folder.files()) {
      const found = await stat(file.path).catch(() => undefined);
      if (found) files.push({ ...file, bytes: found.size, changedAt: found.mtimeMs });
    }
    return files.sort((a, b) => b.changedAt - a.changedAt || (a.id < b.id ? 1 : -1));
  }

  /** Removes a file unless it is busy; what stays now is removed at the next end. */
  async #isRemoved(file: JournalFile & { readonly changedAt: number }, isOld: boolean): Promise<boolean> {
    // What is old and cannot be read is of use to nobody.
    if (await this.#isBusy(file, file.changedAt).catch(() => !isOld)) return false;
    return await this.#remove(file).then(
      () => true,
      () => false,
    );
  }

  /**
   * Removes the journals of these sources, but for those of operations that are going on. Resolves to how many these
   * are. Rejects when another one stays, once all have been tried. With `isForgetting` nothing of those is to stay
   * either.
   */
  async remove(isWanted: (source: string) => boolean, { isForgetting = false } = {}): Promise<number> {
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

  async #clearFile(file: JournalFile, isWanted: (source: string) => boolean, note: NoteOpen): Promise<number> {
    const head = await headIn(file).catch((error: unknown) => {
      if (isFileMissing(error)) throw error;
      // A file that cannot be read may be removed, because nobody could use it.
      return undefined;
    });
    if (head !== undefined && !isWanted(head.source)) return 0;
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

  async #clearSession(file: JournalFile, isWanted: (source: string) => boolean, note: NoteOpen): Promise<number> {
    const isMeant = ({ head }: SessionChange): boolean => isWanted(head.source);
    let changes = await this.#changesIn(file, isMeant);
    for (const id of changes.open) await note(id);
    // For the same reason as above.
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
    for (const file of await folder.files()) await folder.follow(file, end);
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
