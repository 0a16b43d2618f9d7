import { errorText } from '../core/base/errors.ts';
import type { ConfigText } from './configText.ts';
import { tomlPositions } from './tomlPositions.ts';
import { TOML_TOKEN } from './tomlStatements.ts';

type Parsers = typeof import('./parsers.lazy.ts');

/** How many broken places to cut out before giving up on the rest. */
const MAX_REPAIRS = 50;
/** A line that opens a table or an entry of a list of tables, or seems meant to. */
const HEADER = /^[ \t]*\[/;

const NOWHERE = { damaged: () => false, line: () => undefined, place: () => undefined };

/**
 * Reads TOML. The parser stops at its first error, so the broken part is cut out and the rest is read again. A whole
 * table is cut out at a time, because half an entry could lead to a wrong namespace.
 */
export function readToml(text: string, parsers: Parsers): ConfigText {
  const lines = text.split('\n');
  let problem: ConfigText['problem'];
  for (let repairs = 0; repairs <= MAX_REPAIRS; repairs++) {
    const rest = lines.join('\n');
    try {
      const value = parsers.parseToml(rest, { integersAsBigInt: 'asNeeded' });
      return {
        value,
        ...(problem && { problem }),
        damaged: () => false,
        ...tomlPositions(rest, parsers.parseToml),
      };
    } catch (error) {
      if (error instanceof RangeError) throw error;
      const line = error instanceof parsers.TomlError ? error.line : undefined;
      problem ??= { message: tomlProblem(error), ...(line !== undefined && { line }) };
      if (line === undefined || !cutOut(lines, line - 1)) break;
    }
  }
  return { value: undefined, ...(problem && { problem }), ...NOWHERE };
}

/**
 * Blanks out the table around a broken line. Before the first table, blanks out the inline table around the line, or
 * else the line alone. False if nothing was left.
 */
function cutOut(lines: string[], line: number): boolean {
  // Something that is never closed is reported at the end of the text, so the last line that is not empty is blamed.
  const broken = lines.findLastIndex((text, index) => index <= line && text.trim() !== '');
  if (broken < 0) return false;
  const start = lines.findLastIndex((text, index) => index <= broken && HEADER.test(text));
  const next = lines.findIndex((text, index) => index > broken && HEADER.test(text));
  if (start < 0) blank(lines, inlineTableStart(lines, broken) ?? broken, broken + 1);
  else blank(lines, start, next < 0 ? lines.length : next);
  return true;
}

/** Uses spaces, so that all later offsets stay the same. */
function blank(lines: string[], start: number, end: number): void {
  for (let at = start; at < end; at++) lines[at] = ' '.repeat(lines[at]?.length ?? 0);
}

/** The line on which the outermost inline table begins that is still open at the start of this line. */
function inlineTableStart(lines: readonly string[], line: number): number | undefined {
  const text = lines.slice(0, line).join('\n');
  const open: { readonly bracket: string; readonly at: number }[] = [];
  TOML_TOKEN.lastIndex = 0;
  for (let at = 0; at < text.length; at = TOML_TOKEN.lastIndex) {
    TOML_TOKEN.lastIndex = at;
    const token = TOML_TOKEN.exec(text)?.[0];
    if (token === undefined) break;
    if (token === '[' || token === '{') open.push({ bracket: token, at });
    if (token === ']' || token === '}') open.pop();
  }
  const table = open.find(({ bracket }) => bracket === '{');
  return table && text.slice(0, table.at).split('\n').length - 1;
}

/** The first line of the parser's message; after it comes a drawing of the place. */
const tomlProblem = (error: unknown): string =>
  (errorText(error).split('\n')[0] ?? '').replace(/^Invalid TOML document: /, '');
