import type { SyntaxNode } from '@lezer/common';
import { type Code, textOf } from '../../core/code/syntax.ts';

/** The name of an import in its own module: `*` for the whole namespace, `default` for the default export. */
export function importedName(code: Code, name: SyntaxNode): string {
  if (name.prevSibling?.name !== 'as') return name.parent?.name === 'ImportGroup' ? textOf(code, name) : 'default';
  const own = name.prevSibling.prevSibling;
  return own?.name === 'Star' || !own ? '*' : textOf(code, own);
}

/** The module that a name is imported from. */
export function moduleOf(code: Code, name: SyntaxNode): string | undefined {
  const declaration = name.parent?.name === 'ImportGroup' ? name.parent.parent : name.parent;
  const from = declaration?.getChild('String');
  return from ? textOf(code, from).slice(1, -1) : undefined;
}
