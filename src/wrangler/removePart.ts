import { extname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { isTable } from '../core/base/table.ts';
import type { ConfigPath, Span } from './configText.ts';
import { startsLine } from './insertItem.ts';
import { readConfigText } from './outline.ts';

type Parsers = typeof import('./parsers.lazy.ts');

/** What may come between an item and the comma after it: the comma may be on the next line. */
const TO_COMMA = /(?:\s|#[^\r\n]*|\/\/[^\r\n]*|\/\*[\s\S]*?\*\/)*,/y;
/** The rest of a line that holds nothing else, including a comment on the removed part. */
const LINE_END = /[ \t]*(?:#[^\r\n]*|\/\/[^\r\n]*)?(?:\r?\n|$)/y;

/**
 * The text without a field or an entry of a list, with everything else unchanged; `undefined` if that cannot be done
 * safely. `path` decides between TOML and JSON.
 */
export function removePart(path: string, text: string, part: ConfigPath, parsers: Parsers): string | undefined {
  const config = readConfigText(path, text, parsers);
  const place = config.place(part);
  if (config.problem || place === undefined) return undefined;
  const wanted = [remaining(path, text, part, parsers), remaining(path, text, part, parsers, 'withoutEmptyList')];
  const item = { start: (place.key ?? place.value).start, end: place.value.end };
  const cuts =
    extname(path) === '.toml' ? [wholeLines(text, item), amongOthers(text, item)] : [amongOthers(text, item)];
  for (const cut of cuts) {
    if (cut === undefined) continue;
    const edited = text.slice(0, cut.start) + text.slice(cut.end);
    const { problem, value } = readConfigText(path, edited, parsers);
    if (!problem && wanted.some((one) => isDeepStrictEqual(value, one))) return edited;
  }
  return undefined;
}

/** A key or a section of TOML, with all its lines and one blank line after it. */
function wholeLines(text: string, { start, end }: Span): Span | undefined {
  if (!startsLine(text, start)) return undefined;
  const lineEnd = endOf(LINE_END, text, end);
  if (lineEnd === undefined) return undefined;
  const blank = text[start] === '[' ? (endOf(/[ \t]*\r?\n/y, text, lineEnd) ?? lineEnd) : lineEnd;
  return { start: text.lastIndexOf('\n', start - 1) + 1, end: blank };
}

/** An item of a list or an object, with the comma after it, or the one before it if the item is the last. */
function amongOthers(text: string, { start, end }: Span): Span | undefined {
  const comma = endOf(TO_COMMA, text, end);
  if (comma !== undefined) {
    const line = startsLine(text, start) ? endOf(LINE_END, text, comma) : undefined;
    if (line !== undefined) return { start: text.lastIndexOf('\n', start - 1) + 1, end: line };
    return { start, end: endOf(/[ \t]*/y, text, comma) ?? comma };
  }
  const before = /,\s*$/.exec(text.slice(0, start));
  return { start: before ? before.index : start, end };
}

function endOf(sticky: RegExp, text: string, offset: number): number | undefined {
  sticky.lastIndex = offset;
  const found = sticky.exec(text);
  return found ? offset + found[0].length : undefined;
}

/** What the text must contain once the part is removed. A list of TOML tables disappears with its last table. */
function remaining(path: string, text: string, part: ConfigPath, parsers: Parsers, how?: 'withoutEmptyList'): unknown {
  const { value } = readConfigText(path, text, parsers);
  const owner = valueAt(value, part.slice(0, -1));
  remove(owner, part.at(-1));
  if (how && Array.isArray(owner) && owner.length === 0) {
    remove(valueAt(value, part.slice(0, -2)), part.at(-2));
  }
  return value;
}

function valueAt(value: unknown, path: ConfigPath): unknown {
  let found = value;
  for (const step of path) {
    if (typeof step === 'number') found = Array.isArray(found) ? found[step] : undefined;
    else found = isTable(found) ? found[step] : undefined;
  }
  return found;
}

function remove(owner: unknown, step: string | number | undefined): void {
  if (typeof step === 'number' && Array.isArray(owner)) owner.splice(step, 1);
  if (typeof step === 'string' && isTable(owner)) Reflect.deleteProperty(owner, step);
}
