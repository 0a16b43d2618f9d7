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
import { type PresentStates, supersededKeys } from './superseded.ts';
import { UndoAccess } from './undoAccess.ts';
import { UnfinishedWorks } from './unfinishedWorks.ts';

/** What a line has besides a value and its key, about, in bytes. */
const BYTES_PER_LINE = 120;

/**
 * The journals of all changes: files of the owner alone in one folder that several windows share. They are what undoes,
 * what resumes, and what tells of interrupted work. A journal belongs to its operation until that has ended. What is
 * too old is not there any more for a reader; it is removed from the disk, with the oldest beyond the total size,
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
  /** That of now. */
  readonly moment: () => Moment;

  /** `oldPath` holds the backups of versions before journals: they can be undone while they last. */
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
        // There may be too many by now.
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

  /**
   * Begins a journal; with `earlier` it goes on with that of an earlier start of the same work. Rejects when it cannot.
   */
  async begin(operation: Operation, options: BeginOptions): Promise<JournalWriter> {
    return await this.#opening.begin(operation, options);
  }

  /**
   * Keeps a change of a few keys: in the file of this session, a large one in a file of its own. All of them, or none.
   */
  single(operation: Operation, options: Pick<BeginOptions, 'isDurable'>): Recorder {
    return this.#opening.single(operation, options);
  }

  /** Everything that can be taken back, or is going on; newest first. What cannot be read is left out. */
  async list(): Promise<JournalInfo[]> {
    return await this.#list.infos();
  }

  async find(id: string): Promise<JournalInfo | undefined> {
    return (await this.list()).find((one) => one.id === id);
  }

  /**
   * Gives the keys of a journal in the order in which they were changed, as often as wanted, and as they are now.
   * Rejects with `notFound` when there is none, with `busy` while it is written.
   */
  async reader(id: string): Promise<() => AsyncIterable<TracedLine>> {
    await this.checkEnded(id);
    return await this.#list.reader(id);
  }

  /** Throws `notFound` when there is certainly no such journal, `busy` while it is written. */
  async checkEnded(id: string): Promise<void> {
    const info = await this.find(id);
    if (info === undefined) {
      await this.#list.checkReadable();
      throw noSuchChange();
    }
    if (info.state === 'running') throw stillRunning(info.label);
  }

  /** The same once. */
  async *lines(id: string): AsyncGenerator<TracedLine> {
    yield* (await this.reader(id))();
  }

  /**
   * The keys that a later change of the namespace has made what they are now: once that is taken back, this change can
   * be.
   */
  async superseded(info: JournalInfo, present: PresentStates): Promise<Set<string>> {
    return await supersededKeys(this.#folder, info, present);
  }

  /**
   * Later changes of keys that were taken back all the same are over: the key had come back to what it was.
   */
  async noteOvertaken(info: JournalInfo, restored: ReadonlyMap<string, Restored>): Promise<void> {
    for (const [id, lines] of await overtakenLines(this.#folder, info, restored)) {
      for (const [from, keys] of lines) await this.#undo.noteOver(id, keys, from);
    }
  }

  /** Takes a change back; throws `busy` while that is being done already. */
  async whileUsed<T>(id: string, work: () => Promise<T>): Promise<T> {
    return await this.#undo.whileUsed(id, work);
  }

  /**
   * Lets go of a journal: nothing of so many lines, all unless told, can be taken back any more. Resolves to whether it
   * is gone: one that is gone on with meanwhile stays, and so does what another window has added to it.
   */
  async remove(id: string, lines = Number.POSITIVE_INFINITY): Promise<boolean> {
    return await this.#undo.remove(id, lines);
  }

  /** These keys of so many lines of a journal that stays, all unless told, were taken back. */
  async noteUndone(id: string, keys: readonly string[], lines = Number.POSITIVE_INFINITY): Promise<void> {
    await this.#undo.noteUndone(id, keys, lines);
  }

  /** Removes every journal but those of operations that are going on; resolves to how many of these there are. */
  async clear(): Promise<number> {
    return await this.#retention.remove();
  }

  /**
   * Removes the journals of these sources; those of operations that are going on, here or in another window, when they
   * end. Rejects when one stays.
   */
  async forget(isGone: (source: string) => boolean): Promise<void> {
    this.#running.forget(isGone);
    await this.#retention.remove(isGone, { isForgetting: true });
  }

  /** Removes what is too old or too much. Never rejects: the next time will do. */
  async tidy(): Promise<void> {
    await this.#retention.tidy();
  }

  /** The same work, when it stopped before its end and nobody is doing it now. */
  async findWork(work: Work): Promise<UnfinishedWork | undefined> {
    const id = workId(work);
    return (await this.#unfinishedWorks.all((head) => head.work?.id === id)).at(-1);
  }

  async unfinishedWork(journal: string): Promise<UnfinishedWork | undefined> {
    return (await this.#unfinishedWorks.all((head) => head.id === journal))[0];
  }

  /** Everything that stopped before its end, the oldest first. */
  async unfinishedWorks(): Promise<UnfinishedWork[]> {
    return await this.#unfinishedWorks.all();
  }

  /** The user has been told of it. */
  async noteNotified(id: string): Promise<void> {
    await this.#unfinishedWorks.noteNotified(id);
  }

  /** Nothing is left of the work to be resumed. */
  async noteWhole(id: string): Promise<void> {
    await this.#unfinishedWorks.noteWhole(id);
  }

  /** Whether so many bytes of values, and so many keys, can be kept. */
  hasRoomFor(bytes: number, keys: number): boolean {
    return (bytes * 4) / 3 + keys * BYTES_PER_LINE <= mostBytes(this.#options);
  }

  /** Ids of operations of this window that have not ended. */
  get running(): ReadonlySet<string> {
    return this.#running.ids;
  }
}
