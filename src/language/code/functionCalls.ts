import type { SyntaxNode } from '@lezer/common';
import type { Declaration, Declarations } from '../../core/code/declarations.ts';
import { type Code, children, isFunction, isSameNode, members, nearest, textOf } from '../../core/code/syntax.ts';
import { onlyReturn } from './classFields.ts';

/** A call of a function by its name. */
interface Call {
  readonly call: SyntaxNode;
  readonly callee: SyntaxNode;
}

/** What a function of the file returns. */
interface Returned {
  readonly expression: SyntaxNode;
  /** Its type is written out. */
  readonly isTyped: boolean;
}

/** What is called, without type arguments. */
export function calleeOf(call: SyntaxNode): SyntaxNode | undefined {
  const first = children(call).find(({ name }) => name !== 'new');
  return first && (first.name === 'InstantiationExpression' ? (first.firstChild ?? undefined) : first);
}

/** The calls of a file's own functions: what is passed to them, and what they return. */
export class FunctionCalls {
  readonly #code: Code;
  readonly #declarations: Declarations;
  #callsByName: ReadonlyMap<string, readonly Call[]> | undefined;

  constructor(code: Code, declarations: Declarations) {
    this.#code = code;
    this.#declarations = declarations;
  }

  /** The expressions that calls in this file pass for a parameter; `undefined` if nothing can call its function. */
  passed({ of, index }: NonNullable<Declaration['parameter']>): readonly SyntaxNode[] | undefined {
    const called = this.#declarationOf(of);
    if (!called) return undefined;
    return (this.#calls().get(called.name) ?? []).flatMap(({ call, callee }) => {
      const found = this.#declarations.find(called.name, callee);
      const list = call.getChild('ArgList');
      if (!list || !found || !isSameNode(found.node, called.node)) return [];
      return members(list)[index] ?? [];
    });
  }

  /** What a call returns, if its function is in this file and only returns a single expression. */
  returned(call: SyntaxNode): Returned | undefined {
    const callee = calleeOf(call);
    if (callee?.name !== 'VariableName') return undefined;
    const declaration = this.#declarations.find(this.#text(callee), callee);
    const value = declaration?.value;
    if (!value || declaration.path.length > 0 || !isFunction(value)) return undefined;
    const expression = onlyReturn(value);
    return expression && { expression, isTyped: value.getChild('TypeAnnotation') !== null };
  }

  /** The calls of this file by the names that they call. */
  #calls(): ReadonlyMap<string, readonly Call[]> {
    if (this.#callsByName) return this.#callsByName;
    const calls = new Map<string, Call[]>();
    this.#code.tree.cursor().iterate((cursor) => {
      if (cursor.name !== 'CallExpression' && cursor.name !== 'NewExpression') return;
      const call = cursor.node;
      const callee = calleeOf(call);
      if (callee?.name !== 'VariableName') return;
      const name = this.#text(callee);
      const same = calls.get(name);
      if (same) same.push({ call, callee });
      else calls.set(name, [{ call, callee }]);
    });
    this.#callsByName = calls;
    return calls;
  }

  /** The name by which a function is called; for a constructor, that of its class. */
  #declarationOf(of: SyntaxNode): Declaration | undefined {
    const isConstructor =
      of.name === 'MethodDeclaration' && this.#text(of.getChild('PropertyDefinition') ?? of) === 'constructor';
    const owner = isConstructor ? nearest(of, ({ name }) => name === 'ClassDeclaration') : of;
    if (!owner) return undefined;
    // `function f`, `class C`, or `const f =`.
    const own = owner.getChild('VariableDefinition');
    const set = owner.prevSibling?.name === 'Equals' ? owner.parent?.getChildren('VariableDefinition') : undefined;
    for (const node of own ? [own] : (set ?? [])) {
      const found = this.#declarations.find(this.#text(node), node);
      if (found?.value && found.path.length === 0 && isSameNode(found.value, owner)) return found;
    }
    return undefined;
  }

  #text(node: SyntaxNode): string {
    return textOf(this.#code, node);
  }
}
