import type { Range } from '../code/calls.ts';
import type { Code, Finding } from '../code/diagnostics/finding.ts';

/** What is wrong with a whole call: it is so whatever is typed into it. */
const OF_CALLS: ReadonlySet<Code> = new Set(['floating-put', 'no-await']);

/** Where somebody is at work in a document, in offsets of what it is now. */
export interface Typing {
  readonly cursors: readonly number[];
  /** What the last change of the document put there. */
  readonly edits: readonly Range[];
}

/**
 * True for what is wrong with a literal, list or object that somebody types into: `6` is on its way to `600`, and what
 * was just opened is empty. It is no longer when the cursor leaves, and never where a cursor is only set, as for a
 * repair. The `const` that a text or number is written in counts, too, and whatever a repair would change.
 */
export function isBeingTyped({ code, from, to, fixes, written }: Finding, { cursors, edits }: Typing): boolean {
  if (OF_CALLS.has(code)) return false;
  return [{ from, to }, ...(written ? [written] : []), ...fixes.flatMap((fix) => fix.edits)].some(
    (place) =>
      edits.some((edit) => touches(place, edit)) &&
      cursors.some((cursor) => touches(place, { from: cursor, to: cursor })),
  );
}

const touches = (a: Range, b: Range): boolean => a.from <= b.to && b.from <= a.to;

/** A change as an event of VS Code tells it: in offsets from before all changes of the event. */
interface Change {
  readonly rangeOffset: number;
  readonly rangeLength: number;
  readonly text: string;
}

/** Where changes of one event stand after all of them. */
export function editsOf(changes: readonly Change[]): Range[] {
  let shift = 0;
  return [...changes]
    .sort((a, b) => a.rangeOffset - b.rangeOffset)
    .map(({ rangeOffset, rangeLength, text }) => {
      const from = rangeOffset + shift;
      shift += text.length - rangeLength;
      return { from, to: from + text.length };
    });
}
