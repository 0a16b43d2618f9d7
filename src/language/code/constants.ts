import type { SyntaxNode } from '@lezer/common';
import type { Declarations } from '../../core/code/declarations.ts';
import { Once } from '../../core/code/once.ts';
import { type Code, children, textOf, untyped } from '../../core/code/syntax.ts';
import { hasSpread, optionOf } from './objects.ts';

/** How many names and operators may come between a use and its text or number. */
const DEEPEST = 64;
/**
 * How much of a text is kept, in UTF-16 units. No key is as long, and nested sums could double its length each time.
 */
const LONGEST_START = 4096;

/** What is known of a text without running the program. */
export interface KnownText {
  /** Its beginning. */
  readonly start: string;
  /** Whether {@link start} is the whole text. */
  readonly isWhole: boolean;
  /** The total size of its fixed parts in UTF-8 bytes: it cannot be shorter. */
  readonly leastBytes: number;
}

/** A time in milliseconds, as a number or a `Date` object. */
type Time = 'number' | 'date';

/** Expressions that give a time in milliseconds, whatever they are called on. */
const MILLISECONDS = /(?:^Date\s*\.\s*now|\.\s*getTime)\s*\(\s*\)$/;

/** Numbers and texts fixed by the source: literals, arithmetic on them, and `const` names of the same file. */
export class Constants {
  readonly #code: Code;
  readonly #declarations: Declarations;
  readonly #once = new Once(DEEPEST);
  readonly #numbers = new Map<number, number | undefined>();
  readonly #texts = new Map<number, KnownText | undefined>();
  readonly #times = new Map<number, Time | undefined>();

  constructor(code: Code, declarations: Declarations) {
    this.#code = code;
    this.#declarations = declarations;
  }

  /** The number that an expression always has. */
  number(node: SyntaxNode): number | undefined {
    return this.#once.of(this.#numbers, node, undefined, () => this.#number(node));
  }

  #number(node: SyntaxNode): number | undefined {
    switch (node.name) {
      case 'Number': {
        const source = textOf(this.#code, node).replaceAll('_', '');
        return source.endsWith('n') ? undefined : Number(source);
      }
      case 'ParenthesizedExpression':
        return inner(node) && this.number(inner(node) as SyntaxNode);
      case 'UnaryExpression': {
        const [operator, operand] = children(node);
        if (!operator || !operand || operator.name !== 'ArithOp') return undefined;
        const value = this.number(operand);
        return value === undefined || textOf(this.#code, operator) === '+' ? value : -value;
      }
      default: {
        const value = this.constant(node);
        if (value) return this.number(value);
        return node.name === 'BinaryExpression' ? this.#arithmetic(node) : undefined;
      }
    }
  }

  /** Where the number or text of an expression is written: at its use, or in the `const` that it names. */
  origin(node: SyntaxNode, depth = 0): SyntaxNode {
    const value = depth > DEEPEST ? undefined : this.constant(node);
    return value ? this.origin(value, depth + 1) : node;
  }

  /** What is fixed in an expression's text; `undefined` if nothing is, or if it is not text. */
  text(node: SyntaxNode): KnownText | undefined {
    return this.#once.of(this.#texts, node, undefined, () => this.#text(node));
  }

  #text(node: SyntaxNode): KnownText | undefined {
    switch (node.name) {
      case 'String':
        return whole(cooked(literalContent(this.#code, node)));
      case 'TemplateString':
        return this.#template(node);
      case 'ParenthesizedExpression':
        return inner(node) && this.text(inner(node) as SyntaxNode);
      default: {
        const value = this.constant(node);
        if (value) return this.text(value);
        return node.name === 'BinaryExpression' ? this.#sum(node) : undefined;
      }
    }
  }

  /**
   * Whether an expression gives a time in milliseconds: `Date.now()`, `date.getTime()`, `new Date(…)`, sums of these
   * and a `const` with such a value, as long as nothing is divided. Only a number may be subtracted from a time: the
   * difference of two times is not a time.
   */
  time(node: SyntaxNode): Time | undefined {
    return this.#once.of(this.#times, node, undefined, () => this.#time(node));
  }

  #time(node: SyntaxNode): Time | undefined {
    switch (node.name) {
      case 'NewExpression':
        return /^new\s+Date\b/.test(textOf(this.#code, node)) ? 'date' : undefined;
      case 'CallExpression':
        return MILLISECONDS.test(textOf(this.#code, node)) ? 'number' : undefined;
      case 'ParenthesizedExpression':
        return inner(node) && this.time(inner(node) as SyntaxNode);
      default: {
        const value = this.constant(node);
        if (value) return this.time(value);
        return node.name === 'BinaryExpression' && this.#isTimeSum(node) ? 'number' : undefined;
      }
    }
  }

  #isTimeSum(node: SyntaxNode): boolean {
    const [left, operator, right] = children(node);
    if (!left || !operator || !right) return false;
    switch (textOf(this.#code, operator)) {
      case '+':
        return this.time(left) === 'number' || this.time(right) === 'number';
      case '-':
        return this.time(left) === 'number' && this.number(right) !== undefined;
      default:
        return false;
    }
  }

  #sum(node: SyntaxNode): KnownText | undefined {
    const [left, operator, right] = children(node);
    if (!left || !operator || textOf(this.#code, operator) !== '+') return undefined;
    const head = this.text(left);
    const tail = right && this.text(right);
    // A sum whose left side is not text may be a number.
    return head && joined([head, tail]);
  }

  /**
   * The value of an expression that names a `const` of this file, or a member of one that cannot change. Also handles
   * properties without a value, and type assertions.
   */
  constant(node: SyntaxNode, depth = 0): SyntaxNode | undefined {
    if (depth > DEEPEST) return undefined;
    switch (node.name) {
      case 'VariableName':
      case 'PropertyDefinition': {
        const declaration = this.#declarations.find(textOf(this.#code, node), node);
        return declaration?.kind === 'variable' && declaration.isConstant ? declaration.value : undefined;
      }
      case 'MemberExpression': {
        const { firstChild: object, lastChild: at } = node;
        const fixed = object && at && this.#fixedObject(object, depth + 1);
        if (!fixed) return undefined;
        const property = at.name === ']' ? literalOf(this.#code, at.prevSibling) : textOf(this.#code, at);
        return property === undefined ? undefined : optionOf(this.#code, fixed, property);
      }
      default:
        return untyped(this.#code, node);
    }
  }

  /**
   * The literal of an object whose members cannot change: `{ … } as const`, `Object.freeze({ … })`, or an object nested
   * in one.
   */
  #fixedObject(node: SyntaxNode, depth: number): SyntaxNode | undefined {
    const named = this.constant(node, depth);
    if (!named) return undefined;
    const isInFixed = node.name === 'MemberExpression';
    const fixed = isInFixed && named.name === 'ObjectExpression' ? named : frozen(this.#code, named);
    return fixed && !hasSpread(fixed) ? fixed : undefined;
  }

  #arithmetic(node: SyntaxNode): number | undefined {
    const [left, operator, right] = children(node);
    if (!left || !operator || !right) return undefined;
    const a = this.number(left);
    const b = this.number(right);
    if (a === undefined || b === undefined) return undefined;
    switch (textOf(this.#code, operator)) {
      case '+':
        return a + b;
      case '-':
        return a - b;
      case '*':
        return a * b;
      case '/':
        return a / b;
      default:
        return undefined;
    }
  }

  /** The whole text of a template before an offset, if all expressions up to there name constants. */
  beforeIn(template: SyntaxNode, offset: number): string | undefined {
    const { start, isWhole } = joined(this.#parts(template).flatMap(({ to, text }) => (to <= offset ? [text] : [])));
    return isWhole ? start : undefined;
  }

  #template(node: SyntaxNode): KnownText {
    return joined(this.#parts(node).map(({ text }) => text));
  }

  /** The text and the expressions in order, and where each ends. */
  #parts(node: SyntaxNode): { readonly to: number; readonly text: KnownText | undefined }[] {
    const parts: { readonly to: number; readonly text: KnownText | undefined }[] = [];
    let at = node.from + 1;
    for (const interpolation of node.getChildren('Interpolation')) {
      parts.push({ to: interpolation.from, text: whole(this.#cooked(at, interpolation.from)) });
      const value = interpolation.firstChild?.nextSibling;
      const isName = value?.name === 'VariableName' || value?.name === 'MemberExpression';
      parts.push({ to: interpolation.to, text: isName ? this.text(value) : undefined });
      at = interpolation.to;
    }
    const end = Math.max(at, node.to - (isClosed(this.#code, node) ? 1 : 0));
    parts.push({ to: node.to, text: whole(this.#cooked(at, end)) });
    return parts;
  }

  #cooked(from: number, to: number): string {
    return cooked(this.#code.text.slice(from, to));
  }
}

const whole = (start: string): KnownText => ({ start, isWhole: true, leastBytes: Buffer.byteLength(start) });

function joined(parts: readonly (KnownText | undefined)[]): KnownText {
  let start = '';
  let isWhole = true;
  let leastBytes = 0;
  for (const part of parts) {
    isWhole &&= part === undefined || start.length + part.start.length <= LONGEST_START;
    if (isWhole && part) start += part.start;
    isWhole &&= part?.isWhole === true;
    leastBytes += part?.leastBytes ?? 0;
  }
  return { start, isWhole, leastBytes };
}

/** The literal in `{ … } as const` and `Object.freeze({ … })`, without any type assertions. */
function frozen(code: Code, value: SyntaxNode): SyntaxNode | undefined {
  let isFixed = false;
  for (let node: SyntaxNode | undefined = value; node; ) {
    if (node.name === 'ObjectExpression') return isFixed ? node : undefined;
    isFixed ||= node.name === 'BinaryExpression' && node.lastChild?.name === 'const';
    const callee = node.name === 'CallExpression' ? node.firstChild : undefined;
    if (callee && /^Object\s*\.\s*freeze$/.test(textOf(code, callee))) {
      isFixed = true;
      node = node.getChild('ArgList')?.getChild('ObjectExpression') ?? undefined;
    } else node = untyped(code, node);
  }
  return undefined;
}

/** The text of a closed string literal. */
const literalOf = (code: Code, node: SyntaxNode | null): string | undefined =>
  node?.name === 'String' && isClosed(code, node) ? literalContent(code, node) : undefined;

const inner = (node: SyntaxNode): SyntaxNode | undefined => node.firstChild?.nextSibling ?? undefined;

/** The source between the quotes of a string. A string without a closing quote ends with its line. */
export function literalContent(code: Code, node: SyntaxNode): string {
  if (isClosed(code, node)) return code.text.slice(node.from + 1, node.to - 1);
  return code.text.slice(node.from + 1, node.to).replace(/[\r\n][\s\S]*$/, '');
}

/** Whether a literal has its closing quote. */
export function isClosed({ text }: Code, { from, to }: SyntaxNode): boolean {
  if (to - from < 2 || text[to - 1] !== text[from]) return false;
  let backslashes = 0;
  while (text[to - 2 - backslashes] === '\\') backslashes++;
  return backslashes % 2 === 0;
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  v: '\v',
  '0': '\0',
  '\n': '',
  '\r\n': '',
  '\u2028': '',
  '\u2029': '',
};

/** The text that the source of a literal stands for, without its quotes. */
export function cooked(source: string): string {
  return source.replace(/\\(?:u\{([\da-fA-F]+)\}|u([\da-fA-F]{4})|x([\da-fA-F]{2})|(\r\n|[\s\S]))/g, (_, ...groups) => {
    const [braced, four, two, other] = groups as (string | undefined)[];
    const hex = braced ?? four ?? two;
    if (hex !== undefined) {
      const point = Number.parseInt(hex, 16);
      return point <= 0x10ffff ? String.fromCodePoint(point) : '';
    }
    return other === undefined ? '' : (ESCAPES[other] ?? other);
  });
}
