import { errorText } from '../core/base/errors.ts';
import type { ConfigText } from './configText.ts';
import { tomlPositions } from './tomlPositions.ts';
import { TOML_TOKEN } from './tomlStatements.ts';

type Parsers = typeof import('./parsers.lazy.ts');

/** How many broken places are cut out before the rest is given up. */
const MAX_REPAIRS = 50;
/** A line that opens a table or an entry of a list of tables, or was meant to. */
const HEADER = /^[ \t]*\[/;

const NOWHERE = { damaged: () => false, line: () => undefined, place: () => undefined };

/**
 * Reads TOML. The parser stops at its first error, so what is broken is cut out, a whole table at a time (half an entry
 * would point to a wrong namespace), and the rest is read again.
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
 * Blanks the table around a broken line; before the first table the inline table around it, or else the line alone.
 * False when nothing was left.
 */
function cutOut(lines: string[], line: number): boolean {
  // What does not end is found broken at the end of the text: the last line that says something is to blame.
  const broken = lines.findLastIndex((text, index) => index <= line && text.trim() !== '');
  if (broken < 0) return false;
  const start = lines.findLastIndex((text, index) => index <= broken && HEADER.test(text));
  const next = lines.findIndex((text, index) => index > broken && HEADER.test(text));
  if (start < 0) blank(lines, inlineTableStart(lines, broken) ?? broken, broken + 1);
  else blank(lines, start, next < 0 ? lines.length : next);
  return true;
}

/** Every offset behind them stays what it is. */
function blank(lines: string[], start: number, end: number): void {
  for (let at = start; at < end; at++) lines[at] = ' '.repeat(lines[at]?.length ?? 0);
}

/** The line on which an inline table begins that is still open where this line starts, the outermost one. */
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

/** The parser's own first sentence: what follows it is a drawing of the place. */
const tomlProblem = (error: unknown): string =>
  (errorText(error).split('\n')[0] ?? '').replace(/^Invalid TOML document: /, '');
