import type { SyntaxNode } from '@lezer/common';
import { type Code, textOf } from '../../core/code/syntax.ts';
import type { NamespaceTypes } from './namespaceTypes.ts';
import { isEnvName, isEnvType } from './types.ts';

/** What the types in a file say about the members of an env. */
interface EnvMembers {
  /** Members that are namespaces in any type. */
  readonly namespaces: ReadonlySet<string>;
  /** Known names that are certainly something else in an env, and nowhere a namespace. */
  readonly others: ReadonlySet<string>;
}

/** A quick test of the text before parsing: most files do not declare such members. */
const MAY_SAY = /KVNamespace|\??\s*:\s*(?:Cloudflare\s*\.\s*)?[A-Z]\w*/;

export function envMembers(code: Code, types: NamespaceTypes, known: ReadonlySet<string>): EnvMembers {
  const namespaces = new Set<string>();
  const others = new Set<string>();
  if (!MAY_SAY.test(code.text)) return { namespaces, others };
  code.tree.cursor().iterate((cursor) => {
    if (cursor.name !== 'PropertyType') return;
    const { node } = cursor;
    const name = node.getChild('PropertyDefinition');
    const annotation = node.getChild('TypeAnnotation');
    if (!name || !annotation) return;
    const text = textOf(code, name);
    if (types.isNamespace(annotation)) namespaces.add(text);
    else if (known.has(text) && isOfEnv(code, node) && types.isOther(annotation)) others.add(text);
  });
  for (const name of namespaces) others.delete(name);
  return { namespaces, others };
}

/** What may surround a type without changing its members: `Base & { … }`, `Readonly<{ … }>`. */
const AROUND: ReadonlySet<string> = new Set([
  'IntersectionType',
  'ParenthesizedType',
  'ParameterizedType',
  'TypeArgList',
]);

/** True for a member of a type with a name like `Env`, or of the annotation of something with such a name. */
function isOfEnv(code: Code, member: SyntaxNode): boolean {
  let around = member.parent?.parent;
  while (around && AROUND.has(around.name)) around = around.parent;
  if (!around) return false;
  if (around.name === 'InterfaceDeclaration' || around.name === 'TypeAliasDeclaration') {
    const name = around.getChild('TypeDefinition');
    return name !== null && isEnvType(textOf(code, name));
  }
  const named = around.name === 'TypeAnnotation' ? around.prevSibling : null;
  if (named?.name !== 'VariableDefinition' && named?.name !== 'PropertyDefinition') return false;
  const name = textOf(code, named);
  return isEnvName(name) || isEnvType(name);
}
