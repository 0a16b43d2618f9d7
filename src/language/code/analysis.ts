import type { SyntaxNode } from '@lezer/common';
import { type BindingUse, type KeyUse, type KvCall, METHODS, type Method } from './calls.ts';
import { Constants } from './constants.ts';
import { Declarations } from './declarations.ts';
import { Receivers } from './receivers.ts';
import { type Code, children, members, parseCode, textOf } from './syntax.ts';
import { annotated, isNamespaceType } from './types.ts';

/** What one file of Worker code does with KV. */
export interface Analysis {
  readonly code: Code;
  readonly constants: Constants;
  readonly declarations: Declarations;
  readonly calls: readonly KvCall[];
  readonly keys: readonly KeyUse[];
  /** The same by the calls that they are of. */
  readonly keysOf: ReadonlyMap<KvCall, readonly KeyUse[]>;
  readonly bindings: readonly BindingUse[];
}

/** Analyses a file by the names of the bindings that govern it. Takes any text, unfinished code included; never throws. */
export function analyse(path: string, text: string, names: ReadonlySet<string>): Analysis {
  const code = parseCode(path, text);
  const declarations = new Declarations(code);
  const known = new Set([...names, ...declaredNames(code)]);
  const receivers = new Receivers(code, declarations, known);
  const calls: KvCall[] = [];
  const bindings: BindingUse[] = [];
  /** By its text, for most of a file is none: a node takes far longer to make than a name to compare. */
  const mayBeBinding = ({ to }: { readonly to: number }): boolean =>
    code.text[to - 1] === ']' || [...known].some((name) => code.text.endsWith(name, to));
  code.tree.cursor().iterate((cursor) => {
    const { name } = cursor;
    if (name === 'CallExpression') {
      const call = kvCall(receivers, cursor.node);
      if (call) calls.push(call);
    } else if (name === 'MemberExpression' && mayBeBinding(cursor)) {
      const member = receivers.member(cursor.node);
      if (member && known.has(member.property) && receivers.isEnv(member.object)) {
        bindings.push({ binding: member.property, from: member.at.from, to: member.at.to });
      }
    } else if (name === 'VariableName' && known.has(textOf(code, cursor))) {
      const { node, from, to } = cursor;
      if (receivers.isGlobal(node)) bindings.push({ binding: textOf(code, node), from, to });
    }
  });
  for (const declaration of declarations.all()) {
    const binding = receivers.destructured(declaration);
    if (binding !== undefined) {
      const named = declaration.node.parent?.getChild('PropertyName') ?? declaration.node;
      bindings.push({ binding, from: named.from, to: named.to });
    }
  }
  const keysOf = new Map(calls.map((call) => [call, keysIn(call)]));
  return {
    code,
    constants: new Constants(code, declarations),
    declarations,
    calls,
    keys: [...keysOf.values()].flat(),
    keysOf,
    bindings,
  };

  function keysIn(call: KvCall): KeyUse[] {
    const [first] = call.args;
    if (!first) return [];
    const use = (node: SyntaxNode, kind: KeyUse['kind']): KeyUse => ({
      call,
      kind,
      node,
      from: node.from,
      to: node.to,
    });
    if (call.method === 'list') {
      const prefix = optionOf(code, first, 'prefix');
      return prefix ? [use(prefix, 'prefix')] : [];
    }
    if (first.name === 'ArrayExpression')
      return members(first)
        .filter(isValue)
        .map((node) => use(node, 'key'));
    return [use(first, 'key')];
  }
}

/** The dots of what is spread stand before it. */
const isValue = ({ name, prevSibling }: SyntaxNode): boolean => name !== 'Spread' && prevSibling?.name !== 'Spread';

/** The names of members that this file itself declares to be namespaces. */
function declaredNames(code: Code): string[] {
  const names: string[] = [];
  if (!code.text.includes('KVNamespace')) return names;
  code.tree.cursor().iterate((cursor) => {
    if (cursor.name !== 'PropertyType') return;
    const name = cursor.node.getChild('PropertyDefinition');
    const type = cursor.node.getChild('TypeAnnotation');
    if (name && type && isNamespaceType(annotated(textOf(code, type)))) names.push(textOf(code, name));
  });
  return names;
}

function kvCall(receivers: Receivers, node: SyntaxNode): KvCall | undefined {
  const first = node.firstChild;
  const callee = first?.name === 'InstantiationExpression' ? first.firstChild : first;
  if (!first || callee?.name !== 'MemberExpression') return undefined;
  const member = receivers.member(callee);
  const method = METHODS.find((one): one is Method => one === member?.property);
  const list = method && node.getChild('ArgList');
  if (!member || !method || !list) return undefined;
  const receiver = receivers.namespace(member.object);
  if (!receiver) return undefined;
  const head = receivers.head(member.object);
  const all = members(list);
  const spread = all.findIndex(({ name }) => name === 'Spread');
  return {
    ...{ node, method, from: head.from, to: node.to, methodAt: { from: member.at.from, to: member.at.to } },
    bindings: receiver.bindings,
    args: spread < 0 ? all : all.slice(0, spread),
    hasSpread: spread >= 0,
    typeArgs: first.name === 'InstantiationExpression' ? (first.getChild('TypeArgList') ?? undefined) : undefined,
    head: head.operator,
  };
}

/** The properties of an object literal: their names, and their values where they have one. */
export function properties(code: Code, object: SyntaxNode): { name: string; at: SyntaxNode; value?: SyntaxNode }[] {
  if (object.name !== 'ObjectExpression') return [];
  return object.getChildren('Property').flatMap((property) => {
    const [at, colon, value] = children(property);
    if (!at || !['PropertyDefinition', 'String', 'PropertyName'].includes(at.name)) return [];
    const name = at.name === 'String' ? textOf(code, at).slice(1, -1) : textOf(code, at);
    if (colon?.name === ':') return value ? [{ name, at, value }] : [{ name, at }];
    // `{ prefix }` is set to the name itself.
    return colon === undefined ? [{ name, at, value: at }] : [{ name, at }];
  });
}

export const optionOf = (code: Code, object: SyntaxNode, name: string): SyntaxNode | undefined =>
  properties(code, object).find((property) => property.name === name)?.value;

/** True where an object literal takes in others, which may set anything. */
export const hasSpread = (object: SyntaxNode): boolean =>
  object.getChildren('Property').some(({ firstChild }) => firstChild?.name === 'Spread');
