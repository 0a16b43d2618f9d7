import type { SyntaxNode } from '@lezer/common';
import { type Code, children, textOf } from '../../core/code/syntax.ts';
import type { Analysis } from './analysis.ts';
import type { Range } from './calls.ts';
import { memberOf } from './classFields.ts';
import { cooked, isClosed } from './constants.ts';

/** The part of a literal that a completion may replace. */
export interface Replaceable extends Range {
  readonly quote: '"' | "'" | '`';
  /** The text before that part, with names of constants resolved. */
  readonly before: string;
}

/** A part of an expression that contains its text: a part of a literal, or the name of a constant. */
export interface TextPart extends Range {
  /** Absent for a name. */
  readonly quote?: Replaceable['quote'];
  /** The text before this part; absent if unknown. */
  readonly before?: string | undefined;
}

type Known = Pick<Analysis, 'code' | 'constants'>;

/** A place, and the text before the expression in question. */
interface Place {
  readonly offset: number;
  readonly before: string | undefined;
}

/**
 * The range between the quotes at a place. For a template or a sum, the part before its first expression, or after one
 * that names a constant.
 */
export function replaceable(analysis: Known, node: SyntaxNode, offset: number): Replaceable | undefined {
  const part = textAt(analysis, node, offset);
  if (part?.quote === undefined || part.before === undefined) return undefined;
  const { from, to, quote, before } = part;
  return { from, to, quote, before };
}

/** The part of an expression's text that is written at a place; ignores other parts of the expression. */
export const textAt = (analysis: Known, node: SyntaxNode, offset: number): TextPart | undefined =>
  partAt(analysis, node, { offset, before: '' });

function partAt(analysis: Known, node: SyntaxNode, place: Place): TextPart | undefined {
  const { offset, before } = place;
  if (offset < node.from || node.to < offset) return undefined;
  const { code, constants } = analysis;
  switch (node.name) {
    case 'String':
      return literalAt(code, node, place);
    case 'TemplateString': {
      const expressions = node.getChildren('Interpolation');
      const around = expressions.find(({ from, to }) => from < offset && offset < to);
      const named = around?.firstChild?.nextSibling;
      if (around) return named ? nameAt(analysis, named, offset) : undefined;
      const last = expressions.findLast(({ to }) => to <= offset);
      const fixed = last ? constants.beforeIn(node, last.to) : '';
      return literalAt(code, node, { offset, before: joined(before, fixed) });
    }
    case 'ParenthesizedExpression': {
      const inner = node.firstChild?.nextSibling;
      return inner ? partAt(analysis, inner, place) : undefined;
    }
    case 'PostfixExpression':
      return node.firstChild ? partAt(analysis, node.firstChild, place) : undefined;
    case 'PrefixCast':
      return node.lastChild ? partAt(analysis, node.lastChild, place) : undefined;
    case 'BinaryExpression': {
      const [left, operator, right] = children(node);
      if (!left || !operator) return undefined;
      if (offset <= left.to) return partAt(analysis, left, place);
      if (!right || textOf(code, operator) !== '+') return undefined;
      const head = constants.text(left);
      return partAt(analysis, right, { offset, before: joined(before, head?.isWhole ? head.start : undefined) });
    }
    default:
      return nameAt(analysis, node, offset);
  }
}

const joined = (head: string | undefined, tail: string | undefined): string | undefined =>
  head === undefined || tail === undefined ? undefined : head + tail;

/**
 * The name of a constant that is text. For a member, only the property's name, because the object has a meaning of its
 * own.
 */
function nameAt({ code, constants }: Known, node: SyntaxNode, offset: number): TextPart | undefined {
  const name = node.name === 'MemberExpression' ? memberOf(code, node)?.at : node;
  if (!name || !NAMES.has(node.name) || offset < name.from || name.to < offset) return undefined;
  return constants.text(node) && { from: name.from, to: name.to };
}

const NAMES: ReadonlySet<string> = new Set(['VariableName', 'PropertyDefinition', 'MemberExpression']);

function literalAt(code: Code, node: SyntaxNode, { offset, before }: Place): TextPart | undefined {
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

/** A literal without a closing quote ends with its line; an open template would extend to the end of the file. */
function lineEnd(text: string, from: number, to: number): number {
  const end = text.slice(from, to).search(/[\r\n]/);
  return end < 0 ? to : from + end;
}

/** A key, escaped for quotes of this kind. */
export function escapedFor(quote: Replaceable['quote'], key: string): string {
  const plain = key
    .replaceAll('\\', '\\\\')
    .replaceAll(quote, `\\${quote}`)
    .replace(/[\0-\x1f\x7f\u2028\u2029]/g, control);
  return quote === '`' ? plain.replaceAll('${', '\\${') : plain;
}

/** An unfinished escape, after complete ones. */
const OPEN_ESCAPE = /(?<!\\)((?:\\\\)*)\\(?:u[\da-fA-F]{0,3}|u\{[\da-fA-F]*|x[\da-fA-F]?)?$/;

/** The text of a literal that the user has typed so far. */
export const typedText = (source: string): string => cooked(source.replace(OPEN_ESCAPE, '$1'));

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

const control = (character: string): string =>
  NAMED[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
