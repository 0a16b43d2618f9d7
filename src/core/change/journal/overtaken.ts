import { byteLines } from '../../base/byteLines.ts';
import { entryDigest } from '../../entry/entryDigest.ts';
import { type JournalHead, parseRecord } from './format.ts';
import type { JournalFolder } from './journalFolder.ts';
import { isOfOtherChange, type JournalInfo } from './journalInfo.ts';
import { compareMoments, type Moment, provenOrder } from './moment.ts';
import { isKeyLine, type JournalFile, KEY_LINE, sessionChanges } from './reading.ts';

/** What was restored of a key. */
export interface Restored {
  /** The moment of the line whose earlier state was restored. */
  readonly kept: Moment;
  /** When it was restored: later changes build on it. */
  readonly at: Moment;
  /**
   * The `entryDigest` of the restored state. A change that found exactly this state may have been written later than
   * its journal says.
   */
  readonly state: string | undefined;
  /**
   * The `entryDigest` of the state that the change had given the key. A change that found this state came later, unless
   * the clock says otherwise.
   */
  readonly made: string | undefined;
}

/** Keys of one journal, grouped by the index from which their lines are meant. */
export type LinesFrom = ReadonlyMap<number, readonly string[]>;

/**
 * Finds lines of other changes of the namespace, by id, that came after a line of this change but before it was undone.
 * The undo was possible all the same, because the key had returned to the state that this change gave it. These lines
 * no longer describe anything that exists. If they were kept, an equal state could later be taken for theirs, and an
 * undo of them would overwrite it.
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
 * Whether a line came after the undone line and before its undo. If the first is not proven, this change may have been
 * built on that line, which must then remain undoable: so the clock and the state that it found must both say that it
 * came later. The undo was written a moment ago, so for the second the clock is good enough.
 */
function isBetween(kept: Moment, restored: Restored, found: () => string | undefined): boolean {
  if (compareMoments(kept, restored.at) >= 0) return false;
  const order = provenOrder(kept, restored.kept);
  if (order !== undefined) return order > 0;
  return kept.at > restored.kept.at && restored.made !== undefined && found() === restored.made;
}

/** The `entryDigest` of the state that the change of a line has found. */
function foundBy(line: Buffer): string | undefined {
  const record = parseRecord(line.toString('utf8'));
  return record !== undefined && 'line' in record ? entryDigest(record.line.before) : undefined;
}

/** Most lines are skipped by their key alone, because a journal may be large. */
async function linesBetween(
  { path }: JournalFile,
  isOther: (head: JournalHead) => boolean,
  restored: ReadonlyMap<string, Restored>,
): Promise<LinesFrom> {
  /** For each key, the index of its first line in between, or 0 if none of its lines is earlier. */
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
          // A later change by the same work stays, so all lines of the key stay.
          first.delete(key);
        } else if (!first.has(key)) first.set(key, older.has(key) ? index : 0);
      }
      index++;
    }
  }
  return Map.groupBy(first.keys(), (key) => first.get(key) ?? 0);
}

const MOMENT = /"at":(\d+)(?:,"tick":"([^"\\]*)")?\}$/;
/** The moment is within this many bytes of the end of a line. */
const MOMENT_BYTES = 120;

/** The moment in the first line of a batch. */
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
