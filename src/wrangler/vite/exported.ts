import type { SyntaxNode } from '@lezer/common';
import { type Code, children, members, textOf } from '../../core/code/syntax.ts';

/** Every expression that a config exports as its default, as an ES module or with CommonJS. */
export function exportedBy(code: Code): readonly SyntaxNode[] {
  const found: SyntaxNode[] = [];
  code.tree.cursor().iterate((cursor) => {
    if (cursor.name === 'ExportDeclaration') found.push(...exportedIn(code, cursor.node));
    if (cursor.name === 'AssignmentExpression') found.push(...assignedIn(code, cursor.node));
  });
  return found;
}

function exportedIn(code: Code, declaration: SyntaxNode): SyntaxNode[] {
  const group = declaration.getChild('ExportGroup');
  const marker = declaration.getChild('default') ?? declaration.getChild('Equals');
  const value = marker?.nextSibling;
  if (!group) return value && !value.type.isError ? [value] : [];
  const name = namedDefault(code, group);
  // A default re-exported from another file is unknown, and the group stands for it.
  return name ? [declaration.getChild('from') ? group : name] : [];
}

/** The name that an export group exports as `default`. */
function namedDefault(code: Code, group: SyntaxNode): SyntaxNode | undefined {
  const all = members(group);
  const at = all.findLastIndex((one) => /^(?:default|'default'|"default")$/.test(textOf(code, one)));
  return all[at - 1]?.name === 'as' ? all[at - 2] : all[at];
}

function assignedIn(code: Code, assignment: SyntaxNode): SyntaxNode[] {
  const [target, equals, value] = children(assignment);
  if (!target || !value || equals?.name !== 'Equals') return [];
  const isExport = /^(?:module\s*\.\s*exports(?:\s*\.\s*default)?|exports\s*\.\s*default)$/.test(textOf(code, target));
  return isExport ? [value] : [];
}
