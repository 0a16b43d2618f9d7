import { rm, stat } from 'node:fs/promises';
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
  /** Whether it is being taken back here. */
  readonly isUsed: (id: string) => boolean;
}

/** Which journals stay, and for how long. */
export class Retention {
  readonly #parts: RetentionParts;

  constructor(parts: RetentionParts) {
    this.#parts = parts;
  }

  /** Removes what is too old or too much. Never rejects: the next time will do. */
  async tidy(): Promise<void> {
    const { folder, options } = this.#parts;
    try {
      let bytes = 0;
      let isFirst = true;
      for (const file of await folder.files()) {
        const found = await stat(file.path).catch(() => undefined);
        if (found === undefined) continue;
        bytes += found.size;
        const isOld = (file.kind === 'session' ? found.mtimeMs : timeOf(file.id)) < oldestKept(options);
        const isTooMuch = !isFirst && bytes > mostBytes(options);
        isFirst = false;
        if ((isOld || isTooMuch) && !(await this.#isBusy(file, found.mtimeMs))) await this.#remove(file);
      }
      for (const path of await folder.leftovers()) {
        if (options.clock() - (await stat(path)).mtimeMs > REST_MS) await rm(path, { force: true });
      }
    } catch {
      // What stays now is removed at the next end.
    }
  }

  /**
   * Removes the journals of these sources, but for those of operations that are going on. Resolves to how many these are.
   * Rejects when another one stays, once all have been tried.
   */
  async remove(isWanted: (source: string) => boolean): Promise<number> {
    const { folder } = this.#parts;
    let left = 0;
    let failure: unknown;
    const clear = (file: JournalFile) =>
      file.kind === 'session' ? this.#clearSession(file, isWanted) : this.#clearFile(file, isWanted);
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

  async #clearFile(file: JournalFile, isWanted: (source: string) => boolean): Promise<number> {
    const head = await headIn(file).catch(() => undefined);
    // What cannot be read belongs to nobody who could ask for it.
    if (head !== undefined && !isWanted(head.source)) return 0;
    if (await this.#parts.running.isWritten(file)) return 1;
    await this.#remove(file);
    return 0;
  }

  async #clearSession(file: JournalFile, isWanted: (source: string) => boolean): Promise<number> {
    const { session, running } = this.#parts;
    const changes = [...(await sessionChanges(file)).values()];
    const wanted = changes.filter(({ head }) => isWanted(head.source));
    const open = new Set<SessionChange>();
    for (const change of wanted) if (await running.isGoingOn(change)) open.add(change);
    // What was forgotten before is in the file still.
    const gone = wanted.filter((change) => !open.has(change));
    await session.rewrite(file.path, new Set(gone.map(({ head }) => head.id)));
    return open.size;
  }

  /** Whether a file must stay, however old or large: somebody may still write it, or reads it. */
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
