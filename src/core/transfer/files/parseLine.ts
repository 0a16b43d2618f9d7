import { randomUUID } from 'node:crypto';
import { keepTexts } from '../../entry/metadataJson.ts';
import { parseStrictJson } from '../../entry/strictJson.ts';
import { LongText } from './longText.ts';

/** From this many bytes on a value is left in the bytes of the line. */
const LONG = 1 << 15;
/** Stands for the value meanwhile. No file can know it. */
const MARK = randomUUID();

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** A line that is no strict JSON. */
export class WrongLine extends Error {
  /** From 1, in UTF-16 units. */
  readonly column: number;

  constructor(message: string, column: number) {
    super(message);
    this.column = column;
  }
}

/**
 * A line of UTF-8 JSON. Where it is an object with a "value" that is a long text, that is a {@link LongText}, whose
 * JSON is checked only when it is read. Throws a {@link WrongLine}.
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

/** `columnOf` gives the column in the line for one in the text. */
function parse(text: string, columnOf: (column: number) => number): unknown {
  const parsed = parseStrictJson(text);
  if ('problem' in parsed) throw new WrongLine(parsed.problem.message, columnOf(parsed.problem.column));
  keepTexts(text, parsed.value, ['metadata']);
  return parsed.value;
}

/** From where to where the text is that the outermost object has as its "value"; nothing where it is short. */
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
