import { byteLines } from '../../base/byteLines.ts';
import { entryDigest } from '../../entry/entryDigest.ts';
import { type JournalHead, parseRecord } from './format.ts';
import type { JournalFolder } from './journalFolder.ts';
import { isOfOtherChange, type JournalInfo } from './journalInfo.ts';
import { compareMoments, type Moment, provenOrder } from './moment.ts';
import { isKeyLine, type JournalFile, KEY_LINE, sessionChanges } from './reading.ts';

/** What was taken back of a key. */
export interface Restored {
  /** That of the line before which the key is as it was. */
  readonly kept: Moment;
  /** When it was written: what comes later builds on it. */
  readonly at: Moment;
  /** What it is since, as an `entryDigest`: a change that found just this may be written later than it was kept. */
  readonly state: string | undefined;
  /** What the change had made of it, likewise: whoever found that came later, unless the clock says otherwise. */
  readonly made: string | undefined;
}

/** Keys of one journal, by the index of the line from which on theirs are meant. */
export type LinesFrom = ReadonlyMap<number, readonly string[]>;

/**
 * Of other changes of the namespace, by id, the lines that came between a line of this one and the undo that took it
 * back all the same: the key had come back to what this change had made of it. They tell of nothing that is there any
 * more. Were they kept, a state that happens to be the same would be taken for theirs, and what is there now would go
 * with them.
 */
export async function overtakenLines(
  folder: JournalFolder,
  info: JournalInfo,
  restored: ReadonlyMap<string, Restored>,
): Promise<ReadonlyMap<string, LinesFrom>> {
  const overtaken = new Map<string, LinesFrom>();
  if (restored.size === 0) return overtaken;
  const isOther = (head: JournalHead): boolean => isOfOtherChange(info, head);
  await folder.each(async (file) => {
    if (file.kind !== 'session') {
      const lines = await linesBetween(file, isOther, restored);
      if (lines.size > 0) overtaken.set(file.id, lines);
      return;
    }
    for (const { head, lines } of (await sessionChanges(file)).values()) {
      if (!isOther(head)) continue;
      const over = lines.filter(({ key, before }) => {
        const back = restored.get(key);
        const found = entryDigest(before);
        return back && isBetween(head, back, () => found) && found !== back.state;
      });
      const keys = over.map(({ key }) => key);
      if (keys.length > 0) overtaken.set(head.id, new Map([[0, keys]]));
    }
  });
  return overtaken;
}

/**
 * Where it is not proven that it came later, the line may be what the change was built on: its undo is not to go. That
 * it came before what was written a moment ago, the clock tells well enough.
 */
function isBetween(kept: Moment, restored: Restored, found: () => string | undefined): boolean {
  if (compareMoments(kept, restored.at) >= 0) return false;
  const order = provenOrder(kept, restored.kept);
  if (order !== undefined) return order > 0;
  return kept.at > restored.kept.at && restored.made !== undefined && found() === restored.made;
}

/** What a line has found, as an `entryDigest`. */
function foundBy(line: Buffer): string | undefined {
  const record = parseRecord(line.toString('utf8'));
  return record !== undefined && 'line' in record ? entryDigest(record.line.before) : undefined;
}

/** Most lines are passed over by their key alone, for a journal may be large. */
async function linesBetween(
  { path }: JournalFile,
  isOther: (head: JournalHead) => boolean,
  restored: ReadonlyMap<string, Restored>,
): Promise<LinesFrom> {
  /** By key, the index of its first line between, or 0 where none of its lines is before that. */
  const first = new Map<string, number>();
  const older = new Set<string>();
  let kept: Moment | undefined;
  let index = 0;
  for await (const line of byteLines(path)) {
    if (kept === undefined) {
      const record = parseRecord(line.toString('utf8'));
      if (record === undefined || !('head' in record) || !isOther(record.head)) break;
      kept = record.head;
    } else if (isKeyLine(line)) {
      kept = momentIn(line) ?? kept;
      const key = keyIn(line);
      const back = key === undefined ? undefined : restored.get(key);
      if (key !== undefined && back) {
        if (!isBetween(kept, back, () => foundBy(line)) || foundBy(line) === back.state) {
          older.add(key);
          // What the work has changed of it since stays, and so does all of the key.
          first.delete(key);
        } else if (!first.has(key)) first.set(key, older.has(key) ? index : 0);
      }
      index++;
    }
  }
  return Map.groupBy(first.keys(), (key) => first.get(key) ?? 0);
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
