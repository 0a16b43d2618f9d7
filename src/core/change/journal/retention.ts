import { rm, stat } from 'node:fs/promises';
import { isMissing, unusable } from './errors.ts';
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
    let bytes = 0;
    for (const file of await this.#byLastChange().catch(() => [])) {
      const isOld = (file.kind === 'session' ? file.changedAt : timeOf(file.id)) < oldestKept(options);
      const isTooMuch = bytes > 0 && bytes + file.bytes > mostBytes(options);
      if ((isOld || isTooMuch) && (await this.#isRemoved(file, isOld))) continue;
      bytes += file.bytes;
    }
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
    const head = await headIn(file).catch((error: unknown) => {
      if (isMissing(error)) throw error;
      // What cannot be read belongs to nobody who could ask for it.
      return undefined;
    });
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
