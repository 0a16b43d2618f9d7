/** A search stops at this many matches, more than anybody would read. */
export const MOST_MATCHES = 10_000;

/** The position of a match. */
export interface Hit {
  /** Counts from 1. */
  readonly line: number;
  /** Counts from 1, in UTF-16 units, as editors do. */
  readonly column: number;
  /** The line, or for a long line the part around the match. */
  readonly text: string;
}

/** Whether a text is split into lines, or matched as a whole. */
export type Cut = 'lines' | 'whole';

/** Returns the offset of the first match in a line, or a negative number. */
export type Find = (line: string) => number;

/** The most characters of a long line that are shown. */
const MOST_TEXT = 200;
/** How many of these characters precede the match. */
const TEXT_BEFORE = 60;

/** The first hit of every line that has one, up to `most` hits. `onLine` is called before each line. */
export function hitsIn(text: string, cut: Cut, find: Find, most: number, onLine?: () => void): readonly Hit[] {
  const hits: Hit[] = [];
  if (most <= 0) return hits;
  for (const hit of eachHit(text, cut, find, onLine)) {
    hits.push(hit);
    if (hits.length >= most) break;
  }
  return hits;
}

/** Yields the first hit of every line that has one. `onLine` is called before each line. */
export function* eachHit(text: string, cut: Cut, find: Find, onLine?: () => void): Generator<Hit> {
  let line = 0;
  for (const part of cut === 'lines' ? linesOf(text) : [text]) {
    line++;
    onLine?.();
    const index = find(part);
    if (index >= 0) yield { line, column: index + 1, text: excerpt(part, index) };
  }
}

/** Splits a text into lines as an editor does. */
function* linesOf(text: string): Generator<string> {
  const ending = /\r\n|\n|\r/g;
  let start = 0;
  for (let match = ending.exec(text); match; match = ending.exec(text)) {
    yield text.slice(start, match.index);
    start = ending.lastIndex;
  }
  yield text.slice(start);
}

function excerpt(line: string, index: number): string {
  if (line.length <= MOST_TEXT) return line;
  const start = Math.max(0, Math.min(index - TEXT_BEFORE, line.length - MOST_TEXT));
  const end = start + MOST_TEXT;
  // Drops half a surrogate pair at either end.
  const part = line.slice(start, end).replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, '');
  return `${start > 0 ? '…' : ''}${part}${end < line.length ? '…' : ''}`;
}
