import { createHash } from 'node:crypto';
import { chmod, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { realTiming, type Timing } from '../../base/timing.ts';
import { entryDigest } from '../../entry/entryDigest.ts';
import type { Operation, ResumableWork, Work } from '../keyChange.ts';
import { addTo } from './addTo.ts';
import { noSuchChange, notKept, stillRunning, undoneAlready, unusable } from './errors.ts';
import { type JournalHead, type JournalLine, type JournalRecord, recordText, sessionText } from './format.ts';
import { JournalWriter, type Recorder } from './journalWriter.ts';
import type { Processes } from './owner.ts';
import {
  headIn,
  type JournalFile,
  type SessionChange,
  sessionChanges,
  type TracedLine,
  tracedChange,
  tracedLines,
  traceOf,
} from './reading.ts';
import { SessionFile } from './sessionFile.ts';

export type { TracedLine } from './reading.ts';

/** Read at every use, so getters keep up with settings. */
export interface JournalOptions {
  /** Journals older than this are removed; at least 1. */
  readonly days: number;
  /** All journals together, in units of 1,000,000 bytes; 0 lets none be made. */
  readonly megabytes: number;
  /** Milliseconds since 1970, as the times of files are. */
  readonly clock: () => number;
  /** The real one unless given. */
  readonly timing?: Pick<Timing, 'now'>;
}

/** `running`: its operation has not ended. `interrupted`: its process is gone. `left`: it ended before everything was done. */
export type JournalState = 'running' | 'interrupted' | 'left' | 'whole';

/** A change that can be taken back. */
export interface JournalInfo extends Omit<JournalHead, 'version' | 'owner'> {
  /** How many keys were, or may have been, changed. */
  readonly keys: number;
  /** Of these, the keys of which it is not certain; only told of changes of single keys and of interrupted ones. */
  readonly uncertain: number;
  /** The first three keys; only told of changes of single keys. */
  readonly names: readonly string[];
  /** Size on disk. */
  readonly bytes: number;
  readonly state: JournalState;
}

/** Work that stopped before its end. */
export interface LeftWork extends ResumableWork {
  /** Id of its journal, by which it can be undone and resumed. */
  readonly id: string;
  /** Ids of the sources that it reads or writes. */
  readonly sources: readonly string[];
  /** Keys that are behind it. */
  readonly done: number;
  /** When it began first, in milliseconds since 1970. */
  readonly at: number;
  /** Whether any key was, or may have been, changed. */
  readonly isUndoable: boolean;
  /** Its window was closed or broke down, and nobody has been told yet. */
  readonly isNews: boolean;
}

/** What a key of a journal is now that is not as the change made it. */
export interface PresentState {
  /** `undefined` for an absent key. */
  readonly digest: string | undefined;
  /** When the journal's own line was kept. */
  readonly keptAt: number;
  /** What it was before that; absent where that does not matter. */
  readonly before?: string | undefined;
}

const OPERATION = /^(\d{14}-[0-9a-f]{12})(?:\.(open)|\.(\d+)(\.left)?)\.ndjson$/;
const SESSION = /^(\d{14}-[0-9a-f]{12})\.session\.ndjson$/;
/** What stays of work on the files themselves where a process breaks down in the middle of it. */
const SCRAP = /\.ndjson\.new$|\.claim$/;
const DAY = 86_400_000;
const MEGABYTE = 1_000_000;
/**
 * A change with more bytes than this has a file of its own: lines of a session's file are read whole, and written by a
 * single call, so that what another window adds never comes in between.
 */
const LARGEST_SINGLE = 400_000;
/** Nobody writes a file of single changes, or makes one for an operation, when it was not written for so long, in milliseconds. */
const REST_MS = 60_000;
/** Nobody needs so long to begin, in milliseconds. */
const CLAIM_MS = 10_000;
/** What a line has besides a value and its key, about, in bytes. */
const BYTES_PER_LINE = 120;

/**
 * The journals of all changes: files of the owner alone in one folder that several windows share. They are what undoes,
 * what resumes, and what tells of interrupted work. A journal belongs to its operation until that has ended. What is too
 * old is not there any more for a reader; it is removed from the disk, with the oldest beyond the total size, whenever
 * an operation ends, and by `tidy`.
 */
export class Journals {
  readonly #folder: string;
  readonly #oldFolder: string;
  readonly #options: JournalOptions;
  readonly #processes: Processes;
  /** Ids of what is being undone here. */
  readonly #used = new Set<string>();
  /** Ids of operations that were going on when their source was forgotten. */
  readonly #gone = new Set<string>();
  readonly #running = new Map<string, JournalHead>();
  readonly #session: SessionFile;
  readonly #sessionPart: string;
  #lastAt = 0;

  /** `oldFolder` holds the backups of versions before journals: they can be undone while they last. */
  constructor(folder: string, oldFolder: string, options: JournalOptions, processes: Processes) {
    this.#folder = folder;
    this.#oldFolder = oldFolder;
    this.#options = options;
    this.#processes = processes;
    this.#sessionPart = createHash('sha256').update(processes.own.session).digest('hex').slice(0, 12);
    this.#session = new SessionFile({
      newPath: async () => {
        await this.#makeFolder();
        // There may be too many by now.
        if (this.#session.path !== undefined) void this.tidy();
        return join(this.#folder, `${this.#newId().id}.session.ndjson`);
      },
      clock: () => options.clock(),
      largest: () => (options.megabytes * MEGABYTE) / 10,
    });
  }

  /** Begins a journal; with `earlier` it goes on with that of an earlier start of the same work. Rejects when it cannot. */
  async begin(operation: Operation, options: BeginOptions): Promise<JournalWriter> {
    const { work, earlier, isDurable } = options;
    try {
      await this.#makeFolder();
      if (earlier !== undefined) {
        return await this.#claiming(earlier, async () => {
          const known = await this.#resumable(earlier);
          return await (known ? this.#resume(known, isDurable) : this.#start(operation, work, options));
        });
      }
      return await this.#start(operation, work, options);
    } catch (error) {
      throw notKept(error);
    }
  }

  /** Keeps a change of a few keys: in the file of this session, a large one in a file of its own. All of them, or none. */
  single(operation: Operation): Recorder {
    let head: JournalHead | undefined;
    let own: JournalWriter | undefined;
    let path: string | undefined;
    return {
      get id() {
        return own?.id ?? (path === undefined ? undefined : head?.id);
      },
      keep: async (lines) => {
        // Not before: its time comes after those of the changes that it builds on.
        head = this.#headOf(operation);
        const text = sessionText({ op: head, lines });
        if (text.length > this.#options.megabytes * MEGABYTE) return 0;
        if (text.length > LARGEST_SINGLE) {
          own = await this.#keepAlone(operation, lines);
          return own ? lines.length : 0;
        }
        this.#running.set(head.id, head);
        try {
          path = await this.#session.begin(text);
        } catch (error) {
          this.#ended(head.id);
          throw notKept(error);
        }
        return lines.length;
      },
      mark: async (mark) => {
        if (own) {
          await own.mark(mark);
          await own.end('whole');
        }
        if (path === undefined || head === undefined) return;
        // Without it the change counts as one that may have been made.
        await this.#session.add(path, { of: head.id, mark }).catch(() => {});
        if (this.#gone.has(head.id)) await this.#session.rewrite(path, new Set([head.id])).catch(() => {});
        this.#ended(head.id);
      },
    };
  }

  /** Everything that can be taken back, or is going on; newest first. What cannot be read is left out. */
  async list(): Promise<JournalInfo[]> {
    const infos: JournalInfo[] = [];
    for (const file of await this.#files()) {
      const read = (one: JournalFile) => (one.kind === 'session' ? this.#sessionInfos(one) : this.#operationInfos(one));
      infos.push(...((await this.#follow(file, read).catch(() => [])) ?? []));
    }
    const oldest = this.#options.clock() - this.#days * DAY;
    return infos.filter(({ at }) => at >= oldest).sort((a, b) => (a.id < b.id ? 1 : -1));
  }

  async find(id: string): Promise<JournalInfo | undefined> {
    return (await this.list()).find((one) => one.id === id);
  }

  /** The keys of a journal in the order in which they were changed. Throws `notFound` when there is none, `busy` while it is written. */
  async *lines(id: string): AsyncGenerator<TracedLine> {
    const info = await this.find(id);
    if (info === undefined) throw noSuchChange();
    if (info.state === 'running') throw stillRunning(info.label);
    const change = await this.#sessionChange(id);
    if (change) {
      yield* tracedChange(change);
      return;
    }
    const file = (await this.#files()).find((one) => one.id === id);
    if (file === undefined) throw noSuchChange();
    try {
      yield* tracedLines(file);
    } catch (error) {
      throw unusable(error);
    }
  }

  /**
   * The keys that a later change of the namespace has made what they are now: once that one is taken back, this change
   * can be. A key that was as before when the next one changed it is not among them: nothing of it is left to take back.
   */
  async followed(
    { id, source, namespace }: JournalInfo,
    states: ReadonlyMap<string, PresentState>,
  ): Promise<Set<string>> {
    const followed = new Set<string>();
    if (states.size === 0) return followed;
    const next = new Map<string, { readonly keptAt: number; readonly before: string | undefined }>();
    const isSame = (head: JournalHead | undefined) =>
      head !== undefined && head.id !== id && head.source === source && head.namespace === namespace;
    const note = ({ key, before, after, isWritten, keptAt }: TracedLine): void => {
      const state = states.get(key);
      if (state === undefined || isWritten === 'no' || keptAt < state.keptAt) return;
      if (state.digest === after) followed.add(key);
      // Only of one that was written it is certain that it found what it says.
      const isNext = isWritten === 'yes' && keptAt < (next.get(key)?.keptAt ?? Number.POSITIVE_INFINITY);
      if (isNext) next.set(key, { keptAt, before: entryDigest(before) });
    };
    const read = async (file: JournalFile): Promise<void> => {
      if (file.kind === 'session') {
        for (const change of (await sessionChanges(file)).values()) {
          if (isSame(change.head)) for (const line of tracedChange(change)) note(line);
        }
      } else if (isSame(await headIn(file))) {
        for await (const line of tracedLines(file)) note(line);
      }
    };
    for (const file of await this.#files()) {
      // What cannot be read cannot be taken back either.
      await this.#follow(file, read).catch(() => {});
    }
    for (const [key, { before }] of next) {
      const state = states.get(key);
      if (state && 'before' in state && state.before === before) followed.delete(key);
    }
    return followed;
  }

  /** Takes a change back; throws `busy` while that is being done already: a second one would write everything again. */
  async whileUsed<T>(id: string, work: () => Promise<T>): Promise<T> {
    if (this.#used.has(id)) throw undoneAlready();
    this.#used.add(id);
    try {
      return await work();
    } finally {
      this.#used.delete(id);
    }
  }

  /** Lets go of a journal: nothing of it can be taken back any more. One that is gone on with meanwhile stays. */
  async remove(id: string): Promise<void> {
    if (this.#running.has(id)) return;
    for (const file of await this.#files()) {
      if (file.kind === 'session') {
        if (!(await sessionChanges(file)).has(id)) continue;
        await this.#session.add(file.path, { forget: id }).catch((error) => {
          throw unusable(error);
        });
      } else if (file.id === id && !(file.kind === 'open' && (await this.#isWritten(file)))) {
        await this.#removeFile(file);
      }
    }
  }

  /** These keys of a journal that stays were taken back. */
  async noteUndone(id: string, keys: readonly string[]): Promise<void> {
    if (keys.length === 0 || this.#running.has(id)) return;
    try {
      for (const file of await this.#files()) {
        if (file.kind === 'session') {
          if ((await sessionChanges(file)).has(id)) await this.#session.add(file.path, { of: id, undone: keys });
        } else if (file.id === id) await this.#add(file, { undone: keys });
      }
    } catch (error) {
      throw unusable(error);
    }
  }

  /** Removes every journal but those of operations that are going on; resolves to how many of these there are. */
  async clear(): Promise<number> {
    return await this.#removeWhere(() => true);
  }

  /** Removes the journals of these sources; those of operations that are going on when they end. Rejects when one stays. */
  async forget(isGone: (source: string) => boolean): Promise<void> {
    for (const { id, source } of this.#running.values()) if (isGone(source)) this.#gone.add(id);
    await this.#removeWhere(isGone);
  }

  /** Removes what is too old or too much. Never rejects: the next time will do. */
  async tidy(): Promise<void> {
    try {
      let bytes = 0;
      let isFirst = true;
      for (const file of await this.#files()) {
        const found = await stat(file.path).catch(() => undefined);
        if (found === undefined) continue;
        bytes += found.size;
        const isOld = this.#isOld(file.kind === 'session' ? found.mtimeMs : timeOf(file.id));
        const isTooMuch = !isFirst && bytes > this.#options.megabytes * MEGABYTE;
        isFirst = false;
        if ((isOld || isTooMuch) && !(await this.#isBusy(file, found.mtimeMs))) await this.#removeFile(file);
      }
      for (const name of await namesIn(this.#folder)) {
        const path = join(this.#folder, name);
        if (SCRAP.test(name) && this.#options.clock() - (await stat(path)).mtimeMs > REST_MS)
          await rm(path, { force: true });
      }
    } catch {
      // What stays now is removed at the next end.
    }
  }

  /** The same work, when it stopped before its end and nobody is doing it now. */
  async findWork(work: Work): Promise<LeftWork | undefined> {
    const id = workId(work);
    return (await this.#leftWorks((head) => head.work?.id === id)).at(-1);
  }

  async leftWork(journal: string): Promise<LeftWork | undefined> {
    return (await this.#leftWorks((head) => head.id === journal))[0];
  }

  /** Everything that stopped before its end, the oldest first. */
  async leftWorks(): Promise<LeftWork[]> {
    return await this.#leftWorks(() => true);
  }

  /** The user has been told of it. */
  async noteTold(id: string): Promise<void> {
    const file = (await this.#files()).find((one) => one.id === id);
    if (file) await this.#add(file, { told: true }).catch(() => {});
  }

  /** Nothing is left of the work to be resumed. */
  async noteWhole(id: string): Promise<void> {
    const known = await this.#resumable(id).catch(() => undefined);
    if (!known) return;
    if (known.keys === 0) await this.#removeFile(known.file);
    else await rename(known.file.path, join(this.#folder, `${id}.${known.keys}.ndjson`)).catch(() => {});
  }

  /** Whether so many bytes of values, and so many keys, can be kept. */
  hasRoomFor(bytes: number, keys: number): boolean {
    return (bytes * 4) / 3 + keys * BYTES_PER_LINE <= this.#options.megabytes * MEGABYTE;
  }

  /** Ids of operations of this window that have not ended. */
  get running(): ReadonlySet<string> {
    return new Set(this.#running.keys());
  }

  get #days(): number {
    return Math.max(1, this.#options.days);
  }

  #isOld(at: number): boolean {
    return this.#options.clock() - at > this.#days * DAY;
  }

  #headOf({ kind, namespace, label }: Operation, work?: ResumableWork): JournalHead {
    return {
      ...{ version: 2, ...this.#newId(), kind, source: namespace.source, namespace: namespace.id, label },
      owner: this.#processes.own,
      ...(work && { work: { ...work, id: workId(work) } }),
    };
  }

  /** Ids sort by age, those of the same millisecond too, and where the clock is set back; their end is the session's. */
  #newId(): { readonly id: string; readonly at: number } {
    const at = Math.max(Math.trunc(this.#options.clock()), this.#lastAt + 1);
    this.#lastAt = at;
    return { id: `${String(at).padStart(14, '0')}-${this.#sessionPart}`, at };
  }

  async #start(operation: Operation, work: ResumableWork | undefined, options: BeginOptions): Promise<JournalWriter> {
    const head = this.#headOf(operation, work);
    return await this.#write(head, () =>
      JournalWriter.create({ ...this.#target(head), isDurable: options.isDurable }, { head }),
    );
  }

  async #resume({ file, head, keys }: Resumable, isDurable: boolean): Promise<JournalWriter> {
    const target = this.#target(head);
    return await this.#write(head, async () => {
      if (file.path !== target.path) await rename(file.path, target.path);
      const start = { owner: this.#processes.own, at: this.#options.clock() };
      return await JournalWriter.create({ ...target, isDurable, earlier: { keys } }, { start });
    });
  }

  #target(head: JournalHead) {
    return {
      ...{ head, path: join(this.#folder, `${head.id}.open.ndjson`), bytes: this.#options.megabytes * MEGABYTE },
      clock: () => this.#options.clock(),
      timing: this.#options.timing ?? realTiming,
      ended: (keys: number, end: 'whole' | 'left') => {
        if (keys === 0 || this.#gone.has(head.id)) return undefined;
        return join(this.#folder, `${head.id}.${keys}${end === 'left' ? '.left' : ''}.ndjson`);
      },
      onEnd: async () => {
        this.#ended(head.id);
        await this.tidy();
      },
    };
  }

  /** It counts as running from here to its end. */
  async #write(head: JournalHead, create: () => Promise<JournalWriter>): Promise<JournalWriter> {
    this.#running.set(head.id, head);
    try {
      return await create();
    } catch (error) {
      this.#ended(head.id);
      throw error;
    }
  }

  #ended(id: string): void {
    this.#running.delete(id);
    this.#gone.delete(id);
  }

  /** A file for one change; `undefined` where there is no room for all of it. */
  async #keepAlone(operation: Operation, lines: readonly JournalLine[]): Promise<JournalWriter | undefined> {
    await this.#makeFolder();
    const writer = await this.#start(operation, undefined, { isDurable: false });
    try {
      const kept = await writer.keep(lines);
      if (kept === lines.length) return writer;
      await writer.mark({ failed: lines.slice(0, kept).map(({ key }) => key) });
    } catch (error) {
      await writer.end('whole');
      throw error;
    }
    await writer.end('whole');
    return undefined;
  }

  /** Only one window at a time goes on with a journal. Throws `busy`. */
  async #claiming<T>(id: string, work: () => Promise<T>): Promise<T> {
    if (this.#used.has(id)) throw undoneAlready();
    const path = join(this.#folder, `${id}.claim`);
    const age = await stat(path).then(
      ({ mtimeMs }) => this.#options.clock() - mtimeMs,
      () => 0,
    );
    // Its process broke down.
    if (age > CLAIM_MS) await rm(path, { force: true });
    try {
      await (await open(path, 'wx', 0o600)).close();
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
        throw stillRunning((await this.find(id))?.label ?? '');
      throw error;
    }
    try {
      return await work();
    } finally {
      await rm(path, { force: true });
    }
  }

  async #makeFolder(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await chmod(this.#folder, 0o700);
  }

  /** All files of ours, newest first. */
  async #files(): Promise<JournalFile[]> {
    const files: JournalFile[] = [];
    for (const folder of [this.#folder, this.#oldFolder]) {
      for (const name of await namesIn(folder)) {
        const path = join(folder, name);
        const [, id, open, keys, left] = OPERATION.exec(name) ?? [];
        const session = SESSION.exec(name)?.[1];
        if (session !== undefined) files.push({ path, id: session, kind: 'session', keys: 0 });
        else if (id !== undefined && folder === this.#folder)
          files.push({ path, id, kind: open ? 'open' : left ? 'left' : 'whole', keys: Number(keys ?? 0) });
        else if (id !== undefined && keys !== undefined) files.push({ path, id, kind: 'whole', keys: Number(keys) });
      }
    }
    return files.sort((a, b) => (a.id < b.id ? 1 : -1));
  }

  /** A file gets another name when its operation ends, which may be between a look at the folder and one at the file. */
  async #follow<T>(file: JournalFile, read: (file: JournalFile) => Promise<T>): Promise<T | undefined> {
    try {
      return await read(file);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
      const renamed = (await this.#files()).find(({ id }) => id === file.id);
      return renamed && (await read(renamed));
    }
  }

  async #add(file: JournalFile, record: JournalRecord): Promise<void> {
    await this.#follow(file, async ({ path }) => await addTo(path, recordText(record)));
  }

  async #operationInfos(file: JournalFile): Promise<JournalInfo[]> {
    const head = await headIn(file);
    if (head === undefined) return [];
    const bytes = (await stat(file.path)).size;
    const rest = { ...withoutOwner(head), bytes, names: [] };
    if (file.kind !== 'open') {
      return [{ ...rest, keys: file.keys, uncertain: 0, state: file.kind === 'left' ? 'left' : 'whole' }];
    }
    const { keys, uncertain, owner, end } = await traceOf(file);
    const isRunning = this.#isRunning(head.id, owner);
    if (!isRunning && keys === 0) return [];
    return [{ ...rest, keys, uncertain, state: isRunning ? 'running' : (end ?? 'interrupted') }];
  }

  async #sessionInfos(file: JournalFile): Promise<JournalInfo[]> {
    const infos: JournalInfo[] = [];
    for (const change of (await sessionChanges(file)).values()) {
      const { head, mark } = change;
      const open = [...tracedChange(change)].filter(({ isWritten }) => isWritten !== 'no');
      if (open.length === 0) continue;
      infos.push({
        ...withoutOwner(head),
        keys: open.length,
        uncertain: mark === undefined ? open.length : (mark.uncertain?.length ?? 0),
        names: open.slice(0, 3).map(({ key }) => key),
        bytes: open.reduce((sum, { before }) => sum + (before?.value.length ?? 0), 0),
        state: this.#isGoingOn(change) ? 'running' : 'whole',
      });
    }
    return infos;
  }

  /** Whether a file must stay, however old or large: somebody may still write it, or reads it. */
  async #isBusy(file: JournalFile, changedAt: number): Promise<boolean> {
    const isFresh = this.#options.clock() - changedAt < REST_MS;
    if (file.kind === 'session') {
      if (file.path === this.#session.path || isFresh) return true;
      const changes = await sessionChanges(file);
      return [...changes].some(([id, change]) => this.#used.has(id) || this.#isGoingOn(change));
    }
    if (this.#used.has(file.id)) return true;
    return file.kind === 'open' && (await this.#isWritten(file));
  }

  /** Of a file that is open: whether its operation goes on. */
  async #isWritten(file: JournalFile): Promise<boolean> {
    const { owner } = await traceOf(file);
    if (owner !== undefined || this.#running.has(file.id)) return this.#isRunning(file.id, owner);
    // Its head may be on the way to the disk.
    const { size, mtimeMs } = await stat(file.path);
    return size === 0 && this.#options.clock() - mtimeMs < REST_MS;
  }

  #isRunning(id: string, owner: JournalHead['owner']): boolean {
    if (this.#running.has(id)) return true;
    return owner !== undefined && owner.session !== this.#processes.own.session && this.#processes.isRunning(owner);
  }

  #isGoingOn({ head, mark }: SessionChange): boolean {
    return this.#running.has(head.id) || (mark === undefined && this.#isRunning(head.id, head.owner));
  }

  async #sessionChange(id: string): Promise<SessionChange | undefined> {
    for (const file of await this.#files()) {
      const change = file.kind === 'session' ? (await sessionChanges(file)).get(id) : undefined;
      if (change) return change;
    }
    return undefined;
  }

  async #resumable(id: string): Promise<Resumable | undefined> {
    const file = (await this.#files()).find((one) => one.id === id && one.kind !== 'session');
    const head = file && (await headIn(file));
    // What is kept no longer, or by a version before journals, cannot be gone on with.
    if (!file || head?.version !== 2) return undefined;
    const { keys, owner } = await traceOf(file);
    if (file.kind === 'open' && this.#isRunning(id, owner)) throw stillRunning(head.label);
    return { file, head, keys };
  }

  async #leftWorks(isWanted: (head: JournalHead) => boolean): Promise<LeftWork[]> {
    const works: LeftWork[] = [];
    /** Ids of works that were begun anew since, and done. */
    const done = new Set<string>();
    const add = async (file: JournalFile): Promise<void> => {
      const head = await headIn(file);
      if (!head?.work) return;
      if (file.kind === 'whole') done.add(head.work.id);
      if (file.kind === 'whole' || done.has(head.work.id) || !isWanted(head)) return;
      const trace = await traceOf(file);
      if (file.kind === 'open' && (this.#isRunning(head.id, trace.owner) || trace.end === 'whole')) return;
      const { command, args, title, total, since = head.at } = head.work;
      works.push({
        ...{ command, args, title, total, done: trace.done, id: head.id, at: since },
        sources: [...new Set([head.source, ...sourcesIn(args)])],
        isUndoable: trace.keys > 0,
        isNews: file.kind === 'open' && !trace.told,
      });
    };
    for (const file of await this.#files()) {
      if (file.kind !== 'session' && !this.#isOld(timeOf(file.id))) await this.#follow(file, add).catch(() => {});
    }
    return works.reverse();
  }

  /** Resolves to how many stay because they are being written. Rejects when another one stays, once all have been tried. */
  async #removeWhere(isWanted: (source: string) => boolean): Promise<number> {
    let left = 0;
    let failure: unknown;
    for (const file of await this.#files()) {
      try {
        left += await (file.kind === 'session' ? this.#clearSession(file, isWanted) : this.#clearFile(file, isWanted));
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
    if (file.kind === 'open' && (await this.#isWritten(file))) return 1;
    await this.#removeFile(file);
    return 0;
  }

  async #clearSession(file: JournalFile, isWanted: (source: string) => boolean): Promise<number> {
    const changes = [...(await sessionChanges(file)).values()];
    const wanted = changes.filter(({ head }) => isWanted(head.source));
    const open = new Set(wanted.filter((change) => this.#isGoingOn(change)));
    if (wanted.length === changes.length && open.size === 0 && file.path !== this.#session.path) {
      await this.#removeFile(file);
    } else {
      // What was forgotten before is in the file still.
      const gone = wanted.filter((change) => !open.has(change));
      await this.#session.rewrite(file.path, new Set(gone.map(({ head }) => head.id)));
    }
    return open.size;
  }

  async #removeFile(file: JournalFile): Promise<void> {
    try {
      await rm(file.path, { force: true });
      this.#session.forget(file.path);
    } catch (error) {
      throw unusable(error);
    }
  }
}

interface Resumable {
  readonly file: JournalFile;
  readonly head: JournalHead;
  readonly keys: number;
}

export interface BeginOptions {
  /** What resumes it; absent for what can only be taken back. */
  readonly work?: ResumableWork | undefined;
  /** Id of the journal of an earlier start of the same work. */
  readonly earlier?: string | undefined;
  /** Whether what is written elsewhere is safe at once, so that the journal must be before. */
  readonly isDurable: boolean;
}

const timeOf = (id: string): number => Number(id.slice(0, 14));

const withoutOwner = ({ owner: _, version: __, ...head }: JournalHead): Omit<JournalHead, 'owner' | 'version'> => head;

const workId = ({ command, args }: Work): string =>
  createHash('sha256')
    .update(JSON.stringify([command, args]))
    .digest('hex')
    .slice(0, 32);

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw unusable(error);
  }
}

/** The ids of sources anywhere in the arguments. */
function sourcesIn(args: unknown): string[] {
  if (typeof args !== 'object' || args === null) return [];
  return Object.entries(args).flatMap(([field, value]) =>
    field === 'source' && typeof value === 'string' ? value : sourcesIn(value),
  );
}
