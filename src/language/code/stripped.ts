import type { SyntaxNode } from '@lezer/common';
import { type Code, children, textOf } from '../../core/code/syntax.ts';
import type { NamespaceTypes } from './namespaceTypes.ts';

/** An expression without the parts that do not change which value it is, such as parentheses and casts. */
export interface Stripped {
  readonly node: SyntaxNode;
  /** The alternatives if it is missing: the right sides of `??` and `||`. */
  readonly instead: readonly SyntaxNode[];
  /** An `as` or a prefix cast says that it is a namespace. */
  readonly isCast: boolean;
}

interface Step {
  readonly node: SyntaxNode;
  readonly isCast?: boolean;
  readonly instead?: SyntaxNode;
}

export type Strip = (expression: SyntaxNode) => Stripped;

/** Returns a function that strips the expressions of a file. */
export const stripper =
  (code: Code, types: NamespaceTypes): Strip =>
  (expression) => {
    let node = expression;
    let isCast = false;
    const instead: SyntaxNode[] = [];
    for (;;) {
      const next = step(code, types, node);
      if (!next) return { node, isCast, instead };
      isCast ||= next.isCast === true;
      if (next.instead) instead.push(next.instead);
      node = next.node;
    }
  };

function step(code: Code, types: NamespaceTypes, node: SyntaxNode): Step | undefined {
  const parts = children(node);
  const [first, second, third] = parts;
  switch (node.name) {
    case 'ParenthesizedExpression':
    case 'AwaitExpression':
    case 'UnaryExpression':
      return second && { node: second };
    case 'PostfixExpression':
      return first && second && textOf(code, second) === '!' ? { node: first } : undefined;
    case 'PrefixCast': {
      const [type, cast] = [parts[1], parts.at(-1)];
      return type && cast && { node: cast, isCast: types.isNamespace(type) };
    }
    case 'BinaryExpression': {
      if (!first || !second) return undefined;
      if (second.name === 'as' || second.name === 'satisfies') {
        return { node: first, isCast: third !== undefined && types.isNamespace(third) };
      }
      const operator = textOf(code, second);
      if (operator !== '??' && operator !== '||') return undefined;
      return { node: first, ...(third && { instead: third }) };
    }
    default:
      return undefined;
  }
}
