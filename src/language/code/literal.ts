import type { SyntaxNode } from '@lezer/common';
import type { Range } from './calls.ts';
import { cooked, isClosed } from './constants.ts';
import type { Code } from './syntax.ts';

/** The part of a literal that a completion may replace. */
export interface Replaceable extends Range {
  readonly quote: '"' | "'" | '`';
}

/** What stands between the quotes at a place; of a template what comes before its first expression. */
export function replaceable(code: Code, node: SyntaxNode, offset: number): Replaceable | undefined {
  const quote = code.text[node.from];
  if ((node.name !== 'String' && node.name !== 'TemplateString') || !isQuote(quote)) return undefined;
  const from = node.from + 1;
  const end = isClosed(code, node) ? node.to - 1 : lineEnd(code.text, from, node.to);
  const to = node.getChild('Interpolation')?.from ?? end;
  return from <= offset && offset <= to ? { from, to, quote } : undefined;
}

const isQuote = (text: string | undefined): text is Replaceable['quote'] =>
  text === '"' || text === "'" || text === '`';

/** A literal without its closing quote has nothing beyond its line: of a template that may be the rest of the file. */
function lineEnd(text: string, from: number, to: number): number {
  const end = text.slice(from, to).search(/[\r\n]/);
  return end < 0 ? to : from + end;
}

/** A key as it is written between quotes of this kind. */
export function escapedFor(quote: Replaceable['quote'], key: string): string {
  const plain = key
    .replaceAll('\\', '\\\\')
    .replaceAll(quote, `\\${quote}`)
    .replace(/[\0-\x1f\x7f\u2028\u2029]/g, control);
  return quote === '`' ? plain.replaceAll('${', '\\${') : plain;
}

/** An escape that is not finished, behind whole ones. */
const OPEN_ESCAPE = /(?<!\\)((?:\\\\)*)\\(?:u[\da-fA-F]{0,3}|u\{[\da-fA-F]*|x[\da-fA-F]?)?$/;

/** What somebody who types a literal has written of its text so far. */
export const typedText = (source: string): string => cooked(source.replace(OPEN_ESCAPE, '$1'));

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

const control = (character: string): string =>
  NAMED[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
