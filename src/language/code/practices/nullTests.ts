import type { SyntaxNode } from '@lezer/common';
import { type Code, children, isFunction, isSameNode, members, nearest, textOf } from '../../../core/code/syntax.ts';
import type { Range } from '../calls.ts';
import { calleeOf, isWithin, outermost } from './flow.ts';
import type { Verdict } from './verdict.ts';

/*
 * Where a test excludes that a value is null.
 */

/** What the uses of a value say about null. */
export interface Story {
  /** Uses that throw for null. */
  readonly throwing: readonly SyntaxNode[];
  /** Where the value is certainly not null. */
  readonly safe: readonly Range[];
  /** Offsets after which code may have excluded null, as far as can be seen. */
  readonly guards: readonly number[];
  /** Uses that may throw for null. */
  readonly open: readonly SyntaxNode[];
}

/** A use that is fine with null. */
export const fine: Story = { throwing: [], safe: [], guards: [], open: [] };
export const throws = (node: SyntaxNode): Story => ({ ...fine, throwing: [node] });
/** A use that may throw, or exclude null. */
export const unknown = (node: SyntaxNode): Story => ({ ...fine, guards: [node.from], open: [node] });
const safeIn = (...safe: readonly Range[]): Story => ({ ...fine, safe });
const guardFrom = (offset: number): Story => ({ ...fine, guards: [offset] });
const guard = ({ from }: SyntaxNode): Story => guardFrom(from);

export const together = (stories: readonly Story[]): Story => ({
  throwing: stories.flatMap(({ throwing }) => throwing),
  safe: stories.flatMap(({ safe }) => safe),
  guards: stories.flatMap(({ guards }) => guards),
  open: stories.flatMap(({ open }) => open),
});

/** The story of one name with several uses: where it is not null, nothing that is made of it is. */
export function ofName(uses: readonly (readonly [use: SyntaxNode, story: Story])[]): Story {
  const whole = together(uses.map(([, story]) => story));
  const inDoubt = together(uses.filter(([use]) => !isSafe(use, whole)).map(([, story]) => story));
  return { ...whole, throwing: inDoubt.throwing, open: inDoubt.open };
}

const isSafe = (node: SyntaxNode, { safe }: Story): boolean =>
  safe.some(({ from, to }) => node.from >= from && node.to <= to);

/** For values that may well exist, or of which less is known: nothing throws for certain. */
export const uncertain = (story: Story): Story => ({
  ...story,
  throwing: [],
  open: [...story.open, ...story.throwing],
});

/** The verdict on all uses of a value that is read here. */
export function verdictOf(story: Story, read: SyntaxNode): Verdict {
  const { safe, guards } = story;
  const throwing = story.throwing.filter((node) => !isSafe(node, story));
  const isBad = throwing.some((node) => {
    // When another function runs is not seen.
    const isElsewhere = !isSameFunction(node, read) && guards.length + safe.length > 0;
    return !isElsewhere && !isCaught(node) && !guards.some((from) => from <= node.from);
  });
  if (isBad) return 'bad';
  return throwing.length > 0 || story.open.some((node) => !isSafe(node, story)) ? 'unknown' : 'good';
}

export function isSameFunction(a: SyntaxNode, b: SyntaxNode): boolean {
  const [one, other] = [nearest(a, isFunction), nearest(b, isFunction)];
  return one && other ? isSameNode(one, other) : one === other;
}

/** Code that catches everything may have missing keys in mind. */
function isCaught(node: SyntaxNode): boolean {
  const around = nearest(node, (one) => one.parent?.name === 'TryStatement' || isFunction(one));
  const attempt = around?.parent;
  const isTried = attempt?.name === 'TryStatement' && around?.prevSibling?.name === 'try';
  return isTried && attempt.getChild('CatchClause') !== null;
}

/** The rest of the statements after the one that a node is in: they run only after it. */
export function restAfter(node: SyntaxNode): Range {
  let statement = node;
  while (statement.parent && !/^(?:Block|Script|SwitchBody)$/.test(statement.parent.name)) {
    if (isFunction(statement)) return { from: node.to, to: node.to };
    statement = statement.parent;
  }
  let last = statement;
  while (last.nextSibling && !/^(?:Case|Default)Label$/.test(last.nextSibling.name)) last = last.nextSibling;
  return { from: statement.to, to: last.to };
}

/** These accept null without throwing, and do nothing else with it. */
export const TAKES_NULL =
  /^(?:(?:JSON\.stringify|Response(?:\.json)?|Boolean|String|Number|parse(?:Int|Float)|\w+\.json)|console\.\w+)$/;

/** A condition on a value. */
export interface Test {
  readonly node: SyntaxNode;
  /** With which outcome the value is certainly not null; `undefined` if with neither. */
  readonly excludesNull: boolean | undefined;
  /** How the code names the value; empty if it does not. */
  readonly name: string;
}

/** Where a condition guards, judging by what depends on its outcome. */
export function tested(code: Code, { node, excludesNull, name }: Test): Story {
  const value = outermost(code, node);
  const { parent } = value;
  if (!parent) return fine;
  const isFirst = parent.firstChild !== null && isSameNode(parent.firstChild, value);
  const on = (outcome: boolean | undefined): Story => tested(code, { node: parent, excludesNull: outcome, name });
  switch (parent.name) {
    case 'ExpressionStatement':
    case 'ReturnStatement':
      return fine;
    case 'UnaryExpression': {
      const isNot = parent.firstChild !== null && textOf(code, parent.firstChild) === '!';
      return isNot ? on(excludesNull === undefined ? undefined : !excludesNull) : guard(node);
    }
    case 'BinaryExpression': {
      const sign = signOf(code, parent);
      if (sign !== '&&' && sign !== '||') return guard(node);
      const goesOn = sign === '&&';
      const right = isFirst && excludesNull === goesOn && parent.lastChild ? [parent.lastChild] : [];
      const outcome = excludesNull === goesOn ? excludesNull : undefined;
      return together([ifSo(code, right), on(outcome)]);
    }
    case 'ConditionalExpression': {
      if (!isFirst) return guard(node);
      const branches = members(parent).filter(({ name: one }) => one !== 'LogicOp');
      return together([guard(node), safeIn(...branches.slice(excludesNull ? 1 : 2, excludesNull ? 2 : 3))]);
    }
    case 'IfStatement':
      return excludesNull === undefined ? guardFrom(value.to) : ofIf(code, parent, excludesNull, name);
    case 'WhileStatement':
    case 'DoStatement':
      return together([guardFrom(value.to), safeIn(...ofLoop(code, parent, excludesNull))]);
    case 'ArgList': {
      const callee = calleeOf(parent);
      return callee && TAKES_NULL.test(textOf(code, callee)) ? fine : guard(node);
    }
    default:
      return guard(node);
  }
}

/** For the side of an `&&` or `||` that only runs if the value is not null. */
export const ifSo = (code: Code, sides: readonly SyntaxNode[]): Story =>
  together([safeIn(...sides), ...sides.filter((side) => mayChange(textOf(code, side))).map(guard)]);

/** The operator between two operands. */
export const signOf = (code: Code, { firstChild }: SyntaxNode): string =>
  firstChild?.nextSibling ? textOf(code, firstChild.nextSibling) : '';

function ofIf(code: Code, statement: SyntaxNode, excludesNull: boolean, name: string): Story {
  const parts = members(statement);
  const at = parts.findIndex((part) => part.name === 'ParenthesizedExpression');
  const then = parts[at + 1];
  const otherwise = parts.find(({ name: one }) => one === 'else') ? parts.at(-1) : undefined;
  const [safe, open] = excludesNull ? [then, otherwise] : [otherwise, then];
  const leaves = open !== undefined && alwaysLeaves(code, open, name);
  const isGuard =
    (open && mayLeave(textOf(code, open))) || (safe && !alwaysLeaves(code, safe, '') && mayChange(textOf(code, safe)));
  return together([
    ...(safe ? [safeIn(safe)] : []),
    ...(leaves ? [safeIn(restAfter(statement))] : []),
    ...(isGuard ? [guardFrom(statement.to)] : []),
  ]);
}

function ofLoop(code: Code, loop: SyntaxNode, excludesNull: boolean | undefined): readonly Range[] {
  if (excludesNull === undefined) return [];
  // The condition of `do` comes after its body.
  if (excludesNull) return loop.name === 'WhileStatement' && loop.lastChild ? [loop.lastChild] : [];
  return /\bbreak\b/.test(textOf(code, loop)) ? [] : [restAfter(loop)];
}

/** Whether what follows a statement does not run after it, or runs with another value for this name. */
function alwaysLeaves(code: Code, statement: SyntaxNode, name: string): boolean {
  switch (statement.name) {
    case 'ReturnStatement':
    case 'ThrowStatement':
    case 'BreakStatement':
    case 'ContinueStatement':
      return true;
    case 'Block':
      return children(statement).some((one) => alwaysLeaves(code, one, name));
    case 'IfStatement': {
      const [, , then, , otherwise] = members(statement);
      return [then, otherwise].every((one) => one !== undefined && alwaysLeaves(code, one, name));
    }
    case 'ExpressionStatement':
      return name !== '' && statement.firstChild !== null && isNewValue(code, statement.firstChild, name);
    default:
      return false;
  }
}

function isNewValue(code: Code, { name, firstChild, lastChild }: SyntaxNode, of: string): boolean {
  return (
    name === 'AssignmentExpression' &&
    firstChild?.name === 'VariableName' &&
    textOf(code, firstChild) === of &&
    lastChild?.name !== 'null'
  );
}

/** Whether anything in a branch may leave: a statement, or a function that throws. */
const mayLeave = (branch: string): boolean =>
  /\b(?:return|throw|break|continue)\b|\(/.test(branch.replace(/\bconsole\.\w+\(/g, '')) || mayChange(branch);

/** Whether a branch assigns anything, which later code may look at. */
const mayChange = (branch: string): boolean => /[^=!<>]=(?![=>])|\+\+|--/.test(branch);

/** Literals that are not null. */
const LITERAL = /^(?:String|TemplateString|Number|BooleanLiteral)$/;
/** What `typeof` gives for values that are certainly not null. */
const NOT_NULL = /^(['"`])(?:string|number|boolean|bigint|symbol|function)\1$/;
const OBJECT = /^(['"`])object\1$/;

/**
 * A comparison of a value: with which result it is certainly not null. `undefined` if with neither, or if it is none.
 */
export function excludedBy(code: Code, comparison: SyntaxNode, value: SyntaxNode): boolean | undefined {
  const { firstChild, lastChild } = comparison;
  const sign = signOf(code, comparison);
  if (!firstChild || !lastChild) return undefined;
  const isLeft = isSameNode(firstChild, value);
  if (sign === 'instanceof') return isLeft ? true : undefined;
  if (!/^[!=]==?$/.test(sign)) return undefined;
  const isEqual = sign.startsWith('=');
  const other = isLeft ? lastChild : firstChild;
  const text = textOf(code, other);
  if (value.name === 'UnaryExpression') {
    if (NOT_NULL.test(text)) return isEqual;
    return OBJECT.test(text) ? !isEqual : undefined;
  }
  if (text === 'null' || (text === 'undefined' && sign.length === 2)) return !isEqual;
  return LITERAL.test(other.name) ? isEqual : undefined;
}

/** The end of `value?.a.b()`, which is `undefined` for null. */
export function chainEnd(code: Code, link: SyntaxNode): SyntaxNode {
  let end = link;
  for (let { parent } = end; parent; { parent } = end) {
    const isNext = parent.firstChild !== null && isSameNode(parent.firstChild, end);
    const isLink =
      /^(?:Member|Call)Expression$/.test(parent.name) ||
      (parent.name === 'PostfixExpression' && parent.lastChild !== null && textOf(code, parent.lastChild) === '!');
    if (!isNext || !isLink) break;
    end = parent;
  }
  return end;
}

export const isInSameLoop = (a: SyntaxNode, b: SyntaxNode): boolean =>
  nearest(a, (node) => /^(?:For|While|Do)Statement$/.test(node.name) && isWithin(b, node)) !== undefined;
