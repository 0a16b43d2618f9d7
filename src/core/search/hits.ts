/** A search ends there: more is more than anybody reads. */
export const MOST_MATCHES = 10_000;

/** Where something matches. */
export interface Hit {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units, as editors count. */
  readonly column: number;
  /** The line, or what surrounds the match in a long one. */
  readonly text: string;
}

/** Whether a text is cut into lines, or matched as it is. */
export type Cut = 'lines' | 'whole';

/** Where a line matches first; negative when it does not. */
export type Find = (line: string) => number;

/** How much of a long line is told, in characters. */
const MOST_TEXT = 200;
/** How much of it stands before the match. */
const TEXT_BEFORE = 60;

/** The first hit of every line that has one, `most` at most; `onLine` is called before each line. */
export function hitsIn(text: string, cut: Cut, find: Find, most: number, onLine?: () => void): readonly Hit[] {
  const hits: Hit[] = [];
  if (most <= 0) return hits;
  for (const hit of eachHit(text, cut, find, onLine)) {
    hits.push(hit);
    if (hits.length >= most) break;
  }
  return hits;
}

/** The first hit of every line that has one, as it is found; `onLine` is called before each line. */
export function* eachHit(text: string, cut: Cut, find: Find, onLine?: () => void): Generator<Hit> {
  let line = 0;
  for (const part of cut === 'lines' ? linesOf(text) : [text]) {
    line++;
    onLine?.();
    const index = find(part);
    if (index >= 0) yield { line, column: index + 1, text: excerpt(part, index) };
  }
}

/** Split as an editor does. */
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
  // Half of a surrogate pair at either end is left out.
  const part = line.slice(start, end).replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, '');
  return `${start > 0 ? '…' : ''}${part}${end < line.length ? '…' : ''}`;
}
