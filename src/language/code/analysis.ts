import type { SyntaxNode } from '@lezer/common';
import { Declarations } from '../../core/code/declarations.ts';
import { type Code, members, parseCode, textOf } from '../../core/code/syntax.ts';
import { type BindingUse, type KeyUse, type KvCall, METHODS, type Method } from './calls.ts';
import { memberOf } from './classFields.ts';
import { Constants } from './constants.ts';
import { envMembers } from './envMembers.ts';
import { NamespaceTypes } from './namespaceTypes.ts';
import { optionOf } from './objects.ts';
import { receiverHead } from './receiverHead.ts';
import { Receivers } from './receivers.ts';

/** What one file of Worker code does with KV. */
export interface Analysis {
  readonly code: Code;
  readonly constants: Constants;
  readonly declarations: Declarations;
  readonly calls: readonly KvCall[];
  readonly keys: readonly KeyUse[];
  /** The same keys, by the call that they belong to. */
  readonly keysOf: ReadonlyMap<KvCall, readonly KeyUse[]>;
  readonly bindings: readonly BindingUse[];
}

/** Analyses a file, given the names of its bindings. Accepts any text, including unfinished code; never throws. */
export function analyse(path: string, text: string, names: ReadonlySet<string>): Analysis {
  const code = parseCode(path, text);
  const declarations = new Declarations(code);
  const types = new NamespaceTypes(code, declarations);
  const { namespaces, others } = envMembers(code, types, names);
  const known = new Set([...[...names].filter((name) => !others.has(name)), ...namespaces]);
  const receivers = new Receivers(code, declarations, types, known);
  const calls: KvCall[] = [];
  const bindings: BindingUse[] = [];
  /**
   * Checks the text first, because most of a file is no binding and creating a node takes far longer than comparing a
   * name.
   */
  const mayBeBinding = ({ to }: { readonly to: number }): boolean =>
    code.text[to - 1] === ']' || known.has(nameBefore(code.text, to));
  code.tree.cursor().iterate((cursor) => {
    const { name } = cursor;
    if (name === 'CallExpression') {
      const call = kvCall(code, receivers, cursor.node);
      if (call) calls.push(call);
    } else if (name === 'MemberExpression' && mayBeBinding(cursor)) {
      const member = memberOf(code, cursor.node);
      if (member && receivers.isBinding(member.object, member.property)) {
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

/** True for letters, digits, `_` and `$`; called for most of a file. */
const isOfName = (unit: number): boolean =>
  (unit >= 97 && unit <= 122) ||
  (unit >= 65 && unit <= 90) ||
  (unit >= 48 && unit <= 57) ||
  unit === 95 ||
  unit === 36 ||
  unit > 127;

/** The name that ends at an offset. */
function nameBefore(text: string, to: number): string {
  let from = to;
  while (from > 0 && isOfName(text.charCodeAt(from - 1))) from--;
  return text.slice(from, to);
}

/** The dots of a spread come before its value. */
const isValue = ({ name, prevSibling }: SyntaxNode): boolean => name !== 'Spread' && prevSibling?.name !== 'Spread';

function kvCall(code: Code, receivers: Receivers, node: SyntaxNode): KvCall | undefined {
  const first = node.firstChild;
  const callee = first?.name === 'InstantiationExpression' ? first.firstChild : first;
  if (!first || callee?.name !== 'MemberExpression') return undefined;
  const member = memberOf(code, callee);
  const method = METHODS.find((one): one is Method => one === member?.property);
  const list = method && node.getChild('ArgList');
  if (!member || !method || !list) return undefined;
  const receiver = receivers.namespace(member.object);
  if (!receiver) return undefined;
  const head = receiverHead(member.object);
  const all = members(list);
  const spread = all.findIndex(({ name }) => name === 'Spread');
  return {
    node,
    method,
    from: head.from,
    to: node.to,
    methodAt: { from: member.at.from, to: member.at.to },
    bindings: receiver.bindings,
    args: spread < 0 ? all : all.slice(0, spread),
    hasSpread: spread >= 0,
    typeArgs: first.name === 'InstantiationExpression' ? (first.getChild('TypeArgList') ?? undefined) : undefined,
    head: head.operator,
  };
}
