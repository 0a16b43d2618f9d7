import { createHash, randomBytes } from 'node:crypto';
import { appendFile, chmod, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Operation, ResumableWork, Work } from '../keyChange.ts';
import { damagedJournal, noSuchChange, notKept, stillRunning, undoneAlready, unusable } from './errors.ts';
import {
  type JournalHead,
  type JournalLine,
  type JournalMark,
  parseRecord,
  parseSessionRecord,
  recordText,
  sessionText,
  textLines,
} from './format.ts';
import { JournalWriter, type Recorder } from './journalWriter.ts';
import type { Processes } from './owner.ts';

/** Read at every use, so getters keep up with settings. */
export interface JournalOptions {
  /** Journals older than this are removed; at least 1. */
  readonly days: number;
  /** All journals together, in units of 1,000,000 bytes; 0 lets none be made. */
  readonly megabytes: number;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
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

/** A line, and whether what it tells of was written. */
export interface TracedLine extends JournalLine {
  readonly isWritten: 'yes' | 'no' | 'maybe';
}

const OPERATION = /^(\d{14}-[0-9a-f]{12})(?:\.(open)|\.(\d+)(\.left)?)\.ndjson$/;
const SESSION = /^(\d{14}-[0-9a-f]{12})\.session\.ndjson$/;
const DAY = 86_400_000;
const MEGABYTE = 1_000_000;
/** A file of single changes is followed by another one at this size at the latest, in bytes. */
const LARGEST_SESSION = 10 * MEGABYTE;
/** A change with more than this has a file of its own, in bytes: that file's lines are read whole. */
const LARGEST_SINGLE = MEGABYTE;
/** Nobody writes a file of single changes any more that was not written for so long, in milliseconds. */
const SESSION_REST_MS = 60_000;

interface File {
  readonly path: string;
  readonly id: string;
  readonly kind: 'open' | 'whole' | 'left' | 'session';
  /** In its name; unknown for the others. */
  readonly keys: number;
}

interface SessionOp {
  readonly head: JournalHead;
  readonly lines: readonly JournalLine[];
  readonly mark: JournalMark | undefined;
}

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
  /** Sources that were forgotten while operations of theirs were going on. */
  readonly #gone = new Set<string>();
  readonly #running = new Map<string, JournalHead>();
  #session: { readonly id: string; readonly path: string; bytes: number } | undefined;

  /** `oldFolder` holds the backups of versions before journals: they can be undone while they last. */
  constructor(folder: string, oldFolder: string, options: JournalOptions, processes: Processes) {
    this.#folder = folder;
    this.#oldFolder = oldFolder;
    this.#options = options;
    this.#processes = processes;
  }

  /** Begins a journal; with `earlier` it goes on with that of an earlier start of the same work. Rejects when it cannot. */
  async begin(operation: Operation, options: BeginOptions): Promise<JournalWriter> {
    const { work, earlier, isDurable } = options;
    try {
      await this.#makeFolder();
      const known = earlier === undefined ? undefined : await this.#resumable(earlier);
      const head: JournalHead = known?.head ?? this.#headOf(operation, work, options.isRest);
      const path = join(this.#folder, `${head.id}.open.ndjson`);
      if (known && known.file.path !== path) await rename(known.file.path, path);
      this.#running.set(head.id, head);
      this.#gone.delete(head.source);
      return await JournalWriter.create(
        {
          ...{ head, path, isDurable },
          ...(known && { earlier: { bytes: known.bytes, keys: known.keys } }),
          bytes: this.#options.megabytes * MEGABYTE,
          ended: (keys, end) => {
            if (keys === 0 || this.#gone.has(head.source)) return undefined;
            return join(this.#folder, `${head.id}.${keys}${end === 'left' ? '.left' : ''}.ndjson`);
          },
          onEnd: async () => {
            this.#running.delete(head.id);
            await this.tidy();
          },
        },
        known ? { start: { owner: this.#processes.own, at: this.#options.clock() } } : { head },
      );
    } catch (error) {
      throw notKept(error);
    }
  }

  /** Keeps a change of a few keys: in the file of this session, a large one in a file of its own. */
  single(operation: Operation): Recorder {
    const head = this.#headOf(operation);
    let own: JournalWriter | undefined;
    let path: string | undefined;
    return {
      get id() {
        return own?.id ?? (path === undefined ? undefined : head.id);
      },
      keep: async (lines) => {
        const text = sessionText({ op: head, lines });
        if (text.length > this.#options.megabytes * MEGABYTE) return 0;
        if (text.length > LARGEST_SINGLE) {
          own = await this.begin(operation, { isDurable: false });
          return await own.keep(lines);
        }
        this.#running.set(head.id, head);
        this.#gone.delete(head.source);
        try {
          const session = await this.#sessionPath(text.length);
          await appendFile(session, text, { mode: 0o600 });
          path = session;
        } catch (error) {
          this.#running.delete(head.id);
          throw notKept(error);
        }
        return lines.length;
      },
      mark: async (mark) => {
        await own?.mark(mark);
        await own?.end('whole');
        this.#running.delete(head.id);
        if (path === undefined) return;
        const record = this.#gone.has(head.source) ? { forget: head.id } : { of: head.id, mark };
        await appendFile(path, sessionText(record)).catch(() => {});
      },
    };
  }

  /** Everything that can be taken back, or is going on; newest first. What cannot be read is left out. */
  async list(): Promise<JournalInfo[]> {
    const infos: JournalInfo[] = [];
    for (const file of await this.#files()) {
      const found = await (file.kind === 'session' ? this.#sessionInfos(file) : this.#operationInfos(file)).catch(
        () => [],
      );
      infos.push(...found);
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
    const op = await this.#sessionOp(id);
    if (op) {
      yield* traced(op.lines, op.mark);
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

  /** Lets go of a journal: nothing of it can be taken back any more. */
  async remove(id: string): Promise<void> {
    if (this.#running.has(id)) return;
    for (const file of await this.#files()) {
      if (file.id === id) await this.#removeFile(file);
      else if (file.kind === 'session' && (await sessionOps(file)).has(id)) {
        await appendFile(file.path, sessionText({ forget: id }));
      }
    }
  }

  /** Removes every journal but those of operations that are going on; resolves to how many of these there are. */
  async clear(): Promise<number> {
    return await this.#removeWhere(() => true);
  }

  /** Removes the journals of these sources; those of operations that are going on when they end. Rejects when one stays. */
  async forget(isGone: (source: string) => boolean): Promise<void> {
    for (const { source } of this.#running.values()) if (isGone(source)) this.#gone.add(source);
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
    if (file) await appendFile(file.path, recordText({ told: true })).catch(() => {});
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

  #headOf({ kind, namespace, label }: Operation, work?: ResumableWork, isRest = false): JournalHead {
    const at = this.#options.clock();
    const id = `${String(at).padStart(14, '0')}-${randomBytes(6).toString('hex')}`;
    return {
      ...{ version: 2, id, at, kind, source: namespace.source, namespace: namespace.id, label },
      owner: this.#processes.own,
      ...(work && { work: { ...work, id: workId(work) } }),
      ...(isRest && { isRest }),
    };
  }

  async #makeFolder(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await chmod(this.#folder, 0o700);
  }

  async #sessionPath(bytes: number): Promise<string> {
    const largest = Math.min(LARGEST_SESSION, (this.#options.megabytes * MEGABYTE) / 10);
    const known = this.#session;
    const isYoung = known !== undefined && this.#options.clock() - timeOf(known.id) < DAY;
    if (known && isYoung && known.bytes + bytes <= largest) {
      known.bytes += bytes;
      return known.path;
    }
    await this.#makeFolder();
    const id = `${String(this.#options.clock()).padStart(14, '0')}-${randomBytes(6).toString('hex')}`;
    this.#session = { id, path: join(this.#folder, `${id}.session.ndjson`), bytes };
    if (known) void this.tidy();
    return this.#session.path;
  }

  /** All files of ours, newest first. */
  async #files(): Promise<File[]> {
    const files: File[] = [];
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

  async #operationInfos(file: File): Promise<JournalInfo[]> {
    const head = await headIn(file);
    if (head === undefined) return [];
    const bytes = (await stat(file.path)).size;
    const rest = { ...withoutOwner(head), bytes, names: [] };
    if (file.kind !== 'open') {
      return [{ ...rest, keys: file.keys, uncertain: 0, state: file.kind === 'left' ? 'left' : 'whole' }];
    }
    const { keys, uncertain, owner } = await traceOf(file);
    const isRunning = owner !== undefined && this.#isRunning(head.id, owner);
    if (!isRunning && keys === 0) return [];
    return [{ ...rest, keys, uncertain, state: isRunning ? 'running' : 'interrupted' }];
  }

  async #sessionInfos(file: File): Promise<JournalInfo[]> {
    const infos: JournalInfo[] = [];
    for (const { head, lines, mark } of (await sessionOps(file)).values()) {
      const failed = new Set(mark?.failed);
      const open = lines.filter(({ key }) => !failed.has(key));
      const isRunning = mark === undefined && head.owner !== undefined && this.#isRunning(head.id, head.owner);
      if (open.length === 0) continue;
      infos.push({
        ...withoutOwner(head),
        keys: open.length,
        uncertain: mark === undefined ? open.length : (mark.uncertain?.length ?? 0),
        names: open.slice(0, 3).map(({ key }) => key),
        bytes: open.reduce((sum, { before }) => sum + (before?.value.length ?? 0), 0),
        state: isRunning ? 'running' : 'whole',
      });
    }
    return infos;
  }

  /** Whether an operation may still write this file. */
  async #isBusy(file: File, changedAt: number): Promise<boolean> {
    if (file.kind === 'session') {
      return file.path === this.#session?.path || this.#options.clock() - changedAt < SESSION_REST_MS;
    }
    if (file.kind !== 'open') return false;
    const { owner } = await traceOf(file);
    return owner !== undefined && this.#isRunning(file.id, owner);
  }

  #isRunning(id: string, owner: NonNullable<JournalHead['owner']>): boolean {
    return owner.session === this.#processes.own.session ? this.#running.has(id) : this.#processes.isRunning(owner);
  }

  async #sessionOp(id: string): Promise<SessionOp | undefined> {
    for (const file of await this.#files()) {
      const op = file.kind === 'session' ? (await sessionOps(file)).get(id) : undefined;
      if (op) return op;
    }
    return undefined;
  }

  async #resumable(id: string) {
    if (this.#running.has(id)) throw stillRunning(this.#running.get(id)?.label ?? '');
    const file = (await this.#files()).find((one) => one.id === id && one.kind !== 'session');
    const head = file && (await headIn(file));
    if (!file || !head) return undefined;
    const { keys, owner } = await traceOf(file);
    if (file.kind === 'open' && owner && this.#isRunning(id, owner)) throw stillRunning(head.label);
    return { file, head, keys, bytes: (await stat(file.path)).size };
  }

  async #leftWorks(isWanted: (head: JournalHead) => boolean): Promise<LeftWork[]> {
    const works: LeftWork[] = [];
    for (const file of (await this.#files()).reverse()) {
      if (file.kind !== 'open' && file.kind !== 'left') continue;
      if (this.#isOld(timeOf(file.id))) continue;
      const head = await headIn(file).catch(() => undefined);
      if (!head?.work || !isWanted(head)) continue;
      const { keys, done, owner, told } = await traceOf(file);
      if (file.kind === 'open' && owner && this.#isRunning(head.id, owner)) continue;
      const { command, args, title, total } = head.work;
      works.push({
        ...{ command, args, title, total, done, id: head.id, at: head.at },
        sources: [...new Set([head.source, ...sourcesIn(args)])],
        isUndoable: keys > 0,
        isNews: file.kind === 'open' && !told,
      });
    }
    return works;
  }

  /** Resolves to how many stay because they are being written. */
  async #removeWhere(isWanted: (source: string) => boolean): Promise<number> {
    const running = new Set((await this.list()).filter(({ state }) => state === 'running').map(({ id }) => id));
    let left = 0;
    for (const file of await this.#files()) {
      if (running.has(file.id)) {
        const head = await headIn(file).catch(() => undefined);
        if (head && isWanted(head.source)) left++;
        continue;
      }
      if (file.kind !== 'session') {
        const head = await headIn(file).catch(() => undefined);
        // What cannot be read belongs to nobody who could ask for it.
        if (head === undefined || isWanted(head.source)) await this.#removeFile(file);
        continue;
      }
      const ops = [...(await sessionOps(file)).values()];
      const wanted = ops.filter(({ head }) => isWanted(head.source));
      const open = wanted.filter(({ head }) => running.has(head.id));
      left += open.length;
      if (wanted.length === ops.length && open.length === 0) await this.#removeFile(file);
      else if (wanted.length > open.length) {
        await this.#rewriteSession(file, new Set(wanted.filter((op) => !open.includes(op)).map(({ head }) => head.id)));
      }
    }
    return left;
  }

  /** Without these changes: nothing of a source that was forgotten stays on the disk. */
  async #rewriteSession(file: File, gone: ReadonlySet<string>): Promise<void> {
    const texts: string[] = [];
    try {
      for await (const text of textLines(file.path)) {
        const record = parseSessionRecord(text);
        const id = record && ('op' in record ? record.op.id : 'of' in record ? record.of : record.forget);
        if (id !== undefined && !gone.has(id)) texts.push(`${text}\n`);
      }
      const fresh = `${file.path}.new`;
      await appendFile(fresh, texts.join(''), { mode: 0o600 });
      await rename(fresh, file.path);
    } catch (error) {
      throw unusable(error);
    }
  }

  async #removeFile(file: File): Promise<void> {
    try {
      await rm(file.path, { force: true });
      if (this.#session?.path === file.path) this.#session = undefined;
    } catch (error) {
      throw unusable(error);
    }
  }
}

export interface BeginOptions {
  /** What resumes it; absent for what can only be taken back. */
  readonly work?: ResumableWork | undefined;
  /** Id of the journal of an earlier start of the same work. */
  readonly earlier?: string | undefined;
  /** What an earlier start had written stands in no journal. */
  readonly isRest?: boolean | undefined;
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

async function headIn(file: File): Promise<JournalHead | undefined> {
  for await (const text of textLines(file.path)) {
    const record = parseRecord(text);
    return record && 'head' in record ? record.head : undefined;
  }
  return undefined;
}

/** What a whole file tells without its values. */
async function traceOf(file: File) {
  let [keys, uncertain, done, open] = [0, 0, 0, 0];
  let told = false;
  let owner: JournalHead['owner'];
  for await (const text of textLines(file.path)) {
    if (text.startsWith('{"key":')) {
      open++;
      continue;
    }
    const record = parseRecord(text);
    if (record === undefined) continue;
    if ('head' in record) owner = record.head.owner;
    if ('start' in record) {
      owner = record.start.owner;
      told = false;
    }
    if ('told' in record) told = true;
    if ('mark' in record) {
      keys += open - (record.mark.failed?.length ?? 0);
      uncertain += record.mark.uncertain?.length ?? 0;
      done = record.mark.done ?? done;
      open = 0;
    }
  }
  return { keys: keys + open, uncertain: uncertain + open, done, told, owner };
}

/** The lines of a file, each when its batch has a mark or the file has ended. */
async function* tracedLines(file: File): AsyncGenerator<TracedLine> {
  let open: JournalLine[] = [];
  let read = 0;
  let isOld = false;
  for await (const text of textLines(file.path)) {
    const record = parseRecord(text);
    // The last line of a file whose process broke down may be cut.
    if (record === undefined) {
      if (file.kind === 'open') continue;
      throw damagedJournal();
    }
    if ('head' in record) isOld = record.head.version === 1;
    else if ('line' in record) {
      read++;
      if (isOld) yield { ...record.line, isWritten: 'maybe' };
      else open.push(record.line);
    } else if ('mark' in record) {
      yield* traced(open, record.mark);
      open = [];
    }
  }
  yield* traced(open, undefined);
  // Its end may be missing without half a line that tells.
  if (file.kind !== 'open' && read < file.keys) throw damagedJournal();
}

function* traced(lines: readonly JournalLine[], mark: JournalMark | undefined): Generator<TracedLine> {
  const failed = new Set(mark?.failed);
  const uncertain = new Set(mark?.uncertain);
  for (const line of lines) {
    const isWritten = failed.has(line.key) ? 'no' : mark === undefined || uncertain.has(line.key) ? 'maybe' : 'yes';
    yield { ...line, isWritten };
  }
}

async function sessionOps(file: File): Promise<Map<string, SessionOp>> {
  const ops = new Map<string, SessionOp>();
  for await (const text of textLines(file.path)) {
    const record = parseSessionRecord(text);
    if (record === undefined) continue;
    if ('op' in record) ops.set(record.op.id, { head: record.op, lines: record.lines, mark: undefined });
    else if ('forget' in record) ops.delete(record.forget);
    else {
      const op = ops.get(record.of);
      if (op) ops.set(record.of, { ...op, mark: record.mark });
    }
  }
  return ops;
}

/** The ids of sources anywhere in the arguments. */
function sourcesIn(args: unknown): string[] {
  if (typeof args !== 'object' || args === null) return [];
  return Object.entries(args).flatMap(([field, value]) =>
    field === 'source' && typeof value === 'string' ? value : sourcesIn(value),
  );
}
