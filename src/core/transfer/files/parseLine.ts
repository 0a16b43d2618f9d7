import { randomUUID } from 'node:crypto';
import { keepTexts } from '../../entry/metadataJson.ts';
import { parseStrictJson } from '../../entry/strictJson.ts';
import { LongText } from './longText.ts';

/** Values with at least this many bytes stay in the bytes of the line. */
const LONG = 1 << 15;
/** A placeholder for the value while the rest is parsed. Random, so that no file can contain it. */
const MARK = randomUUID();

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** A line that is not strict JSON. */
export class WrongLine extends Error {
  /** Counts from 1, in UTF-16 units. */
  readonly column: number;

  constructor(message: string, column: number) {
    super(message);
    this.column = column;
  }
}

/**
 * Parses a line of UTF-8 JSON. If it is an object whose "value" is a long string, that becomes a {@link LongText},
 * whose JSON is checked only when it is read. Throws a {@link WrongLine}.
 */
export function parseLine(line: Buffer): unknown {
  const span = line.length > LONG ? longValue(line) : undefined;
  if (span === undefined) return parse(line.toString('utf8'), (column) => column);
  const [start, end] = span;
  const before = line.toString('utf8', 0, start);
  const content = parse(`${before}${MARK}${line.toString('utf8', end)}`, (column) =>
    column <= before.length ? column : column - MARK.length + line.toString('utf8', start, end).length,
  );
  const isMarked = typeof content === 'object' && content !== null && 'value' in content && content.value === MARK;
  return isMarked ? { ...content, value: new LongText(line.subarray(start, end)) } : content;
}

/** `columnOf` converts a column of the text to one of the line. */
function parse(text: string, columnOf: (column: number) => number): unknown {
  const parsed = parseStrictJson(text);
  if ('problem' in parsed) throw new WrongLine(parsed.problem.message, columnOf(parsed.problem.column));
  keepTexts(text, parsed.value, ['metadata']);
  return parsed.value;
}

/** The range of a long string that is the "value" of the outermost object; `undefined` if the value is short. */
function longValue(line: Buffer): readonly [start: number, end: number] | undefined {
  const hasEscapes = line.includes(BACKSLASH);
  let depth = 0;
  let before = { text: '', end: 0 };
  for (let at = 0; at < line.length; at++) {
    switch (line[at]) {
      case 0x7b: // {
      case 0x5b: // [
        depth++;
        break;
      case 0x7d: // }
      case 0x5d: // ]
        depth--;
        break;
      case QUOTE: {
        const start = at + 1;
        const end = endOfText(line, start, hasEscapes);
        if (end < 0) return undefined;
        const isLong = end - start > LONG;
        const isValue = before.text === 'value' && line.toString('latin1', before.end + 1, at).trim() === ':';
        if (isLong && isValue && depth === 1) return [start, end];
        before = { text: isLong ? '' : line.toString('latin1', start, end), end };
        at = end;
      }
    }
  }
  return undefined;
}

function endOfText(line: Buffer, start: number, hasEscapes: boolean): number {
  if (!hasEscapes) return line.indexOf(QUOTE, start);
  for (let at = start; at < line.length; at++) {
    const byte = line[at];
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) at++;
  }
  return -1;
}
