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
import type { Moment } from './moment.ts';

const momentOf = ({ at, tick }: Moment): Moment => ({ at, tick });

/** A file of the folder of journals, or of that of the backups of old. */
export interface JournalFile {
  readonly path: string;
  readonly id: string;
  readonly kind: 'open' | 'whole' | 'left' | 'session';
  /** In its name, as the next; unknown for the others. */
  readonly keys: number;
  readonly uncertain: number;
}

/** A line, and whether what it tells of was written. */
export interface TracedLine extends JournalLine {
  readonly isWritten: 'yes' | 'no' | 'maybe';
  /** It was taken back, or has come back by itself: that is why it counts as not written. */
  readonly isUndone?: true;
  /** When it was kept: of two changes of a key, the later has the later one. */
  readonly kept: Moment;
  /** Among the lines of keys of its file, with those that cannot be read; absent in the file of a session. */
  readonly index?: number;
}

const undoneLine = (line: TracedLine): TracedLine => ({ ...line, isWritten: 'no', isUndone: true });

/** A change in the file of a session. */
export interface SessionChange {
  readonly head: JournalHead;
  readonly lines: readonly JournalLine[];
  /** Absent while it goes on, and where its process broke down. */
  readonly mark: JournalMark | undefined;
  /** Keys of it that were taken back, while others could not be. */
  readonly undone: ReadonlySet<string>;
}

/** What a whole file tells without its values. */
export interface Trace {
  /** Keys that were, or may have been, changed. */
  readonly keys: number;
  readonly uncertain: number;
  /** Keys that are behind the work, since it began anew. */
  readonly done: number;
  /** And those that there are in all, as far as its starts tell. */
  readonly total: number;
  /** When that was, as its last starts tell; absent where they do not. */
  readonly since: number | undefined;
  /** With it: how far the clock of the namespace was ahead then. */
  readonly ahead: number | undefined;
  /** When the last start was. */
  readonly started: Moment;
  /** The user knows of the interruption. */
  readonly isNotified: boolean;
  /** Who writes it, or did: it is theirs until its name tells of its end. Absent where nobody is named. */
  readonly owner: JournalHead['owner'];
  readonly end: JournalEnd | undefined;
}

/** Its first line; `undefined` for what is no journal, or has no whole line yet. */
export async function headIn({ path }: JournalFile): Promise<JournalHead | undefined> {
  for await (const text of byteLines(path)) {
    const record = parseRecord(text.toString('utf8'));
    return record && 'head' in record ? record.head : undefined;
  }
  return undefined;
}

/** How the line of a key begins. */
export const KEY_LINE = Buffer.from('{"key":');
const END_OF_LINE = 0x7d;
const UNDONE_LINE = Buffer.from('{"undone":');

/** Without parsing it: a line of a key may be long. */
export const isKeyLine = (line: Buffer): boolean => startsWith(line, KEY_LINE);

const startsWith = (line: Buffer, start: Buffer): boolean => start.equals(line.subarray(0, start.length));

export async function traceOf({ path }: JournalFile): Promise<Trace> {
  let [keys, uncertain, open] = [0, 0, 0];
  const progress = new Progress();
  let isNotified = false;
  let owner: Trace['owner'];
  let end: Trace['end'];
  let [since, ahead]: [Trace['since'], Trace['ahead']] = [undefined, undefined];
  let started: Moment = { at: 0 };
  for await (const line of byteLines(path)) {
    if (isKeyLine(line)) {
      // The last one may be cut.
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
    else if ('end' in record) end = record.end;
    else if ('start' in record) {
      // Of the lines of the start before this one, the mark is missing.
      keys += open;
      uncertain += open;
      const { start } = record;
      [open, isNotified, end, owner, started] = [0, false, undefined, start.owner, momentOf(start)];
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
  return { ...counts, done, total, since, ahead, started, isNotified, owner, end };
}

/** How far work is, of which every start counts what it has done itself, and perhaps only knows of what is left. */
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

/** When work of which the file has its end was gone on with last, and when it ended; absent where that does not tell. */
export interface LastTimes {
  readonly started?: Moment;
  readonly ended?: Moment;
}

/** What comes after the end of work is hardly larger. */
const LAST_BYTES = 1 << 16;

/** Without reading all of it. */
export async function lastTimesIn({ path }: JournalFile): Promise<LastTimes> {
  const file = await openFile(path);
  try {
    const { size } = await file.stat();
    const buffer = Buffer.alloc(Math.min(size, LAST_BYTES));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, size - buffer.length);
    const lines = buffer.toString('utf8', 0, bytesRead).split('\n');
    for (const text of lines.reverse()) {
      const record = text.startsWith('{"end":') ? parseRecord(text) : undefined;
      if (record && 'end' in record) return record;
    }
    return {};
  } finally {
    await file.close();
  }
}

/** Lines that were taken back, by key: those from the first index up to the second one. */
export type UndoneLines = ReadonlyMap<string, readonly (readonly [from: number, to: number])[]>;

/**
 * The lines of a file, each when its batch has a mark or none is to come; what was taken back is as it is now, unless
 * given as it was. What is damaged is passed over, and told by throwing at the end: what comes behind it `maybe` was
 * written, for what is missing may have told of it.
 */
export async function* tracedLines(file: JournalFile, undone?: UndoneLines): AsyncGenerator<TracedLine> {
  const all = undone ?? (await undoneIn(file));
  for await (const line of markedLines(file)) {
    const { key, index = 0 } = line;
    const isUndone = all.get(key)?.some(([from, to]) => index >= from && index < to);
    yield isUndone ? undoneLine(line) : line;
  }
}

/** How many lines of keys there are. */
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
    // As `undoneIn` and `countLines` do.
    if (isKeyLine(text) || (record && 'line' in record)) read++;
    // The last line may be cut: its process broke down, or what became of the journal later did not fit on the disk.
    isDamaged ||= isCut && (file.kind !== 'open' || record === undefined || 'line' in record || 'mark' in record);
    if (record === undefined) {
      isCut = true;
      isDamaged ||= file.kind !== 'open' && read > index;
      // The next mark may be that of another batch.
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
  // Its end may be missing without half a line that tells.
  if (isDamaged || (file.kind !== 'open' && found < file.keys)) throw damagedJournal();
}

/** Lines of a change in the file of a session. */
export function* tracedChange({ head, lines, mark, undone }: SessionChange): Generator<TracedLine> {
  for (const line of traced(lines, mark, head)) yield undone.has(line.key) ? undoneLine(line) : line;
}

/** Lines of one batch by its mark. */
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
 * The changes in the file of a session that can still be taken back, or are going on, by id. What became of a change
 * may stand before it: where another window writes the file anew, what comes meanwhile is put together in another
 * order.
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
