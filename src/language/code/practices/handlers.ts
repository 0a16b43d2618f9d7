import type { SyntaxNode } from '@lezer/common';
import { type Code, isFunction, nearest, textOf } from '../../../core/code/syntax.ts';

/** Methods that the runtime calls: no code above them catches anything. */
const HANDLERS = /^(?:fetch|scheduled|queue|email|tail|alarm)$/;
/** Classes whose methods of these names are handlers. */
const ENTRY_CLASS = /\b(?:extends|implements)\s[^{]*\b(?:WorkerEntrypoint|DurableObject)\b/;

/** The name of the handler that a function is; `undefined` if other code may call it. */
export function handlerName(code: Code, node: SyntaxNode): string | undefined {
  const named = node.name === 'Property' || node.name === 'MethodDeclaration' ? node : node.parent;
  const name = named?.getChild('PropertyDefinition');
  const { parent: owner } = named ?? {};
  if (!name || !owner || !HANDLERS.test(textOf(code, name)) || nearest(node, isFunction)) return undefined;
  const isEntry =
    owner.name === 'ClassBody'
      ? owner.parent !== null && isEntryClass(code, owner.parent)
      : owner.name === 'ObjectExpression' && isDefaultExport(code, owner);
  return isEntry ? textOf(code, name) : undefined;
}

function isEntryClass(code: Code, node: SyntaxNode): boolean {
  const { from } = node.getChild('ClassBody') ?? node;
  return ENTRY_CLASS.test(code.text.slice(node.from, from)) || isDefaultExport(code, node);
}

/** Exported directly: if it is passed to a function first, that one may call it. */
function isDefaultExport(code: Code, node: SyntaxNode): boolean {
  let whole = node;
  while (whole.parent && isOnlyTyped(whole.parent)) whole = whole.parent;
  const { parent } = whole;
  if (parent?.name === 'ExportDeclaration') return parent.getChild('default') !== null;
  const variable = parent?.name === 'VariableDeclaration' ? definitionOf(whole) : node.getChild('VariableDefinition');
  if (!variable) return false;
  const name = textOf(code, variable);
  return code.tree.topNode.getChildren('ExportDeclaration').some((one) => isDefaultOf(code, one, name));
}

const isOnlyTyped = ({ name, firstChild }: SyntaxNode): boolean =>
  name === 'ParenthesizedExpression' ||
  name === 'PrefixCast' ||
  (name === 'BinaryExpression' && /^(?:as|satisfies)$/.test(firstChild?.nextSibling?.name ?? ''));

/** The name that a declaration gives to this value. */
function definitionOf(value: SyntaxNode): SyntaxNode | undefined {
  const before = value.prevSibling?.prevSibling;
  const name = before?.name === 'TypeAnnotation' ? before.prevSibling : before;
  return name?.name === 'VariableDefinition' ? name : undefined;
}

/** `export default name` and `export { name as default }`. */
function isDefaultOf(code: Code, node: SyntaxNode, name: string): boolean {
  if (node.getChild('default')) {
    const exported = node.getChild('VariableName');
    return exported !== null && textOf(code, exported) === name;
  }
  const group = node.getChild('ExportGroup');
  return (
    group !== null && new RegExp(`[{,]\\s*${name.replace(/\$/g, '\\$&')}\\s+as\\s+default\\b`).test(textOf(code, group))
  );
}
