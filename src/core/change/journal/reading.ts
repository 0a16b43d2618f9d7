import { open as openFile } from 'node:fs/promises';
import { byteLines } from '../../base/byteLines.ts';
import { damagedJournal } from './errors.ts';
import {
  type JournalEnd,
  type JournalHead,
  type JournalLine,
  type JournalMark,
  parseRecord,
  parseSessionRecord,
  type SessionRecord,
} from './format.ts';
import type { JournalCounts } from './journalWriter.ts';
import type { Moment } from './moment.ts';

const momentOf = ({ at, tick }: Moment): Moment => ({ at, tick });

/** A file in the folder of journals, or in the folder of old backups. */
export interface JournalFile {
  readonly path: string;
  readonly id: string;
  readonly kind: 'open' | 'whole' | 'left' | 'session';
  /** From its name, like `uncertain`; not known for the other kinds. */
  readonly keys: number;
  readonly uncertain: number;
}

/** A line, and whether its change was written. */
export interface TracedLine extends JournalLine {
  readonly isWritten: 'yes' | 'no' | 'maybe';
  /** The change was undone, or the key has returned to its old state: that is why it counts as not written. */
  readonly isUndone?: true;
  /** When it was kept. If a key was changed twice, the later change has the later moment. */
  readonly kept: Moment;
  /** Index among the lines of keys in the file, counting those that cannot be read. Absent in a session's file. */
  readonly index?: number;
}

const undoneLine = (line: TracedLine): TracedLine => ({ ...line, isWritten: 'no', isUndone: true });

/** A change in the file of a session. */
export interface SessionChange {
  readonly head: JournalHead;
  readonly lines: readonly JournalLine[];
  /** Absent while the change is running, or if its process crashed. */
  readonly mark: JournalMark | undefined;
  /** Keys of the change that were undone while others could not be. */
  readonly undone: ReadonlySet<string>;
}

/** A summary of a whole file, without its values. */
export interface Trace {
  /** Number of lines whose keys were changed, or may have been. */
  readonly keys: number;
  readonly uncertain: number;
  /** See {@link openCounts}. */
  readonly isUpperBound: boolean;
  /** Number of keys that the work has finished since it last started over. */
  readonly done: number;
  /** Total number of keys of the work, as far as the records of its starts say. */
  readonly total: number;
  /** When the work last started over, according to the records of its starts; absent if they do not say. */
  readonly since: number | undefined;
  /** How many seconds the clock of the namespace was ahead then; together with `since`. */
  readonly ahead: number | undefined;
  /** When the work was last started or continued. */
  readonly started: Moment;
  /** The user knows that the work was interrupted. */
  readonly isNotified: boolean;
  /**
   * The process that writes it, or did. The journal belongs to it until the file's name says that it has ended. Absent
   * if no owner is recorded.
   */
  readonly owner: JournalHead['owner'];
  readonly end: JournalEnd | undefined;
}

/** The first line of a file; `undefined` if it is not a journal or has no complete line yet. */
export async function headIn({ path }: JournalFile): Promise<JournalHead | undefined> {
  for await (const text of byteLines(path)) {
    const record = parseRecord(text.toString('utf8'));
    return record && 'head' in record ? record.head : undefined;
  }
  return undefined;
}

/** How a line about a key begins. */
const KEY_LINE_START = '{"key":';
export const KEY_LINE = Buffer.from(KEY_LINE_START);
const END_OF_LINE = 0x7d;
const UNDONE_LINE_START = '{"undone":';
const UNDONE_LINE = Buffer.from(UNDONE_LINE_START);

/** Does not parse the line, because it may be long. */
export const isKeyLine = (line: Buffer): boolean => startsWith(line, KEY_LINE);

const startsWith = (line: Buffer, start: Buffer): boolean => start.equals(line.subarray(0, start.length));

export async function traceOf({ path }: JournalFile): Promise<Trace> {
  let [keys, uncertain, open] = [0, 0, 0];
  const progress = new Progress();
  let [isNotified, isUpperBound] = [false, false];
  let owner: Trace['owner'];
  let end: Trace['end'];
  let [since, ahead]: [Trace['since'], Trace['ahead']] = [undefined, undefined];
  let started: Moment = { at: 0 };
  for await (const line of byteLines(path)) {
    if (isKeyLine(line)) {
      // The last line may be incomplete.
      if (line.at(-1) === END_OF_LINE) open++;
      continue;
    }
    const record = parseRecord(line.toString('utf8'));
    if (record === undefined) continue;
    if ('head' in record) {
      const { work } = record.head;
      [owner, since, ahead, started] = [record.head.owner, work?.since, work?.ahead, momentOf(record.head)];
      progress.beginAnew(work?.total);
    } else if ('notified' in record) isNotified = true;
    else if ('undone' in record) isUpperBound = true;
    else if ('end' in record) end = record.end;
    else if ('start' in record) {
      // The lines of the previous run have no mark.
      keys += open;
      uncertain += open;
      const { start } = record;
      [open, isNotified, end, owner, started] = [0, false, undefined, start.owner, momentOf(start)];
      isUpperBound = true;
      if (start.since === undefined || start.since === since) progress.goOn(start.total);
      else {
        [since, ahead] = [start.since, start.ahead];
        progress.beginAnew(start.total);
      }
    } else if ('mark' in record) {
      keys += open - (record.mark.failed?.length ?? 0);
      uncertain += record.mark.uncertain?.length ?? 0;
      progress.mark(record.mark.done);
      open = 0;
    }
  }
  const { done, total } = progress;
  const counts = { keys: keys + open, uncertain: uncertain + open };
  return { ...counts, isUpperBound, done, total, since, ahead, started, isNotified, owner, end };
}

/** The progress of work. Each start counts only the keys that it has done itself, and may know only those left. */
class Progress {
  done = 0;
  total = 0;
  #left = 0;

  beginAnew(total = this.total): void {
    [this.done, this.total, this.#left] = [0, total, total];
  }

  goOn(left = this.#left): void {
    this.total = Math.max(this.total, left);
    this.#left = left;
    this.mark(0);
  }

  mark(done = 0): void {
    this.done = Math.max(this.done, this.total - this.#left + done);
  }
}

/** What the end of a file says about its work. */
export interface LastRecords {
  /** When the work was last continued; absent if it was not, or if the file does not say. */
  readonly started?: Moment | undefined;
  /** When it ended; absent if the file does not say. */
  readonly ended?: Moment | undefined;
  /** See {@link openCounts}. */
  readonly isUpperBound: boolean;
}

/** How many bytes at the end of the file are read first; usually little follows the record of the end. */
const LAST_BYTES = 1 << 16;

/**
 * Reads only the end of the file: as much of it as was added after its last line about a key, such as long records of
 * what was undone.
 */
export async function lastRecordsIn({ path }: JournalFile): Promise<LastRecords> {
  const file = await openFile(path);
  try {
    const { size } = await file.stat();
    for (let length = LAST_BYTES; ; length *= 8) {
      const buffer = Buffer.alloc(Math.min(size, length));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, size - buffer.length);
      const lines = buffer.toString('utf8', 0, bytesRead).split('\n');
      let isUndone = false;
      for (const text of lines.toReversed()) {
        isUndone ||= text.startsWith(UNDONE_LINE_START);
        const record = text.startsWith('{"end":') ? parseRecord(text) : undefined;
        if (!record || !('end' in record)) continue;
        const { started, ended } = record;
        return { started, ended, isUpperBound: isUndone || started !== undefined || ended === undefined };
      }
      if (length >= size || lines.some((text) => text.startsWith(KEY_LINE_START))) return { isUpperBound: true };
    }
  } finally {
    await file.close();
  }
}

/** Lines that were undone, by key: the ranges of their indexes. */
export type UndoneLines = ReadonlyMap<string, readonly (readonly [from: number, to: number])[]>;

/**
 * The lines of a file. Each is yielded once the mark of its batch was read, or none can follow. `undone` defaults to
 * what the file currently says was undone. Damaged lines are skipped, and reported by throwing at the end. Lines after
 * them count as `maybe` written, because the missing lines may have said more about them.
 */
export async function* tracedLines(file: JournalFile, undone?: UndoneLines): AsyncGenerator<TracedLine> {
  const all = undone ?? (await undoneIn(file));
  for await (const line of markedLines(file)) {
    const { key, index = 0 } = line;
    const isUndone = all.get(key)?.some(([from, to]) => index >= from && index < to);
    yield isUndone ? undoneLine(line) : line;
  }
}

/**
 * The distinct keys that can still be undone. The numbers in names and marks are those of all lines: too many once keys
 * were undone, or if several runs of the work have changed the same ones.
 */
export async function openCounts(file: JournalFile): Promise<JournalCounts> {
  /** By key, whether it was certainly changed. */
  const open = new Map<string, boolean>();
  for await (const { key, isWritten } of tracedLines(file)) {
    if (isWritten !== 'no') open.set(key, isWritten === 'yes' || open.get(key) === true);
  }
  return { keys: open.size, uncertain: [...open.values()].filter((isCertain) => !isCertain).length };
}

/** The number of lines about keys. */
export async function countLines({ path }: JournalFile): Promise<number> {
  let count = 0;
  for await (const line of byteLines(path)) if (isKeyLine(line)) count++;
  return count;
}

export async function undoneIn({ path }: JournalFile): Promise<UndoneLines> {
  const undone = new Map<string, (readonly [number, number])[]>();
  let read = 0;
  for await (const line of byteLines(path)) {
    if (isKeyLine(line)) read++;
    else if (startsWith(line, UNDONE_LINE)) {
      const record = parseRecord(line.toString('utf8'));
      if (record === undefined || !('undone' in record)) continue;
      const lines = [record.from ?? 0, Math.min(record.to ?? read, read)] as const;
      for (const key of record.undone) undone.set(key, [...(undone.get(key) ?? []), lines]);
    }
  }
  return undone;
}

interface OpenLine extends JournalLine {
  readonly index: number;
}

async function* markedLines(file: JournalFile): AsyncGenerator<TracedLine> {
  let open: OpenLine[] = [];
  let [read, found] = [0, 0];
  let kept: Moment = { at: 0 };
  let isOld = false;
  let isCut = false;
  let isDamaged = false;
  for await (const text of byteLines(file.path)) {
    const record = parseRecord(text.toString('utf8'));
    const index = read;
    // Counts like `undoneIn` and `countLines`.
    if (isKeyLine(text) || (record && 'line' in record)) read++;
    // The last line may be incomplete, if the process crashed or if a later record about the journal did not fit on the
    // disk.
    isDamaged ||= isCut && (file.kind !== 'open' || record === undefined || 'line' in record || 'mark' in record);
    if (record === undefined) {
      isCut = true;
      isDamaged ||= file.kind !== 'open' && read > index;
      // The next mark may belong to another batch.
      for (const line of traced(open, undefined, kept)) {
        ({ kept } = line);
        yield line;
      }
      open = [];
    } else if ('head' in record) [kept, isOld] = [momentOf(record.head), record.head.version === 1];
    else if ('line' in record) {
      found++;
      if (isOld) yield { ...record.line, index, isWritten: 'maybe', kept };
      else open.push({ ...record.line, index });
    } else if ('mark' in record || 'start' in record) {
      for (const line of traced(open, 'mark' in record ? record.mark : undefined, kept)) {
        yield isDamaged && line.isWritten === 'yes' ? { ...line, isWritten: 'maybe' } : line;
      }
      open = [];
    }
  }
  yield* traced(open, undefined, kept);
  // The end of the file may be missing without leaving an incomplete line.
  if (isDamaged || (file.kind !== 'open' && found < file.keys)) throw damagedJournal();
}

/** The lines of a change in a session's file. */
export function* tracedChange({ head, lines, mark, undone }: SessionChange): Generator<TracedLine> {
  for (const line of traced(lines, mark, head)) yield undone.has(line.key) ? undoneLine(line) : line;
}

/** The lines of one batch, according to its mark. */
function* traced(
  lines: readonly (JournalLine & Pick<TracedLine, 'index'>)[],
  mark: JournalMark | undefined,
  head: Moment,
): Generator<TracedLine> {
  const failed = new Set(mark?.failed);
  const uncertain = new Set(mark?.uncertain);
  let kept = momentOf(head);
  for (const line of lines) {
    const isWritten = failed.has(line.key) ? 'no' : mark === undefined || uncertain.has(line.key) ? 'maybe' : 'yes';
    if (line.at !== undefined) kept = { at: line.at, tick: line.tick };
    yield { ...line, isWritten, kept };
  }
}

/**
 * The changes in a session's file that can still be undone or are running, by id. The outcome of a change may precede
 * it, because the order can change when another window rewrites the file.
 */
export async function sessionChanges({ path }: JournalFile): Promise<Map<string, SessionChange>> {
  const kept = new Map<string, Extract<SessionRecord, { readonly op: unknown }>>();
  const marks = new Map<string, JournalMark>();
  const undone = new Map<string, string[]>();
  const forgotten = new Set<string>();
  for await (const text of byteLines(path)) {
    const record = parseSessionRecord(text.toString('utf8'));
    if (record === undefined) continue;
    if ('op' in record) kept.set(record.op.id, record);
    else if ('forget' in record) forgotten.add(record.forget);
    else if ('mark' in record) marks.set(record.of, record.mark);
    else undone.set(record.of, [...(undone.get(record.of) ?? []), ...record.undone]);
  }
  const changes = new Map<string, SessionChange>();
  for (const [id, { op: head, lines }] of kept) {
    if (!forgotten.has(id)) changes.set(id, { head, lines, mark: marks.get(id), undone: new Set(undone.get(id)) });
  }
  return changes;
}
