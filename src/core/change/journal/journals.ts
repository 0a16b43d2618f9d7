import { realTiming } from '../../base/timing.ts';
import type { Operation, Work } from '../keyChange.ts';
import { noSuchChange, stillRunning } from './errors.ts';
import { JournalFolder } from './journalFolder.ts';
import { JournalIds } from './journalIds.ts';
import { type JournalInfo, type JournalOptions, mostBytes, type UnfinishedWork } from './journalInfo.ts';
import { JournalList } from './journalList.ts';
import { type BeginOptions, JournalOpening, workId } from './journalOpening.ts';
import type { JournalWriter, Recorder } from './journalWriter.ts';
import type { Moment } from './moment.ts';
import { overtakenLines, type Restored } from './overtaken.ts';
import type { Processes } from './owner.ts';
import type { TracedLine } from './reading.ts';
import { Retention } from './retention.ts';
import { RunningOperations } from './runningOperations.ts';
import { SessionFile } from './sessionFile.ts';
import { type PresentStates, type Superseded, supersededKeys } from './superseded.ts';
import { UndoAccess } from './undoAccess.ts';
import { UnfinishedWorks } from './unfinishedWorks.ts';

/** Approximate size of a line without its value and key, in bytes. */
const BYTES_PER_LINE = 120;

/**
 * The journals of all changes: files that only their owner can read, in a folder shared by several windows. They are
 * used to undo and resume, and to report interrupted work. A journal belongs to its operation until that has ended.
 * Readers ignore journals that are too old. They are removed from disk, as are the oldest ones beyond the total size,
 * whenever an operation ends, and by `tidy`.
 */
export class Journals {
  readonly #options: JournalOptions;
  readonly #folder: JournalFolder;
  readonly #running: RunningOperations;
  readonly #list: JournalList;
  readonly #unfinishedWorks: UnfinishedWorks;
  readonly #undo: UndoAccess;
  readonly #retention: Retention;
  readonly #opening: JournalOpening;
  /** The current moment. */
  readonly moment: () => Moment;

  /** `oldPath` holds the backups from versions before journals, which can be undone until they are removed. */
  constructor(path: string, oldPath: string, options: JournalOptions, processes: Processes) {
    const { own } = processes;
    const clock = () => options.clock();
    const folder = new JournalFolder(path, oldPath);
    const ids = new JournalIds(own.session, clock);
    const tick = () => processes.tick() ?? ids.tick();
    this.moment = () => ({ at: ids.moment(), tick: tick() });
    const running = new RunningOperations(processes, clock);
    const session: SessionFile = new SessionFile({
      newPath: async () => {
        await folder.make();
        // There may be too many files by now.
        if (session.path !== undefined) void this.tidy();
        return folder.sessionPath(ids.next().id);
      },
      clock,
      timing: options.timing ?? realTiming,
      largest: () => mostBytes(options) / 10,
    });
    const undo = new UndoAccess(folder, session, running);
    const unfinishedWorks = new UnfinishedWorks(folder, options, running, this.moment);
    const isUsed = (id: string) => undo.isUsed(id);
    this.#options = options;
    this.#folder = folder;
    this.#running = running;
    this.#list = new JournalList(folder, options, running, this.moment);
    this.#unfinishedWorks = unfinishedWorks;
    this.#undo = undo;
    this.#retention = new Retention({ folder, session, options, running, isUsed, moment: this.moment });
    this.#opening = new JournalOpening({
      folder,
      session,
      options,
      ids,
      own,
      tick,
      running,
      unfinishedWorks,
      isUsed,
      labelOf: async (id) => (await this.find(id))?.label,
      onEnd: (id) => this.#retention.tidy(id),
    });
  }

  /** Begins a journal, or continues the one of an `earlier` run of the same work. Rejects if it cannot. */
  async begin(operation: Operation, options: BeginOptions): Promise<JournalWriter> {
    return await this.#opening.begin(operation, options);
  }

  /**
   * Records a change of a few keys in the session's file, or in its own file if it is large. Keeps all lines or none.
   */
  single(operation: Operation, options: Pick<BeginOptions, 'isDurable'>): Recorder {
    return this.#opening.single(operation, options);
  }

  /** Everything that can be undone or is running, newest first. Skips what cannot be read. */
  async list(): Promise<JournalInfo[]> {
    return await this.#list.infos();
  }

  /** Like {@link list}, but rejects with `server` while something cannot be read for the moment. */
  async completeList(): Promise<JournalInfo[]> {
    return await this.#list.complete();
  }

  async find(id: string): Promise<JournalInfo | undefined> {
    return (await this.list()).find((one) => one.id === id);
  }

  /**
   * Returns a function that yields the keys of a journal in the order in which they were changed. It can be called
   * several times and always yields the same state. Rejects with `notFound` if there is no such journal, with `busy`
   * while it is written.
   */
  async reader(id: string): Promise<() => AsyncIterable<TracedLine>> {
    await this.checkEnded(id);
    return await this.#list.reader(id);
  }

  /** Throws `notFound` when there is certainly no such journal, `busy` while it is written. */
  async checkEnded(id: string): Promise<JournalInfo> {
    const info = await this.#list.find(id);
    if (info === undefined) throw noSuchChange();
    if (info.state === 'running') throw stillRunning(info.label);
    return info;
  }

  /** Like {@link reader}, for a single pass. */
  async *lines(id: string): AsyncGenerator<TracedLine> {
    yield* (await this.reader(id))();
  }

  /**
   * The keys whose present state was made by a later change of the namespace: once that is undone, this change can be
   * undone too.
   */
  async superseded(info: JournalInfo, present: PresentStates): Promise<Superseded> {
    return await supersededKeys(this.#folder, info, present);
  }

  /**
   * Call when keys were restored although there were later changes of them. Those changes are over, because the keys
   * had returned to the state that this change gave them.
   */
  async noteOvertaken(info: JournalInfo, restored: ReadonlyMap<string, Restored>): Promise<void> {
    for (const [id, lines] of await overtakenLines(this.#folder, info, restored)) {
      for (const [from, keys] of lines) await this.#undo.noteOver(id, keys, from);
    }
  }

  /** Runs an undo of a change. Throws `busy` if one is already running. */
  async whileUsed<T>(id: string, work: () => Promise<T>): Promise<T> {
    return await this.#undo.whileUsed(id, work);
  }

  /**
   * Removes the first `lines` lines of a journal, by default all: they can no longer be undone. Resolves to whether the
   * journal is gone; it stays if it is meanwhile continued, or if another window has added to it.
   */
  async remove(id: string, lines = Number.POSITIVE_INFINITY): Promise<boolean> {
    return await this.#undo.remove(id, lines);
  }

  /** Records that these keys in the first `lines` lines of a journal, by default all, were restored. */
  async noteUndone(id: string, keys: readonly string[], lines = Number.POSITIVE_INFINITY): Promise<void> {
    await this.#undo.noteUndone(id, keys, lines);
  }

  /** Removes every journal except those of running operations. Resolves to the number of running ones. */
  async clear(): Promise<number> {
    return await this.#retention.remove();
  }

  /**
   * Removes the journals of these sources. Those of operations running in this or another window are removed when they
   * end. Rejects if one could not be removed.
   */
  async forget(isGone: (source: string) => boolean): Promise<void> {
    this.#running.forget(isGone);
    await this.#retention.remove(isGone, { isForgetting: true });
  }

  /** Removes what is too old or too large. Never rejects; the next call tries again. */
  async tidy(): Promise<void> {
    await this.#retention.tidy();
  }

  /** Finds the same work if it stopped before it was complete and nobody is doing it now. */
  async findWork(work: Work): Promise<UnfinishedWork | undefined> {
    const id = workId(work);
    return (await this.#unfinishedWorks.all((head) => head.work?.id === id)).at(-1);
  }

  async unfinishedWork(journal: string): Promise<UnfinishedWork | undefined> {
    return (await this.#unfinishedWorks.all((head) => head.id === journal))[0];
  }

  /** All work that stopped before it was complete, oldest first. */
  async unfinishedWorks(): Promise<UnfinishedWork[]> {
    return await this.#unfinishedWorks.all();
  }

  /** The user has been told about it. */
  async noteNotified(id: string): Promise<void> {
    await this.#unfinishedWorks.noteNotified(id);
  }

  /** Nothing is left of the work to resume. */
  async noteWhole(id: string): Promise<void> {
    await this.#unfinishedWorks.noteWhole(id);
  }

  /** Whether there is room to keep this many bytes of values and this many keys. */
  hasRoomFor(bytes: number, keys: number): boolean {
    return (bytes * 4) / 3 + keys * BYTES_PER_LINE <= mostBytes(this.#options);
  }

  /** Ids of this window's operations that have not ended. */
  get running(): ReadonlySet<string> {
    return this.#running.ids;
  }
}
