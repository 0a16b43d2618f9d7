import type { SyntaxNode } from '@lezer/common';
import { type Code, isFunction, nearest, nodeId, textOf } from '../../../core/code/syntax.ts';
import type { Analysis } from '../analysis.ts';
import type { KvCall } from '../calls.ts';

/*
 * Follows the value of an expression within one file.
 */

/** `map` of `keys.map`; empty if it is not a member. */
export const lastName = (code: Code, { name, lastChild }: SyntaxNode): string =>
  name === 'MemberExpression' && lastChild?.name === 'PropertyName' ? textOf(code, lastChild) : '';

/** The function that an argument is passed to, without its type arguments. */
export function calleeOf(list: SyntaxNode): SyntaxNode | undefined {
  const { parent } = list;
  const first = parent?.name === 'NewExpression' ? parent.firstChild?.nextSibling : parent?.firstChild;
  return (first?.name === 'InstantiationExpression' ? first.firstChild : first) ?? undefined;
}

export const isWithin = (node: SyntaxNode, around: SyntaxNode): boolean =>
  node.from >= around.from && node.to <= around.to;

/** True for expressions that do not change the value: parentheses and type assertions. */
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

/** The largest enclosing expression with the same value. */
export function outermost(code: Code, node: SyntaxNode): SyntaxNode {
  let value = node;
  while (value.parent && givesTheSame(code, value.parent)) value = value.parent;
  return value;
}

/** The expression with the value that a call resolves to; `undefined` if the call is not awaited directly. */
export function awaited(code: Code, { node, head }: KvCall): SyntaxNode | undefined {
  const value = outermost(code, node);
  if (value.parent?.name === 'AwaitExpression') return outermost(code, value.parent);
  // The parser attaches the `await` to the receiver; a member access after the call then applies to the promise.
  return head === 'await' && value.parent?.name !== 'MemberExpression' ? value : undefined;
}

/** The target to which a declaration assigns a value: a name, or a destructuring pattern. */
export function declaredBy(value: SyntaxNode): SyntaxNode | undefined {
  if (value.parent?.name !== 'VariableDeclaration' || value.prevSibling?.name !== 'Equals') return undefined;
  const before = value.prevSibling.prevSibling;
  return (before?.name === 'TypeAnnotation' ? before.prevSibling : before) ?? undefined;
}

/**
 * All places that name what is declared here, except for the declaration; `undefined` if it is exported, because other
 * files may use it. A property without a value is represented by its `PropertyDefinition`.
 */
export function usesOf(analysis: Analysis, definition: SyntaxNode): readonly SyntaxNode[] | undefined {
  // The name of a function is visible outside of it.
  const whole = definition.parent?.name === 'FunctionDeclaration' ? definition.parent : definition;
  const around = nearest(whole, (node) => isFunction(node) || node.name === 'ExportDeclaration');
  if (around?.name === 'ExportDeclaration') return undefined;
  return usesIn(analysis).get(nodeId(definition)) ?? [];
}

/** All uses in a file by declaration; collected once for each file. */
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

/** `{ name }`, which also names a variable. */
export const isShorthand = ({ name, parent, prevSibling, nextSibling }: SyntaxNode): boolean =>
  name === 'PropertyDefinition' && parent?.name === 'Property' && prevSibling === null && nextSibling === null;
