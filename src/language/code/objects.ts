import type { SyntaxNode } from '@lezer/common';
import { type Code, children, textOf } from '../../core/code/syntax.ts';

/** The properties of an object literal: their names, and their values if they have any. */
export function properties(code: Code, object: SyntaxNode): { name: string; at: SyntaxNode; value?: SyntaxNode }[] {
  if (object.name !== 'ObjectExpression') return [];
  return object.getChildren('Property').flatMap((property) => {
    const [at, colon, value] = children(property);
    if (!at || !['PropertyDefinition', 'String', 'PropertyName'].includes(at.name)) return [];
    const name = at.name === 'String' ? textOf(code, at).slice(1, -1) : textOf(code, at);
    if (colon?.name === ':') return value ? [{ name, at, value }] : [{ name, at }];
    // `{ prefix }` has the name itself as its value.
    return colon === undefined ? [{ name, at, value: at }] : [{ name, at }];
  });
}

/** If a name is set twice, the last one counts. */
export const optionOf = (code: Code, object: SyntaxNode, name: string): SyntaxNode | undefined =>
  properties(code, object).findLast((property) => property.name === name)?.value;

/**
 * What a member of an object literal is finally set to: what is spread after it may set it to something else. `isOpen`
 * if something spread may set it.
 */
export function finalMember(code: Code, object: SyntaxNode, name: string): { value?: SyntaxNode; isOpen: boolean } {
  const spread = object.getChildren('Property').findLast(({ firstChild }) => firstChild?.name === 'Spread');
  const set = properties(code, object).findLast((property) => property.name === name);
  const isFinal = set?.value !== undefined && (!spread || spread.from < set.at.from);
  return isFinal && set.value ? { value: set.value, isOpen: false } : { isOpen: spread !== undefined };
}

/** True if an object literal spreads others, which may set anything. */
export const hasSpread = (object: SyntaxNode): boolean =>
  object.getChildren('Property').some(({ firstChild }) => firstChild?.name === 'Spread');
