import type { SyntaxNode } from '@lezer/common';
import { isSameNode, remembering, textOf } from '../../../core/code/syntax.ts';
import type { Analysis } from '../analysis.ts';
import { memberOf } from '../classFields.ts';

/** How many names may come between a use and its number. */
const DEEPEST = 64;

/** The nodes that name a variable, by name. */
const namesIn = remembering((code, root): ReadonlyMap<string, readonly SyntaxNode[]> => {
  const found = new Map<string, SyntaxNode[]>();
  root.cursor().iterate((cursor) => {
    // `{ limit }` uses a variable; `{ limit: 1 }` does not.
    const isShort = cursor.name === 'PropertyDefinition' && cursor.node.nextSibling === null;
    if (cursor.name !== 'VariableName' && !isShort) return;
    const name = textOf(code, cursor);
    const same = found.get(name);
    if (same) same.push(cursor.node);
    else found.set(name, [cursor.node]);
  });
  return found;
});

/**
 * Where a fix changes the number or text of an expression: in the `const` that it names if nothing else uses that,
 * otherwise at the use.
 */
export function placeToEdit(analysis: Analysis, node: SyntaxNode): SyntaxNode {
  let place = node;
  for (let depth = 0; depth < DEEPEST; depth++) {
    const value = analysis.constants.constant(place);
    if (!value || !isOnlyUse(analysis, place)) return place;
    place = value;
  }
  return place;
}

/** Whether nothing else uses the `const`, or the member of one, that an expression names. */
export function isOnlyUse({ code, declarations }: Analysis, node: SyntaxNode): boolean {
  let property: string | undefined;
  let name = node;
  while (name.name === 'MemberExpression') {
    const member = memberOf(code, name);
    if (!member) return false;
    ({ property, object: name } = member);
  }
  if (name.name !== 'VariableName' && name.name !== 'PropertyDefinition') return true;
  const text = textOf(code, name);
  const declared = declarations.find(text, name);
  // Other files may use what is exported.
  if (!declared || declared.node.parent?.parent?.name === 'ExportDeclaration') return false;
  const uses = namesIn(code, code.tree.topNode).get(text) ?? [];
  return uses.every((use) => {
    if (isSameNode(use, name)) return true;
    const found = declarations.find(text, use);
    if (found && !isSameNode(found.node, declared.node)) return true;
    // `TTL.long`, seen from `TTL.short`.
    const other = use.parent?.name === 'MemberExpression' ? memberOf(code, use.parent) : undefined;
    return property !== undefined && other !== undefined && other.property !== property;
  });
}
