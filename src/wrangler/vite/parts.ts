import type { SyntaxNode } from '@lezer/common';
import { type Code, children, members, textOf } from '../../core/code/syntax.ts';
import type { Element, Part, Value } from './values.ts';

type Evaluate = (node: SyntaxNode) => readonly Value[];

/** The properties and spreads of an object literal. */
export const partsOf = (code: Code, object: SyntaxNode, evaluate: Evaluate): readonly Part[] =>
  object.getChildren('Property').map((property) => partOf(code, property, evaluate));

function partOf(code: Code, property: SyntaxNode, evaluate: Evaluate): Part {
  const at = property.from;
  const all = children(property);
  const [first, second] = all;
  const last = all.at(-1);
  if (first?.name === 'Spread' && last) return { kind: 'spread', at, values: () => evaluate(last) };
  const isComputed = first?.name === '[';
  const key = isComputed ? second : all.find(({ name }) => NAMES.has(name));
  const name = key && nameOf(code, key);
  if (!key || name === undefined) return { kind: 'computed', at };
  if (property.getChild('ParamList')) return { kind: 'property', name, at, values: () => [methodAt(property)] };
  const isShorthand = all.length === 1;
  const value = isShorthand ? key : property.getChild(':')?.nextSibling;
  return { kind: 'property', name, at, values: () => (value ? evaluate(value) : [{ kind: 'unknown', at }]) };
}

const NAMES: ReadonlySet<string> = new Set(['PropertyDefinition', 'String', 'Number']);

function nameOf(code: Code, key: SyntaxNode): string | undefined {
  const text = textOf(code, key);
  if (key.name !== 'String') return key.name === 'PropertyDefinition' || key.name === 'Number' ? text : undefined;
  return /^(["'])([^\\]*)\1$/.exec(text)?.[2];
}

/** The value of a method. That of a getter is unknown until it runs. */
const methodAt = (property: SyntaxNode): Value =>
  property.getChild('get')
    ? { kind: 'unknown', at: property.from }
    : { kind: 'function', node: property, at: property.from };

/** The elements of an array literal. */
export function elementsOf(list: SyntaxNode, evaluate: Evaluate): readonly Element[] {
  return members(list).flatMap((node): readonly Element[] => {
    if (node.name === 'Spread') return [];
    const isSpread = node.prevSibling?.name === 'Spread';
    return [{ at: node.from, isSpread, values: () => evaluate(node) }];
  });
}
