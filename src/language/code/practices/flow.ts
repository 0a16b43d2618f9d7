import type { SyntaxNode } from '@lezer/common';
import { type Code, isFunction, nearest, nodeId, textOf } from '../../../core/code/syntax.ts';
import type { Analysis } from '../analysis.ts';
import type { KvCall } from '../calls.ts';

/*
 * Where what an expression gives goes to, inside one file.
 */

/** `map` of `keys.map`; empty for what is no member. */
export const lastName = (code: Code, { name, lastChild }: SyntaxNode): string =>
  name === 'MemberExpression' && lastChild?.name === 'PropertyName' ? textOf(code, lastChild) : '';

/** The function that an argument is given to, without its type arguments. */
export function calleeOf(list: SyntaxNode): SyntaxNode | undefined {
  const { parent } = list;
  const first = parent?.name === 'NewExpression' ? parent.firstChild?.nextSibling : parent?.firstChild;
  return (first?.name === 'InstantiationExpression' ? first.firstChild : first) ?? undefined;
}

export const isWithin = (node: SyntaxNode, around: SyntaxNode): boolean =>
  node.from >= around.from && node.to <= around.to;

/** True for what gives the same value: parentheses, and what only says a type. */
const givesTheSame = (code: Code, node: SyntaxNode): boolean => {
  switch (node.name) {
    case 'ParenthesizedExpression':
    case 'PrefixCast':
      return true;
    case 'PostfixExpression':
      return node.lastChild !== null && textOf(code, node.lastChild) === '!';
    case 'BinaryExpression':
      return /^(?:as|satisfies)$/.test(node.firstChild?.nextSibling?.name ?? '');
    default:
      return false;
  }
};

/** The largest expression that gives the same value. */
export function outermost(code: Code, node: SyntaxNode): SyntaxNode {
  let value = node;
  while (value.parent && givesTheSame(code, value.parent)) value = value.parent;
  return value;
}

/** The expression that gives what a call resolves to; `undefined` where the call is not awaited at once. */
export function awaited(code: Code, { node, head }: KvCall): SyntaxNode | undefined {
  const value = outermost(code, node);
  if (value.parent?.name === 'AwaitExpression') return outermost(code, value.parent);
  // For the parser the `await` belongs to the receiver; what follows is of the promise then.
  return head === 'await' && value.parent?.name !== 'MemberExpression' ? value : undefined;
}

/** What a value is given to by a declaration: a name, or a pattern that takes it apart. */
export function declaredBy(value: SyntaxNode): SyntaxNode | undefined {
  if (value.parent?.name !== 'VariableDeclaration' || value.prevSibling?.name !== 'Equals') return undefined;
  const before = value.prevSibling.prevSibling;
  return (before?.name === 'TypeAnnotation' ? before.prevSibling : before) ?? undefined;
}

/**
 * The places that name what is declared here, without the declaration; `undefined` where others may do so, for it is
 * exported. A property without a value is named by its `PropertyDefinition`.
 */
export function usesOf(analysis: Analysis, definition: SyntaxNode): readonly SyntaxNode[] | undefined {
  // The name of a function can be seen from outside of it.
  const whole = definition.parent?.name === 'FunctionDeclaration' ? definition.parent : definition;
  const around = nearest(whole, (node) => isFunction(node) || node.name === 'ExportDeclaration');
  if (around?.name === 'ExportDeclaration') return undefined;
  return usesIn(analysis).get(nodeId(definition)) ?? [];
}

/** All of a file by their declarations; made once for a file. */
const uses = new WeakMap<Analysis, ReadonlyMap<number, readonly SyntaxNode[]>>();

function usesIn(analysis: Analysis): ReadonlyMap<number, readonly SyntaxNode[]> {
  const known = uses.get(analysis);
  if (known) return known;
  const { code, declarations } = analysis;
  const found = new Map<number, SyntaxNode[]>();
  code.tree.cursor().iterate((cursor) => {
    if (cursor.name !== 'VariableName' && cursor.name !== 'PropertyDefinition') return;
    const { node } = cursor;
    if (node.name === 'PropertyDefinition' && !isShorthand(node)) return;
    const declared = declarations.find(textOf(code, node), node)?.node;
    if (!declared) return;
    const id = nodeId(declared);
    const same = found.get(id);
    if (same) same.push(node);
    else found.set(id, [node]);
  });
  uses.set(analysis, found);
  return found;
}

/** `{ name }`, which names a variable too. */
export const isShorthand = ({ name, parent, prevSibling, nextSibling }: SyntaxNode): boolean =>
  name === 'PropertyDefinition' && parent?.name === 'Property' && prevSibling === null && nextSibling === null;
