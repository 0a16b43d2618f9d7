import { byteLines } from '../../base/byteLines.ts';
import { type JournalHead, parseRecord } from './format.ts';
import type { JournalFolder } from './journalFolder.ts';
import type { JournalInfo } from './journalInfo.ts';
import { compareMoments, type Moment } from './moment.ts';
import { type JournalFile, KEY_LINE, sessionChanges } from './reading.ts';

/** Keys of one journal, by the index of the line from which on theirs are meant. */
export type LinesFrom = ReadonlyMap<number, readonly string[]>;

/**
 * Of other changes of the namespace the lines that came after a line of this one which was taken back all the same, by id: the
 * key had come back to what this change had made of it. They tell of nothing that is there any more. Were they
 * kept, a state that happens to be the same would be taken for theirs, and what is there now would go with them.
 */
export async function overtakenLines(
  folder: JournalFolder,
  { id, source, namespace }: JournalInfo,
  restored: ReadonlyMap<string, Moment>,
): Promise<ReadonlyMap<string, LinesFrom>> {
  const overtaken = new Map<string, LinesFrom>();
  if (restored.size === 0) return overtaken;
  const isOther = (head: JournalHead): boolean =>
    head.id !== id && head.source === source && head.namespace === namespace;
  const momentOf = (key: string): Moment | undefined => restored.get(key);
  await folder.each(async (file) => {
    if (file.kind !== 'session') {
      const lines = await linesAfter(file, isOther, momentOf);
      if (lines.size > 0) overtaken.set(file.id, lines);
      return;
    }
    for (const { head, lines } of (await sessionChanges(file)).values()) {
      if (!isOther(head)) continue;
      const keys = lines.map(({ key }) => key).filter((key) => isAfter(head, momentOf(key)));
      if (keys.length > 0) overtaken.set(head.id, new Map([[0, keys]]));
    }
  });
  return overtaken;
}

const isAfter = (kept: Moment, restored: Moment | undefined): boolean =>
  restored !== undefined && compareMoments(kept, restored) > 0;

/** Most lines are passed over by their key alone, for a journal may be large. */
async function linesAfter(
  { path }: JournalFile,
  isOther: (head: JournalHead) => boolean,
  momentOf: (key: string) => Moment | undefined,
): Promise<LinesFrom> {
  const found = new Map<number, string[]>();
  /** Keys that are dealt with, and those of which there was a line that is not later. */
  const [dealtWith, older] = [new Set<string>(), new Set<string>()];
  let kept: Moment | undefined;
  let index = 0;
  for await (const line of byteLines(path)) {
    if (kept === undefined) {
      const record = parseRecord(line.toString('utf8'));
      if (record === undefined || !('head' in record) || !isOther(record.head)) break;
      kept = record.head;
    } else if (KEY_LINE.equals(line.subarray(0, KEY_LINE.length))) {
      kept = momentIn(line) ?? kept;
      const key = keyIn(line);
      const restored = key === undefined ? undefined : momentOf(key);
      if (key !== undefined && restored && !dealtWith.has(key)) {
        if (!isAfter(kept, restored)) older.add(key);
        else {
          dealtWith.add(key);
          const from = older.has(key) ? index : 0;
          const keys = found.get(from);
          if (keys) keys.push(key);
          else found.set(from, [key]);
        }
      }
      index++;
    }
  }
  return found;
}

const MOMENT = /"at":(\d+)(?:,"tick":"([^"\\]*)")?\}$/;
/** At the end of a line, at most. */
const MOMENT_BYTES = 120;

/** That of the first line of a batch. */
function momentIn(line: Buffer): Moment | undefined {
  const found = MOMENT.exec(line.toString('latin1', Math.max(0, line.length - MOMENT_BYTES)));
  return found ? { at: Number(found[1]), tick: found[2] } : undefined;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

function keyIn(line: Buffer): string | undefined {
  const start = KEY_LINE.length;
  let end = start + 1;
  while (end < line.length && line[end] !== QUOTE) end += line[end] === BACKSLASH ? 2 : 1;
  try {
    const key: unknown = JSON.parse(line.toString('utf8', start, end + 1));
    return typeof key === 'string' ? key : undefined;
  } catch {
    return undefined;
  }
}
