import type { SyntaxNode } from '@lezer/common';
import { type Code, children, textOf } from '../../core/code/syntax.ts';
import type { Analysis } from './analysis.ts';
import type { Range } from './calls.ts';
import { cooked, isClosed } from './constants.ts';

/** The part of a literal that a completion may replace. */
export interface Replaceable extends Range {
  readonly quote: '"' | "'" | '`';
  /** What the text has before that part, by names of constants. */
  readonly before: string;
}

/**
 * What stands between the quotes at a place; of a template and a sum what comes before their first expression, or
 * behind one that names a constant.
 */
export function replaceable(
  analysis: Pick<Analysis, 'code' | 'constants'>,
  node: SyntaxNode,
  offset: number,
  before = '',
): Replaceable | undefined {
  if (offset < node.from || node.to < offset) return undefined;
  switch (node.name) {
    case 'String':
      return literalAt(analysis.code, node, { offset, before });
    case 'TemplateString': {
      const expression = node.getChildren('Interpolation').findLast(({ to }) => to <= offset);
      const fixed = expression ? analysis.constants.beforeIn(node, expression.to) : '';
      return fixed === undefined ? undefined : literalAt(analysis.code, node, { offset, before: before + fixed });
    }
    case 'ParenthesizedExpression': {
      const inner = node.firstChild?.nextSibling;
      return inner ? replaceable(analysis, inner, offset, before) : undefined;
    }
    case 'BinaryExpression': {
      const [left, operator, right] = children(node);
      if (!left || !operator) return undefined;
      if (offset <= left.to) return replaceable(analysis, left, offset, before);
      const head = right && textOf(analysis.code, operator) === '+' ? analysis.constants.text(left) : undefined;
      return right && head?.isWhole ? replaceable(analysis, right, offset, before + head.start) : undefined;
    }
    default:
      return undefined;
  }
}

function literalAt(
  code: Code,
  node: SyntaxNode,
  { offset, before }: { readonly offset: number; readonly before: string },
): Replaceable | undefined {
  const quote = code.text[node.from];
  if (!isQuote(quote)) return undefined;
  const expressions = node.getChildren('Interpolation');
  const from = expressions.findLast((one) => one.to <= offset)?.to ?? node.from + 1;
  const end = isClosed(code, node) ? node.to - 1 : lineEnd(code.text, from, node.to);
  const to = expressions.find((one) => one.to > offset)?.from ?? end;
  return from <= offset && offset <= to ? { from, to, quote, before } : undefined;
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
