import type { Range } from '../code/calls.ts';
import type { Code, Finding } from '../code/diagnostics/finding.ts';

/** Findings about a whole call, which hold whatever is typed into it. */
const OF_CALLS: ReadonlySet<Code> = new Set(['floating-put', 'no-await']);

/** Where the user is working in a document, as offsets in its current text. */
export interface Typing {
  readonly cursors: readonly number[];
  /** Where the last change of the document put text. */
  readonly edits: readonly Range[];
}

/**
 * True for a finding in a literal, list or object that the user is typing: `6` will become `600`, and new brackets are
 * empty. It ends when the cursor leaves, and does not apply if the cursor is only placed there, as for a fix. The
 * `const` that contains a text or number counts too, and so does anything that a fix would change.
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

/** A change in an event of VS Code, with offsets from before all changes of the event. */
interface Change {
  readonly rangeOffset: number;
  readonly rangeLength: number;
  readonly text: string;
}

/** Where the changes of one event are after all of them. */
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
